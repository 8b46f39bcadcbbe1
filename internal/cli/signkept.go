package cli

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// signKept signs what a server keeps: the server says the digests.
func (c signCommand) signKept(ctx context.Context, t *terminal, signer signing.Signer) error {
	if c.Shards || c.AllowSymlinks {
		return wrongUsage(fault.New(fault.Invalid, "--shards and --allow-symlinks are for files on this machine: a server keeps whole files, and no links."))
	}
	if c.Output != "" {
		return wrongUsage(fault.New(fault.Invalid, "-o is for files on this machine: the signature goes beside the model's files."))
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		at, body, files, err := keptFiles(ctx, t, server, c.Path)
		if err != nil {
			return err
		}
		m, err := signing.Of(at.name, files, c.serialization(append(c.Ignore, signing.FileName)).IgnorePaths...)
		if err != nil {
			return signError(err)
		}
		text, err := signer.Sign(rand.Reader, m)
		if err != nil {
			return err
		}
		message := map[string]string{"bundle": string(text)}
		if at.folder != "" {
			message["path"] = at.folder
		}
		if err := server.Send(ctx, "PUT", at.path, message, &body); err != nil {
			return nothing(err)
		}
		if body.State == "unverified" {
			t.note("the server does not trust this key: %s", strings.TrimSuffix(body.Why, "."))
		}
		return c.told(t, signer, m, signing.FileName+" beside its files")
	})
}

// verifyKept verifies what a server keeps. The server is believed what digests the
// files have, and nothing about who signed.
func (c verifyCommand) verifyKept(ctx context.Context, t *terminal, trust signing.Trust) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		_, body, files, err := keptFiles(ctx, t, server, c.Path)
		if err != nil {
			return err
		}
		var bundle signing.Bundle
		switch {
		case c.Signature != "":
			bundle, err = readSignature(c.Signature)
		case body.Bundle == "":
			return c.tell(t, verification{Why: "it is not signed: there is no " + signing.FileName + " beside its files"})
		default:
			bundle, err = signing.ReadBundle([]byte(body.Bundle))
		}
		return c.verify(t, trust, bundle, err, func(m signing.Manifest) (signing.Manifest, error) { return m.NowOf(files, signing.FileName) })
	})
}

// keptFiles are the files of a target, with their digests as a server says them.
func keptFiles(ctx context.Context, t *terminal, server *client.Client, target string) (at signaturePlace, body rest.SignatureBody, files []signing.File, err error) {
	if at, err = signaturePath(ctx, server, target); err == nil {
		body, err = at.contents(ctx, t, server)
	}
	if err != nil {
		return at, body, nil, nothing(err)
	}
	files, err = filesOf(body)
	return at, body, files, err
}

// signaturePlace is where a server is asked about a signature.
type signaturePlace struct {
	path   string // of the request
	folder string // of a run's artifacts
	scan   string // path of the request that has files judged
	name   string // of the model
	judge  any    // message of that request
}

func signaturePath(ctx context.Context, server *client.Client, target string) (p signaturePlace, err error) {
	p.scan, p.judge, err = scanPath(ctx, server, target)
	p.path = strings.TrimSuffix(p.scan, "/scan") + "/signature"
	if rest, ok := strings.CutPrefix(target, "runs:/"); ok {
		p.name, p.folder, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "/")
		if p.folder = strings.Trim(p.folder, "/"); p.folder != "" {
			p.name = p.folder[strings.LastIndexByte(p.folder, '/')+1:]
		}
		return p, err
	}
	p.name, _, _ = strings.Cut(strings.TrimPrefix(p.scan, "/models/"), "/")
	if plain, err := url.PathUnescape(p.name); err == nil {
		p.name = plain
	}
	return p, err
}

// contents asks for the files and the signature, and waits for files that are being
// judged.
func (p signaturePlace) contents(ctx context.Context, t *terminal, server *client.Client) (body rest.SignatureBody, err error) {
	query := url.Values{"files": {"true"}}
	if p.folder != "" {
		query.Set("path", p.folder)
	}
	for first := true; ; first = false {
		body, err = client.Get[rest.SignatureBody](ctx, server, p.path, query)
		if err != nil || body.Elsewhere != "" || !body.Waiting {
			return body, elsewhere(p.name, body, err)
		}
		if first {
			t.note("the server is still reading the files; this command waits")
		}
		if _, err := askScan(ctx, server, p.scan, p.judge); err != nil {
			return body, err
		}
		if first {
			continue
		}
		select {
		case <-ctx.Done():
			return body, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func elsewhere(name string, body rest.SignatureBody, err error) error {
	if err == nil && body.Elsewhere != "" {
		err = fault.WithHint(fault.New(fault.NotFound, "The files of %s lie at %s, where tacit does not read.", name, body.Elsewhere), "fetch them, and sign or verify the folder")
	}
	if err == nil && len(body.Files) == 0 {
		err = fault.New(fault.NotFound, "%s has no files.", name)
	}
	return err
}

func filesOf(body rest.SignatureBody) (all []signing.File, err error) {
	for _, f := range body.Files {
		digest, err := signing.ParseDigest(f.SHA256)
		if err != nil {
			return nil, err
		}
		all = append(all, signing.File{Path: f.Path, Size: f.Size, Digest: digest})
	}
	return all, nil
}
