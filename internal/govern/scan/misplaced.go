package scan

import (
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// flaw is what is wrong with one key of the section.
type flaw struct {
	at  []any // keys and places in lists, from the section
	err error
}

// Error is what is wrong.
func (f *flaw) Error() string { return f.err.Error() }

// Unwrap gives the fault.
func (f *flaw) Unwrap() error { return f.err }

// wrong is a flaw of a key.
func wrong(err error, at ...any) error { return &flaw{at, err} }

// below has a flaw of a key be one of the key above it.
func below(err error, at ...any) error {
	var f *flaw
	if errors.As(err, &f) {
		return &flaw{append(at, f.at...), f.err}
	}
	return err
}

// misplaced is a flaw with its place in tacit.yaml.
type misplaced struct {
	flaw
	line, column int
}

// At is the place.
func (m *misplaced) At() (source string, line, column int, text, hint, written string) {
	return "", m.line, m.column, "scan: " + fault.Sentence(m.err), fault.HintOf(m.err), ""
}

// placed finds where a flaw stands, as deep as the file goes.
func placed(err error, n *yaml.Node) error {
	var f *flaw
	if n == nil || !errors.As(err, &f) {
		return err
	}
	m := &misplaced{*f, n.Line, n.Column}
	for _, step := range f.at {
		var next *yaml.Node
		switch step := step.(type) {
		case int:
			if n.Kind == yaml.SequenceNode && step < len(n.Content) {
				next = n.Content[step]
			}
		case string:
			for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next = n.Content[i+1]
				}
			}
		}
		if next == nil {
			return m
		}
		n, m.line, m.column = next, next.Line, next.Column
	}
	return m
}
