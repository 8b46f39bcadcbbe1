package dvcconfig

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Section names a section: Kind is core, cache, remote and so on, Name is that of
// a remote or its like.
type Section struct{ Kind, Name string }

func (s Section) String() string {
	if s.Name == "" {
		return s.Kind
	}
	return s.Kind + ` "` + s.Name + `"`
}

func (f *File) find(s Section) *section {
	var found *section
	for _, x := range f.sections {
		// Of two that differ in capitals alone the later one counts.
		if kind, name := sectionName(x.name); x.parent == nil && kind == s.Kind && name == s.Name {
			found = x
		}
	}
	return found
}

// Has says whether the file has the section.
func (f *File) Has(s Section) bool { return f.find(s) != nil }

// Get is an option's value: text, or a list of texts; nil where there is none.
func (f *File) Get(s Section, key string) any {
	if x := f.find(s); x != nil {
		if o := x.option(key); o != nil {
			return o.value
		}
	}
	return nil
}

func (s *section) option(key string) *option {
	var found *option
	for _, o := range s.options {
		if strings.EqualFold(o.key, key) {
			found = o
		}
	}
	return found
}

// edited is a file after a change: written as dvc would where dvc wrote it, and
// else with the lines that were changed.
func (f *File) edited(change func(*File), lines func([]string) []string) (*File, error) {
	next, err := Parse([]byte(f.text))
	if err != nil {
		return nil, err
	}
	text := ""
	if f.text == "" || canonical(f) == f.text {
		change(next)
		text = canonical(next)
	} else {
		body := strings.TrimSuffix(f.text, "\n")
		ends := "\n"
		if strings.Contains(body, "\r\n") {
			ends = "\r\n"
		}
		all := lines(strings.Split(body, ends))
		if len(all) > 0 {
			text = strings.Join(all, ends) + ends
		}
	}
	return Parse([]byte(text))
}

// Text is the file.
func (f *File) Text() []byte { return []byte(f.text) }

// Set gives an option a value, and makes its section where there is none.
// fault.Invalid for a value that no quotes can hold.
func (f *File) Set(s Section, key, value string) (*File, error) {
	quoted, err := quote(value, true)
	if err != nil {
		return nil, err
	}
	x := f.find(s)
	switch {
	case x == nil:
		header, err := quote(s.String(), false)
		if err != nil {
			return nil, err
		}
		return f.edited(func(n *File) {
			n.sections = append(n.sections, &section{name: s.String(), depth: 1, options: []*option{{key: key, value: value}}})
		}, func(lines []string) []string {
			if len(lines) == 1 && lines[0] == "" {
				lines = nil
			}
			return append(lines, "["+header+"]", "    "+key+" = "+quoted)
		})
	case x.option(key) == nil:
		return f.edited(func(n *File) {
			y := n.find(s)
			y.options = append(y.options, &option{key: key, value: value})
		}, func(lines []string) []string {
			indent := "    "
			if len(x.options) > 0 {
				indent = x.options[len(x.options)-1].indent
			}
			return slices.Insert(lines, x.last+1, indent+key+" = "+quoted)
		})
	}
	o := x.option(key)
	return f.edited(func(n *File) { n.find(s).option(key).value = value }, func(lines []string) []string {
		head, _, _ := strings.Cut(lines[o.first], "=")
		space := lines[o.first][len(head)+1:]
		space = space[:len(space)-len(strings.TrimLeft(space, " \t"))]
		return slices.Replace(lines, o.first, o.last+1, head+"="+space+quoted+o.comment)
	})
}

// Unset takes an option out: fault.NotFound in dvc's words where there is none.
func (f *File) Unset(s Section, key string) (*File, error) {
	what, name := "section", s.Kind
	if s.Name != "" {
		what, name = s.Kind, s.Name
	}
	x := f.find(s)
	if x == nil && (s.Name != "" || !slices.Contains(sectionOrder(), s.Kind)) {
		return nil, fault.New(fault.NotFound, "config file error: %s '%s' doesn't exist", what, name)
	}
	if x == nil { // to dvc all sections are there that it knows
		x = &section{}
	}
	o := x.option(key)
	if o == nil {
		return nil, fault.New(fault.NotFound, "config file error: option '%s' doesn't exist in %s '%s'", key, what, name)
	}
	return f.edited(func(n *File) {
		y := n.find(s)
		y.options = slices.DeleteFunc(y.options, func(o *option) bool { return strings.EqualFold(o.key, key) })
	}, func(lines []string) []string { return slices.Delete(lines, o.first, o.last+1) })
}

// RemoveSection takes a section out with its options; comments above it stay.
func (f *File) RemoveSection(s Section) (*File, error) {
	x := f.find(s)
	if x == nil {
		return nil, fault.New(fault.NotFound, "config file error: %s '%s' doesn't exist.", s.Kind, s.Name)
	}
	return f.edited(func(n *File) {
		n.sections = slices.DeleteFunc(n.sections, func(y *section) bool { return y == n.find(s) })
	}, func(lines []string) []string { return slices.Delete(lines, x.header, x.last+1) })
}

// Rename gives a section another name. As with dvc it is the last of its kind
// then, where dvc wrote the file.
func (f *File) Rename(s Section, name string) (*File, error) {
	x := f.find(s)
	to := Section{s.Kind, name}
	switch {
	case x == nil:
		return nil, fault.New(fault.NotFound, "config file error: %s '%s' doesn't exist.", s.Kind, s.Name)
	case f.Has(to):
		return nil, fault.New(fault.Exists, "config file error: Rename failed. %s name '%s' already exists.", strings.ToUpper(s.Kind[:1])+s.Kind[1:], name)
	}
	header, err := quote(to.String(), false)
	if err != nil {
		return nil, err
	}
	return f.edited(func(n *File) {
		y := n.find(s)
		n.sections = slices.DeleteFunc(n.sections, func(z *section) bool { return z == y })
		y.name = to.String()
		n.sections = append(n.sections, y)
	}, func(lines []string) []string {
		open, rest, _ := strings.Cut(lines[x.header], "[")
		comment := ""
		if i := strings.LastIndex(rest, "]"); i >= 0 {
			comment = rest[i+1:]
		}
		lines[x.header] = open + "[" + header + "]" + comment
		return lines
	})
}
