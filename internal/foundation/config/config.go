// Package config reads tacit.yaml, strictly: what a person wrote is understood
// whole or refused with its line, column and a suggestion.
//
// Words. A section is a top-level key with a Go value of defaults behind it;
// each room registers its own. Start-time settings (address, folder, stores)
// are flags and TACIT_* variables instead and are not read here.
//
// It does not watch the file: the server reloads it when asked.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// MaxSize bounds the file, in bytes.
const MaxSize = 1 << 20

// Section is one top-level key.
type Section struct {
	Name string
	// New gives a pointer to the section's defaults, a struct with yaml tags.
	// When it has a method Locate(file string), that is told the file, and when
	// it has Validate() error, that is called after reading. An error that has
	// At is told where it says, in the file itself when it names no source.
	New func() any
}

// File is a read tacit.yaml.
type File struct {
	Path      string // "" when there was none
	Workspace string // the workspace that commands and requests use when none is named; "default" unless set
	values    map[string]any
}

// Value is the value of a section: the pointer that its New gave, filled.
func (f *File) Value(section string) any { return f.values[section] }

// Problem is what is wrong at one place of the file.
type Problem struct {
	Path         string
	Line, Column int // from 1
	Text         string
	Source       string // the line itself
	Length       int    // bytes to mark from Column
	Hint         string
}

// Error is path:line:column: text.
func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, p.Text)
}

// Unwrap makes it a fault.
func (p *Problem) Unwrap() error {
	return &fault.Error{Kind: fault.Invalid, Message: p.Error(), Hint: p.Hint}
}

// Excerpt is the line with a mark below the place.
func (p *Problem) Excerpt() string {
	number := fmt.Sprint(p.Line)
	return fmt.Sprintf("  %s | %s\n  %s | %s%s", number, p.Source, strings.Repeat(" ", len(number)),
		strings.Repeat(" ", p.Column-1), strings.Repeat("^", max(p.Length, 1)))
}

// Load reads the file at path with the sections; no file at all gives the
// defaults unless required. A key that has the name of one of the flags, which the
// file does not hold, is refused with where it is given.
func Load(path string, required bool, sections []Section, flags ...string) (*File, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && !required {
		return parse("", nil, sections, flags)
	}
	if err != nil {
		return nil, fault.WithHint(fault.Because(err, fault.Invalid, "The settings file %s cannot be read.", path), "check the path given with --config")
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The settings file %s cannot be read.", path)
	}
	if len(text) > MaxSize {
		return nil, fault.New(fault.Invalid, "The settings file %s has more than %d bytes.", path, MaxSize)
	}
	return parse(path, text, sections, flags)
}

func parse(path string, text []byte, sections []Section, flags []string) (*File, error) {
	f := &File{Path: path, Workspace: "default", values: map[string]any{}}
	for _, s := range sections {
		f.values[s.Name] = s.New()
	}
	r := &reader{path: path, lines: bytes.Split(text, []byte("\n")), flags: flags}
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, r.syntax(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, r.problem(&second, "the file holds one document, here another begins")
	case !errors.Is(err, io.EOF):
		return nil, r.syntax(err)
	}
	if len(document.Content) == 0 {
		return f, f.validate(r, nil)
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, r.problem(top, "the file must be keys with values")
	}
	places := map[string]*yaml.Node{}
	for i := 0; i < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		if before := places[key.Value]; before != nil {
			return nil, r.at(key.Line, key.Column, len(key.Value), fmt.Sprintf("the key %q is there already, at line %d", key.Value, before.Line), "")
		}
		places[key.Value] = value
		if err := f.read(r, key, value, sections); err != nil {
			return nil, err
		}
	}
	return f, f.validate(r, places)
}

func (f *File) read(r *reader, key, value *yaml.Node, sections []Section) error {
	if key.Value == "workspace" {
		if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!str" {
			return r.problem(value, "workspace must be a name")
		}
		if err := caller.CheckWorkspace(value.Value); err != nil {
			return r.at(value.Line, value.Column, len(value.Value), "workspace: "+fault.Sentence(err), fault.HintOf(err))
		}
		f.Workspace = value.Value
		return nil
	}
	target, ok := f.values[key.Value]
	if !ok {
		names := []string{"workspace"}
		for _, s := range sections {
			names = append(names, s.Name)
		}
		return r.unknown(key, "", names)
	}
	if err := r.check(value, reflect.TypeOf(target).Elem(), key.Value); err != nil {
		return err
	}
	if err := value.Decode(target); err != nil {
		return r.wrong(value, err)
	}
	return nil
}

// placed is an error that knows its place: in the file itself, or, where it
// names a source, in another; written is the line, as far as the source knows.
type placed interface {
	error
	At() (source string, line, column int, text, hint, written string)
}

func (f *File) validate(r *reader, places map[string]*yaml.Node) error {
	for name, value := range f.values {
		if v, ok := value.(interface{ Locate(string) }); ok {
			v.Locate(f.Path)
		}
		v, ok := value.(interface{ Validate() error })
		if !ok {
			continue
		}
		if err := v.Validate(); err != nil {
			var own placed
			if errors.As(err, &own) {
				return r.placed(own)
			}
			if place := places[name]; place != nil {
				return r.problem(place, name+": "+fault.Sentence(err))
			}
			return err
		}
	}
	return nil
}
