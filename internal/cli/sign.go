package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

type signCommand struct {
	asking
	Path          string   `arg:"" placeholder:"PATH" help:"Folder or file; models:/NAME/3, models:/NAME@alias or runs:/ID/PATH for what a server keeps."`
	Key           string   `required:"" placeholder:"K.pem" help:"Private key on P-256, P-384 or P-521, in PEM. It is used here and sent nowhere."`
	Certificate   string   `placeholder:"C.pem" help:"Certificate of the key, for those who trust its root rather than the key."`
	Chain         []string `sep:"none" placeholder:"F.pem" help:"Certificates between that one and the root; may be given again."`
	Output        string   `short:"o" placeholder:"FILE" help:"Where the signature goes: model.sig in the folder unless set, FILE.sig beside a file."`
	Ignore        []string `sep:"none" placeholder:"PATH" help:"Leave out a file or folder, by its path in the model; may be given again."`
	AllowSymlinks bool     `help:"Sign what links lead to."`
	Shards        bool     `help:"Sign files by parts of 1 GB, so that one large file is read by all cores. model_signing verifies it as a library, not as a command."`
}

// Help teaches.
func (signCommand) Help() string {
	return `Writes a signature of OpenSSF Model Signing, which "model_signing verify" of PyPI reads as well. Every file of the folder is in it, but for .git, .github,
.gitattributes, .gitignore and the signature. Whoever has the public key sees which file was added, changed or removed since.

  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
  openssl pkey -in key.pem -pubout -out key.pub
  tacit sign models/churn --key key.pem
  tacit verify models/churn --key key.pub
  tacit sign models:/churn/3 --key key.pem

Of what a server keeps, the server says the digests, this command signs, and the signature goes beside the model's files.
Exit codes: 0 signed · 2 could not do it · 3 there is nothing to sign · 4 wrong usage`
}

// signature is the result of signing.
type signature struct {
	Model     string `json:"model"`
	Files     int    `json:"files"`
	Digest    string `json:"digest"` // of the whole
	Key       string `json:"key"`
	Signature string `json:"signature"` // where it is
}

// Run signs.
func (c signCommand) Run(ctx context.Context, t *terminal) error {
	signer, err := c.signer()
	if err != nil {
		return wrongUsage(err)
	}
	if kept(c.Path) {
		return c.signKept(ctx, t, signer)
	}
	info, err := os.Stat(c.Path)
	if err != nil {
		return noFile(c.Path, err)
	}
	to := c.Output
	if to == "" && info.IsDir() {
		to = filepath.Join(c.Path, signing.FileName)
	} else if to == "" {
		to = c.Path + ".sig"
	}
	if err := writable(to); err != nil {
		return err
	}
	s := c.serialization(append(slices.Clone(c.Ignore), within(c.Path, to)...))
	m, err := hashLocal(ctx, c.Path, info, s)
	if err != nil {
		return signError(err)
	}
	text, err := signer.Sign(rand.Reader, m)
	if err != nil {
		return signError(err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil { //nolint:gosec // a signature is for others to read
		return fault.Because(err, fault.Unavailable, "The signature cannot be written to %s.", to)
	}
	return c.told(t, signer, m, to)
}

func (c signCommand) told(t *terminal, signer signing.Signer, m signing.Manifest, to string) error {
	done := signature{c.Path, len(m.Resources), m.Root().String(), signer.Key.Public().ID(), to}
	return t.result(done, "%s  signed: %s  key %s\n%s", printable(c.Path), counted(int64(done.Files), "file"), done.Key[:16], printable(to))
}

// serialization is how the flags have files taken.
func (c signCommand) serialization(ignored []string) signing.Serialization {
	for i, p := range ignored {
		ignored[i] = strings.TrimSuffix(filepath.ToSlash(p), "/")
	}
	s := signing.Usual(ignored...)
	s.AllowSymlinks = c.AllowSymlinks
	if c.Shards {
		return s.ByShards()
	}
	return s
}

// signer reads the key and the certificates.
func (c signCommand) signer() (s signing.Signer, err error) {
	if s.Key, err = readPEM(c.Key, signing.ReadPrivateKey); err != nil {
		return s, err
	}
	if c.Certificate == "" {
		if len(c.Chain) > 0 {
			return s, fault.New(fault.Invalid, "--chain is for the certificate of --certificate.")
		}
		return s, nil
	}
	for _, file := range append([]string{c.Certificate}, c.Chain...) {
		certificates, err := readPEM(file, signing.ReadCertificates)
		if err != nil {
			return s, err
		}
		s.Chain = append(s.Chain, certificates...)
	}
	return s, s.Check()
}

// mostPEM bounds files with keys and certificates, in bytes.
const mostPEM = 1 << 20

// readPEM reads a file with keys or certificates, and names it where it cannot.
func readPEM[T any](file string, read func([]byte) (T, error)) (v T, err error) {
	f, err := os.Open(file)
	if err != nil {
		return v, fault.Because(err, fault.Invalid, "%s cannot be read: %s.", file, why(err))
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, mostPEM))
	if err != nil {
		return v, fault.Because(err, fault.Invalid, "%s cannot be read: %s.", file, why(err))
	}
	if v, err = read(text); err != nil {
		err = fault.WithHint(fault.New(fault.Invalid, "%s: %s", file, fault.Sentence(err)), "%s", fault.HintOf(err))
	}
	return v, err
}

// why is what the system says of a file.
func why(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// within is the path of a file from a folder, when it lies in it.
func within(folder, file string) []string {
	from, err1 := filepath.Abs(folder)
	to, err2 := filepath.Abs(file)
	inner, err3 := filepath.Rel(from, to)
	if err := errors.Join(err1, err2, err3); err != nil || !filepath.IsLocal(inner) || inner == "." {
		return nil
	}
	return []string{filepath.ToSlash(inner)}
}

// hashLocal takes the manifest of a folder or a file.
func hashLocal(ctx context.Context, path string, info fs.FileInfo, s signing.Serialization) (signing.Manifest, error) {
	if !info.IsDir() {
		return signing.HashFile(ctx, os.DirFS(filepath.Dir(path)), filepath.Base(path), s)
	}
	return signing.Hash(ctx, modelName(path), os.DirFS(path), s)
}

// modelName is the name of a folder, also of one that is given as . or ..
func modelName(folder string) string {
	if full, err := filepath.Abs(folder); err == nil {
		folder = full
	}
	return filepath.Base(folder)
}

// signError has a folder without files be nothing to do it to.
func signError(err error) error {
	if fault.Is(err, fault.NotFound) {
		return &exit{code: ExitNothing, err: err}
	}
	return err
}

// readSignature reads the file of a signature.
func readSignature(file string) (signing.Bundle, error) {
	f, err := os.Open(file)
	if err != nil {
		return signing.Bundle{}, err
	}
	defer func() { _ = f.Close() }()
	var text bytes.Buffer
	if _, err := io.Copy(&text, io.LimitReader(f, signing.MostBundle+1)); err != nil {
		return signing.Bundle{}, fault.Because(err, fault.Unavailable, "%s cannot be read.", file)
	}
	return signing.ReadBundle(text.Bytes())
}
