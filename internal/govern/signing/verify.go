package signing

import (
	"context"
	"io/fs"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Trust is what a reader trusts. Only what is in it counts.
type Trust struct {
	Keys  []PublicKey
	Roots Certificates
	At    time.Time // when certificates must hold
}

// Signed is a manifest whose signature holds.
type Signed struct {
	Manifest    Manifest
	Key         string // the id of the key
	Certificate string // who the certificate is for, "" without one
}

// Verify verifies a signature, and gives what was signed. It says nothing about
// files. fault.Invalid says why it does not hold.
func (b Bundle) Verify(t Trust) (s Signed, err error) {
	defer fault.Wrap(&err, "signing.Verify")
	var key PublicKey
	if len(b.chain) > 0 {
		if len(t.Roots) == 0 {
			return s, fault.New(fault.Invalid, "The signature is by a certificate, and no root of certificates is trusted.")
		}
		signer, of, err := chained(b.chain, t.Roots, t.At)
		if err != nil {
			return s, err
		}
		key, s.Certificate = of, subjectOf(signer)
		if !key.holds(b.payload, b.signature) {
			return s, fault.New(fault.Invalid, "The signature is not by the key of the certificate of %s, or was changed.", s.Certificate)
		}
	} else if key, err = b.by(t.Keys); err != nil {
		return s, err
	}
	s.Key = key.id
	s.Manifest, err = readStatement(b.payload)
	return s, err
}

// by finds the key that made the signature.
func (b Bundle) by(keys []PublicKey) (PublicKey, error) {
	if len(keys) == 0 {
		return PublicKey{}, fault.New(fault.Invalid, "The signature is by a key, and no key is trusted.")
	}
	named := false
	for _, k := range keys {
		named = named || b.hint == k.id
		// A hint is a word of whoever wrote the bundle: one that names another key is
		// refused, as the reference implementation does.
		if (b.hint == "" || b.hint == k.id) && k.holds(b.payload, b.signature) {
			return k, nil
		}
	}
	switch {
	case named || b.hint == "":
		return PublicKey{}, fault.New(fault.Invalid, "The signature is not by a key that is trusted, or was changed.")
	default:
		return PublicKey{}, fault.New(fault.Invalid, "The signature is by the key %s, which is not trusted.", cut(b.hint))
	}
}

// Claim is what a bundle says was signed. Nothing of it was verified: it is for
// looking at files before somebody says what is trusted.
func (b Bundle) Claim() (Manifest, error) { return readStatement(b.payload) }

// Difference is how files differ from those that were signed, by their paths.
type Difference struct {
	Added   []string `json:"added"`   // not signed
	Changed []string `json:"changed"` // of other bytes
	Removed []string `json:"removed"`
}

// None reports whether files are as they were signed; unsigned ones do not count if
// they are ignored.
func (d Difference) None(ignoreUnsigned bool) bool {
	return len(d.Changed)+len(d.Removed) == 0 && (ignoreUnsigned || len(d.Added) == 0)
}

// Compare holds files against those that were signed, taken by the same
// serialization.
func (m Manifest) Compare(now Manifest) Difference {
	d := Difference{Added: []string{}, Changed: []string{}, Removed: []string{}}
	was, is := m.byPath(), now.byPath()
	for p, parts := range was {
		switch other, ok := is[p]; {
		case !ok:
			d.Removed = append(d.Removed, p)
		case !slices.Equal(parts, other):
			d.Changed = append(d.Changed, p)
		}
	}
	for p := range is {
		if _, ok := was[p]; !ok {
			d.Added = append(d.Added, p)
		}
	}
	slices.Sort(d.Added)
	slices.Sort(d.Changed)
	slices.Sort(d.Removed)
	return d
}

// part is a resource without the path.
type part struct {
	from, to int64
	digest   Digest
}

func (m Manifest) byPath() map[string][]part {
	all := make(map[string][]part, len(m.Resources))
	for _, r := range m.Resources {
		p := part{digest: r.Digest}
		if m.Serialization.Method == Shards {
			p.from, p.to = r.From, r.To
		}
		all[r.Path] = append(all[r.Path], p)
	}
	for _, parts := range all {
		slices.SortFunc(parts, func(a, b part) int { return int(min(max(a.from-b.from, -1), 1)) })
	}
	return all
}

// Now hashes the files below a root as those of m were when it was signed; those
// ignored are left out, too.
func (m Manifest) Now(ctx context.Context, fsys fs.FS, ignored ...string) (Manifest, error) {
	s := m.Serialization
	s.IgnorePaths = slices.Concat(s.IgnorePaths, ignored)
	now, err := Hash(ctx, m.Name, fsys, s)
	if fault.Is(err, fault.NotFound) { // all that was signed is gone
		err = nil
	}
	return now, err
}

// NowFile is Now for a model that is one file. A signature that names the file
// rather than "." is as good.
func (m Manifest) NowFile(ctx context.Context, fsys fs.FS, file string) (Manifest, error) {
	now, err := HashFile(ctx, fsys, file, m.Serialization)
	for i := range now.Resources {
		if slices.ContainsFunc(m.Resources, func(r Resource) bool { return r.Path == now.Name }) {
			now.Resources[i].Path = now.Name
		}
	}
	return now, err
}

// NowOf is Now for files whose digests are known, for a manifest of files.
// fault.Invalid for one of shards, whose digests are others.
func (m Manifest) NowOf(files []File, ignored ...string) (Manifest, error) {
	if m.Serialization.Method != Files {
		return Manifest{}, fault.New(fault.Invalid, "The signature is of shards of files, whose digests are not kept.")
	}
	now, err := Of(m.Name, files, slices.Concat(m.Serialization.IgnorePaths, ignored)...)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return now, err
}
