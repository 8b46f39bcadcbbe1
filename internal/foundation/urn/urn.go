// Package urn parses and prints the names of things: tacit:run/<id>,
// tacit:model/churn/3, tacit:user/ada.
//
// A URN is relative to the workspace of the event that holds it; a link across
// workspaces names it: tacit:@team/model/churn/3. Every segment is
// percent-encoded. It is the only package that knows this grammar.
package urn

import (
	"fmt"
	"net/url"
	"strings"
)

// MaxLength is the longest URN that Parse accepts, in bytes.
const MaxLength = 4096

// URN names one thing. The zero URN names nothing.
type URN struct {
	Workspace string   // "" is the workspace of the event that holds it
	Kind      string   // a noun: run, experiment, model, user
	Path      []string // at least one segment, none empty
}

// New names a thing of a kind by its path.
func New(kind string, path ...string) URN { return URN{Kind: kind, Path: path} }

// In gives the same name seen from another workspace.
func (u URN) In(workspace string) URN {
	u.Workspace = workspace
	return u
}

// IsZero reports whether u names nothing.
func (u URN) IsZero() bool { return u.Kind == "" }

// Name is the first segment: a run's id, a model's name.
func (u URN) Name() string {
	if len(u.Path) == 0 {
		return ""
	}
	return u.Path[0]
}

// String prints u, or "" for the zero URN.
func (u URN) String() string {
	if u.IsZero() {
		return ""
	}
	var b strings.Builder
	b.WriteString("tacit:")
	if u.Workspace != "" {
		b.WriteByte('@')
		b.WriteString(escape(u.Workspace))
		b.WriteByte('/')
	}
	b.WriteString(u.Kind)
	for _, p := range u.Path {
		b.WriteByte('/')
		b.WriteString(escape(p))
	}
	return b.String()
}

// MarshalText prints u.
func (u URN) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText parses u; an empty text is the zero URN.
func (u *URN) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*u = URN{}
		return nil
	}
	*u, err = Parse(string(text))
	return err
}

// Parse reads a URN. The error names what is wrong with it.
func Parse(s string) (URN, error) {
	if len(s) > MaxLength {
		return URN{}, fmt.Errorf("urn: %d bytes is longer than %d", len(s), MaxLength)
	}
	rest, ok := strings.CutPrefix(s, "tacit:")
	if !ok {
		return URN{}, fmt.Errorf("urn %q: does not begin with the scheme tacit", s)
	}
	var u URN
	segments := strings.Split(rest, "/")
	if w, ok := strings.CutPrefix(segments[0], "@"); ok {
		name, err := unescape(w)
		if err != nil {
			return URN{}, fmt.Errorf("urn %q: workspace: %w", s, err)
		}
		u.Workspace, segments = name, segments[1:]
	}
	if len(segments) < 2 {
		return URN{}, fmt.Errorf("urn %q: needs a kind and a name, as in tacit:run/<id>", s)
	}
	if u.Kind = segments[0]; !isKind(u.Kind) {
		return URN{}, fmt.Errorf("urn %q: %q is not a kind", s, u.Kind)
	}
	for _, p := range segments[1:] {
		name, err := unescape(p)
		if err != nil {
			return URN{}, fmt.Errorf("urn %q: %w", s, err)
		}
		u.Path = append(u.Path, name)
	}
	return u, nil
}

func escape(s string) string { return strings.ReplaceAll(url.PathEscape(s), "@", "%40") }

func unescape(s string) (string, error) {
	name, err := url.PathUnescape(s)
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", fmt.Errorf("a segment is empty")
	}
	return name, nil
}

func isKind(s string) bool {
	if s == "" {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return true
}
