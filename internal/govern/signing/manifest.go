package signing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// FileName is the name of a signature beside the files of a model.
const FileName = "model.sig"

// The ways in which a model becomes resources.
const (
	Files  = "files"  // one resource a file
	Shards = "shards" // one resource for each part of a file; empty files have none
)

// shardSize is the usual size of a shard, in bytes.
const shardSize = 1_000_000_000

const (
	sha256Name     = "sha256"
	mostResources  = 1 << 20
	mostName       = 4 << 10
	mostIgnored    = 10_000
	singleFileName = "." // what the reference implementation calls the one file of a model that is no folder
)

// usuallyIgnored are the top names that no signature is about.
func usuallyIgnored() []string { return []string{".git", ".gitattributes", ".github", ".gitignore"} }

// Serialization says how a model became resources.
type Serialization struct {
	Method        string   `json:"method"`
	HashType      string   `json:"hash_type"`
	ShardSize     bytesIn  `json:"shard_size,omitempty"` // of shards alone
	AllowSymlinks bool     `json:"allow_symlinks"`
	IgnorePaths   []string `json:"ignore_paths,omitempty"` // from the model's folder; what lies below them is ignored, too
}

// Usual is one resource a file, without links, and without the files of Git and
// those ignored.
func Usual(ignored ...string) Serialization {
	all := slices.Concat(usuallyIgnored(), ignored)
	slices.Sort(all)
	return Serialization{Method: Files, HashType: sha256Name, IgnorePaths: slices.Compact(all)}
}

// bytesIn is a number of bytes, which model_signing writes as 3.0.
type bytesIn int64

// UnmarshalJSON reads a whole number.
func (b *bytesIn) UnmarshalJSON(text []byte) error {
	whole, zeros, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Trim(zeros, "0") != "" {
		return fault.New(fault.Invalid, "%q is no number of bytes.", cut(string(text)))
	}
	*b = bytesIn(n)
	return nil
}

// algorithm is the name of the digests of resources. The specification says sha256
// for shards as well; model_signing says more, and compares the names.
func (s Serialization) algorithm() string {
	if s.Method == Shards {
		return fmt.Sprintf("%s-sharded-%d", sha256Name, s.ShardSize)
	}
	return sha256Name
}

// ByShards is the same with files larger than 1 GB taken by parts.
func (s Serialization) ByShards() Serialization {
	s.Method, s.ShardSize = Shards, shardSize
	return s
}

// check refuses what this package cannot do again.
func (s Serialization) check() error {
	switch {
	case s.Method != Files && s.Method != Shards:
		return fault.New(fault.Invalid, "The signature is of files taken by the method %q, which is neither files nor shards.", s.Method)
	case s.HashType != sha256Name:
		return fault.WithHint(fault.New(fault.Invalid, "The signature is of %s digests, which are not read here.", s.HashType), "sign again with SHA-256, the default of model_signing and tacit sign")
	case s.Method == Shards && s.ShardSize <= 0:
		return fault.New(fault.Invalid, "The signature is of shards of %d bytes.", s.ShardSize)
	case len(s.IgnorePaths) > mostIgnored:
		return fault.New(fault.Invalid, "The signature ignores more than %d paths.", mostIgnored)
	}
	return nil
}

// ignores reports whether a path is ignored, by its own name or that of a folder
// above it.
func (s Serialization) ignores(name string) bool {
	for _, list := range [2][]string{usuallyIgnored(), s.IgnorePaths} {
		for _, i := range list {
			i = path.Clean(i)
			if name == i || i != singleFileName && strings.HasPrefix(name, i+"/") {
				return true
			}
		}
	}
	return false
}

// Digest is a SHA-256.
type Digest [sha256.Size]byte

// String is it in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// ParseDigest reads one in hexadecimal. fault.Invalid.
func ParseDigest(s string) (d Digest, err error) {
	if len(s) != 2*len(d) {
		return d, fault.New(fault.Invalid, "%q is no SHA-256.", cut(s))
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return d, fault.New(fault.Invalid, "%q is no SHA-256.", cut(s))
	}
	return d, nil
}

// Resource is a file, or a shard of one, with its digest.
type Resource struct {
	Path     string // from the model's folder; "." for a model that is one file
	From, To int64  // of a shard, in bytes
	Digest   Digest
}

// Manifest is a model as resources.
type Manifest struct {
	Name          string // of the model; it says nothing about trust
	Serialization Serialization
	Resources     []Resource // in the order of names
}

// name is that of a resource in a statement.
func (m Manifest) name(r Resource) string {
	if m.Serialization.Method == Shards {
		return fmt.Sprintf("%s:%d:%d", r.Path, r.From, r.To)
	}
	return r.Path
}

// sort brings the resources into the order of names, by code points.
func (m Manifest) sort() {
	slices.SortFunc(m.Resources, func(a, b Resource) int { return strings.Compare(m.name(a), m.name(b)) })
}

// Root is the digest of the whole: over the raw digests, in the order of the
// resources (section 6.5.1).
func (m Manifest) Root() (d Digest) {
	sum := sha256.New()
	for _, r := range m.Resources {
		_, _ = sum.Write(r.Digest[:])
	}
	sum.Sum(d[:0])
	return d
}

// resource reads a resource of a statement.
func (s Serialization) resource(name string, digest Digest) (r Resource, err error) {
	r = Resource{Path: name, Digest: digest}
	if s.Method == Shards {
		before, to, _ := cutLast(name)
		before, from, ok := cutLast(before)
		var err1, err2 error
		r.Path = before
		r.From, err1 = strconv.ParseInt(from, 10, 64)
		r.To, err2 = strconv.ParseInt(to, 10, 64)
		if !ok || err1 != nil || err2 != nil || r.From < 0 || r.To <= r.From {
			return r, fault.New(fault.Invalid, "The signature names %q, which is no shard PATH:FROM:TO.", cut(name))
		}
	}
	if !validPath(r.Path) {
		return r, fault.New(fault.Invalid, "The signature names %q, which is no path below the model's folder.", cut(name))
	}
	return r, nil
}

func cutLast(s string) (before, last string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// validPath holds for canonical paths below a folder, and for "." alone.
func validPath(p string) bool {
	return len(p) > 0 && len(p) <= mostName && utf8.ValidString(p) && p[0] != '/' && path.Clean(p) == p && p != ".." && !strings.HasPrefix(p, "../")
}

// cut keeps what others wrote short enough for a sentence.
func cut(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
