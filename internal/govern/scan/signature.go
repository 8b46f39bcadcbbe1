package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// SignatureState is how the signature of files stands.
type SignatureState string

// The states. A signature is verified when the files are those that were signed, by
// a key or a certificate that a policy trusts.
const (
	Unsigned   SignatureState = "unsigned"
	Verified   SignatureState = "verified"
	Unverified SignatureState = "unverified"
)

// Signature is what is known of the signature of files, as they were judged.
type Signature struct {
	State       SignatureState
	Why         string // of Unverified
	Key         string // id of the key that signed, of Verified
	Certificate string // who its certificate is for, "" without one
	signing.Difference
	Waiting   bool   // files changed since, or nothing was judged yet
	Elsewhere string // where the files lie, when tacit does not keep them
}

const (
	// mostContents bounds what is kept of the names and digests of files, in bytes
	// before compression.
	mostContents = 256 << 20
	// mostNamed is how many files of a change are kept by name.
	mostNamed = 1000
)

// imprint is what is kept of files and their signature.
type imprint struct {
	root, listing string
	rest          string // the listing without the signature
	told          string // hash of how the signature stood when that was told last, "" for never
	bundle        []byte // "" for none
	reason        string // why the bundle says nothing about the files
	change        signing.Difference
	files         []signing.File
}

// imprint takes the digests from a report and holds the signature against them. Only
// of a signature by shards files are read once more.
func (s *Service) imprint(ctx context.Context, root, listing, rest string, r *Report) (k imprint, err error) {
	k = imprint{root: root, listing: listing, rest: rest}
	stated := ""
	for _, a := range r.Artifacts {
		digest, err := signing.ParseDigest(a.SHA256)
		if err != nil {
			digest = signing.Digest{} // one that could not be read is not what anybody signed
		}
		k.files = append(k.files, signing.File{Path: a.Path, Size: a.Size, Digest: digest})
		if a.Path == signing.FileName {
			stated = a.SHA256
		}
	}
	if stated == "" {
		return k, nil
	}
	if k.bundle, err = s.readBundle(ctx, path.Join(root, signing.FileName)); err != nil {
		return k, err
	}
	if sum := sha256.Sum256(k.bundle); hex.EncodeToString(sum[:]) != stated {
		k.reason = "the signature changed while the files were judged"
		return k, nil
	}
	k.change, err = s.changeOf(ctx, k)
	if fault.Is(err, fault.Invalid) {
		k.reason, err = fault.Sentence(err), nil
	}
	return k, err
}

func (s *Service) readBundle(ctx context.Context, at string) (_ []byte, err error) {
	r, _, err := s.Files.Open(ctx, at, blobs.Range{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(io.LimitReader(r, signing.MostBundle+1))
}

// changeOf holds files against what their signature claims. Who signed it is
// another question, and asked when somebody wants to know.
func (s *Service) changeOf(ctx context.Context, k imprint) (d signing.Difference, err error) {
	bundle, err := signing.ReadBundle(k.bundle)
	if err != nil {
		return d, err
	}
	claimed, err := bundle.Claim()
	if err != nil {
		return d, err
	}
	var now signing.Manifest
	if claimed.Serialization.Method == signing.Files {
		now, err = claimed.NowOf(k.files, signing.FileName)
	} else {
		now, err = claimed.Now(ctx, folder{ctx, snapshotOf(s.Files), k.root}, signing.FileName)
	}
	if err != nil {
		return d, err
	}
	d = claimed.Compare(now)
	for _, names := range []*[]string{&d.Added, &d.Changed, &d.Removed} {
		if more := len(*names) - mostNamed; more > 0 {
			*names = append((*names)[:mostNamed:mostNamed], fmt.Sprintf("… and %d more", more))
		}
	}
	return d, nil
}

// state is how the signature stands for whom some are trusted.
func (k imprint) state(t signing.Trust) Signature {
	v := Signature{State: Unverified, Why: k.reason, Difference: k.change}
	if len(k.bundle) == 0 {
		return Signature{State: Unsigned}
	}
	if k.reason != "" {
		return v
	}
	bundle, err := signing.ReadBundle(k.bundle)
	var signed signing.Signed
	if err == nil {
		signed, err = bundle.Verify(t)
	}
	switch {
	case err != nil:
		v.Why = fault.Sentence(err)
	case !k.change.None(false):
		v.Why = changed(k.change)
	default:
		v.State, v.Key, v.Certificate = Verified, signed.Key, signed.Certificate
	}
	return v
}

// changed names the first files that are not as they were signed.
func changed(d signing.Difference) string {
	var words []string
	for _, c := range []struct {
		word  string
		names []string
	}{{"changed", d.Changed}, {"added", d.Added}, {"removed", d.Removed}} {
		if n := len(c.names); n > 3 {
			words = append(words, fmt.Sprintf("%s and %d more were %s", strings.Join(c.names[:3], ", "), n-3, c.word))
		} else if n > 0 {
			words = append(words, fmt.Sprintf("%s was %s", strings.Join(c.names, ", "), c.word))
		}
	}
	return "The files are not those that were signed: " + strings.Join(words, "; ") + "."
}

// carried makes sure that there is an imprint of files that were judged: for those that
// an earlier tacit judged, from the report, unless it was too long to keep.
func (s *Service) carried(ctx context.Context, root, listing, rest string, r *Report) (bool, error) {
	k, known, err := s.imprintOf(ctx, root)
	if err != nil || known && k.listing == listing {
		return err == nil, err
	}
	if r.Summary.Shortened {
		return false, nil
	}
	if k, err = s.imprint(ctx, root, listing, rest, r); err != nil {
		return false, err
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error { return s.keepImprint(ctx, tx, k) })
	return err == nil, err
}

// keepImprint keeps an imprint, and announces how the signature stands where that is new.
func (s *Service) keepImprint(ctx context.Context, tx *rows.Tx, k imprint) error {
	workspace := caller.Workspace(ctx)
	change, err := json.Marshal(k.change)
	if err != nil {
		return err
	}
	text, err := json.Marshal(contentsOf(k.files))
	if err != nil {
		return err
	}
	if len(text) > mostContents {
		return fault.New(fault.Limit, "The names of the files below %s are longer than %d bytes.", k.root, mostContents)
	}
	files, err := compressed(text)
	if err != nil {
		return err
	}
	old, err := rows.One(ctx, tx, scanImprint, selectSignature, workspace, k.root)
	if err != nil && !rows.IsNone(err) {
		return err
	}
	event := s.signatureNow(old, k)
	if _, err := tx.Exec(ctx, upsertSignature, workspace, k.root, k.listing, k.reason, string(change), nonNil(k.bundle), files, k.rest, event.After); err != nil {
		return err
	}
	if event.Before != event.After {
		return s.Events.Append(ctx, tx, event)
	}
	return nil
}

// signatureNow is the event of how a signature stands by who is trusted now, against
// how that was told last.
func (s *Service) signatureNow(old, k imprint) event.Event {
	trust := s.Settings().Policy.trusted(s.Now())
	before := old.told
	if before == "" {
		before = signatureState(old.state(trust))
	}
	return signatureJudged(k.root, before, k.state(trust))
}

// trustAnew tells where the signature of files below a folder stands otherwise than was
// told, since others are trusted, or a certificate ended.
func (s *Service) trustAnew(ctx context.Context, root string) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		k, known, err := one(ctx, tx, scanImprint, selectSignature, root)
		if err != nil || !known {
			return err
		}
		k.root = root
		event := s.signatureNow(k, k)
		if event.After == k.told {
			return nil
		}
		if _, err := tx.Exec(ctx, tellSignature, caller.Workspace(ctx), root, event.After); err != nil || event.Before == event.After {
			return err
		}
		return s.Events.Append(ctx, tx, event)
	})
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// imprintOf is what is kept of the signature of files, without their names.
func (s *Service) imprintOf(ctx context.Context, root string) (imprint, bool, error) {
	k, err := rows.One(ctx, s.DB.Read(), scanImprint, selectSignature, caller.Workspace(ctx), root)
	k.root = root
	if rows.IsNone(err) {
		return k, false, nil
	}
	return k, err == nil, err
}

// SignatureOf tells how the signature of a version's files stands, by all keys and
// certificates that the policies trust. fault.NotFound.
func (s *Service) SignatureOf(ctx context.Context, name string, number int64) (_ Signature, err error) {
	defer fault.Wrap(&err, "scan.SignatureOf(%s, %d)", name, number)
	root, elsewhere, err := s.Models.OfVersion(ctx, name, number)
	if err != nil || root == "" {
		return Signature{State: Unsigned, Elsewhere: elsewhere}, err
	}
	return s.SignatureBelow(ctx, root)
}

// SignatureBelow is SignatureOf for the files below a folder of the artifacts.
func (s *Service) SignatureBelow(ctx context.Context, root string) (_ Signature, err error) {
	defer fault.Wrap(&err, "scan.SignatureBelow(%s)", root)
	k, known, err := s.imprintOf(ctx, root)
	if err != nil {
		return Signature{}, err
	}
	seen, err := listing(ctx, s.Files, root)
	if err != nil {
		return Signature{}, err
	}
	v := k.state(s.Settings().Policy.trusted(s.Now()))
	v.Waiting = seen != "" && (!known || k.listing != seen)
	return v, nil
}

// SignVersion puts a signature beside the files of a version. fault.Invalid for what
// is no signature of them, whoever signed.
func (s *Service) SignVersion(ctx context.Context, name string, number int64, text []byte) (_ Signature, err error) {
	defer fault.Wrap(&err, "scan.SignVersion(%s, %d)", name, number)
	root, err := s.FolderOf(ctx, name, number)
	if err != nil {
		return Signature{}, err
	}
	return s.SignBelow(ctx, root, text)
}

// SignBelow is SignVersion for the files below a folder of the artifacts.
func (s *Service) SignBelow(ctx context.Context, root string, text []byte) (_ Signature, err error) {
	defer fault.Wrap(&err, "scan.SignBelow(%s)", root)
	bundle, err := signing.ReadBundle(text)
	if err == nil {
		_, err = bundle.Claim()
	}
	if err != nil {
		return Signature{}, err
	}
	if seen, err := listing(ctx, s.Files, root); err != nil || seen == "" {
		return Signature{}, orNone(err, root)
	}
	if err := s.Files.Put(ctx, path.Join(root, signing.FileName), text); err != nil {
		return Signature{}, err
	}
	if _, err := s.Folder(ctx, root); err != nil {
		return Signature{}, err
	}
	return s.SignatureBelow(ctx, root)
}

func orNone(err error, root string) error {
	if err == nil {
		err = fault.New(fault.NotFound, "There are no files in %s.", root)
	}
	return err
}

func scanImprint(row rows.Scanner) (k imprint, err error) {
	var change string
	if err := row.Scan(&k.listing, &k.reason, &change, &k.bundle, &k.rest, &k.told); err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(change), &k.change)
}
