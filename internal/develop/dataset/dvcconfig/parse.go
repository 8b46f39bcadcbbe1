package dvcconfig

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// The expressions are ConfigObj's own.
var (
	keyword       = regexp.MustCompile(`^(\s*)((?:".*?")|(?:'.*?')|(?:[^'"=].*?))\s*=\s*(.*)$`)
	sectionMarker = regexp.MustCompile(`^(\s*)((?:\[\s*)+)((?:"\s*\S.*?\s*")|(?:'\s*\S.*?\s*')|(?:[^'"\s].*?))((?:\s*\])+)\s*(#.*)?$`)
	valueExp      = regexp.MustCompile(`^(?:(?:((?:(?:(?:".*?")|(?:'.*?')|(?:[^'",#][^,#]*?))\s*,\s*)*)((?:".*?")|(?:'.*?')|(?:[^'",#\s][^,]*?)|))|(,))(\s*(?:#.*)?)$`)
	listValue     = regexp.MustCompile(`((?:".*?")|(?:'.*?')|(?:[^'",#]?.*?))\s*,\s*`)
	named         = regexp.MustCompile(`^\s*(remote|machine|db)\s*"(.*)"\s*$`)
	tripleEnds    = map[string]*regexp.Regexp{
		"'''": regexp.MustCompile(`^(.*?)'''(\s*(?:#.*)?)$`),
		`"""`: regexp.MustCompile(`^(.*?)"""(\s*(?:#.*)?)$`),
	}
)

// maxText is how long a file is that is read, in bytes.
const maxText = 1 << 20

// Parse reads a file: fault.Invalid in dvc's words, with the line.
func Parse(content []byte) (*File, error) {
	if len(content) > maxText {
		return nil, refused("the file has more than %d bytes", maxText)
	}
	if !utf8.Valid(content) {
		return nil, refused("the file is not UTF-8")
	}
	p := &parser{file: &File{text: string(content)}}
	p.lines = strings.Split(strings.TrimPrefix(p.file.text, "\ufeff"), "\n")
	for i := range p.lines {
		p.lines[i] = strings.TrimRight(p.lines[i], "\r")
	}
	for p.at = 0; p.at < len(p.lines); p.at++ {
		p.line()
	}
	switch len(p.problems) {
	case 0:
		return p.file, nil
	case 1:
		return nil, refused("%s at line %d.", p.problems[0].text, p.problems[0].line+1)
	}
	return nil, refused("Parsing failed with several errors.\nFirst error at line %d.", p.problems[0].line+1)
}

func refused(format string, args ...any) error {
	return fault.New(fault.Invalid, "config file error: "+format, args...)
}

type parser struct {
	file     *File
	lines    []string
	at       int
	current  *section
	problems []problem
}

type problem struct {
	text string
	line int
}

func (p *parser) fail(format string, args ...any) {
	p.problems = append(p.problems, problem{fmt.Sprintf(format, args...), p.at})
}

func (p *parser) line() {
	line := p.lines[p.at]
	if s := strings.TrimSpace(line); s == "" || s[0] == '#' {
		return
	}
	if m := sectionMarker.FindStringSubmatch(line); m != nil {
		p.section(m)
		return
	}
	if m := keyword.FindStringSubmatch(line); m != nil {
		p.option(m)
		return
	}
	p.fail("Invalid line (%s) (matched as neither section nor keyword)", pythonRepr(line))
}

// pythonRepr is Python's repr of a line.
func pythonRepr(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	s = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\r", `\r`, quote, `\`+quote).Replace(s)
	return quote + s + quote
}

func (p *parser) section(m []string) {
	depth := strings.Count(m[2], "[")
	if depth != strings.Count(m[4], "]") {
		p.fail("Cannot compute the section depth")
		return
	}
	parent := p.current
	for parent != nil && parent.depth >= depth {
		parent = parent.parent
	}
	if above := 0; parent != nil || depth > 1 {
		if parent != nil {
			above = parent.depth
		}
		if depth != above+1 {
			p.fail("Section too nested")
			return
		}
	}
	name := unquoted(m[3])
	for _, s := range p.file.sections {
		if s.parent == parent && s.name == name {
			p.fail("Duplicate section name")
			return
		}
	}
	p.current = &section{name: name, header: p.at, last: p.at, depth: depth, parent: parent}
	p.file.sections = append(p.file.sections, p.current)
}

func (p *parser) option(m []string) {
	o := &option{key: unquoted(m[2]), first: p.at, indent: m[1]}
	text := m[3]
	var ok bool
	if len(text) >= 3 && (text[:3] == `"""` || text[:3] == "'''") {
		if o.value, o.comment, ok = p.multiline(text); !ok {
			p.at = o.first // what follows is read as if this line were not there
			p.fail("Parse error in multiline value")
			return
		}
	} else if o.value, o.comment, ok = single(text); !ok {
		p.fail("Parse error in value")
		return
	}
	o.last = p.at
	siblings := &p.file.top
	if p.current != nil {
		for _, other := range p.current.options {
			if other.key == o.key {
				p.fail("Duplicate keyword name")
				return
			}
		}
		p.current.options = append(p.current.options, o)
		p.current.last = p.at
		return
	}
	siblings.Set(strings.ToLower(o.key), o.value)
}

func unquoted(s string) string {
	if len(s) > 0 && s[0] == s[len(s)-1] && (s[0] == '"' || s[0] == '\'') {
		return s[1:max(len(s)-1, 1)]
	}
	return s
}

// single reads the value of one line: text, or a list where commas are.
func single(text string) (value any, comment string, ok bool) {
	m := valueExp.FindStringSubmatch(text)
	if m == nil {
		return nil, "", false
	}
	items, last, empty := m[1], m[2], m[3]
	if empty != "" {
		return []any{}, m[4], true
	}
	if items == "" {
		return unquoted(last), m[4], true
	}
	list := []any{}
	for _, item := range listValue.FindAllStringSubmatch(items, -1) {
		list = append(list, unquoted(item[1]))
	}
	if last != "" {
		list = append(list, unquoted(last))
	}
	return list, m[4], true
}

func (p *parser) multiline(text string) (value, comment string, ok bool) {
	quote, rest := text[:3], text[3:]
	if m := tripleEnds[quote].FindStringSubmatch(rest); m != nil {
		return m[1], m[2], true
	}
	if strings.Contains(rest, quote) {
		return "", "", false
	}
	value = rest
	for p.at+1 < len(p.lines) {
		p.at++
		line := p.lines[p.at]
		if !strings.Contains(line, quote) {
			value += "\n" + line
			continue
		}
		if m := tripleEnds[quote].FindStringSubmatch(line); m != nil {
			return value + "\n" + m[1], m[2], true
		}
		return "", "", false
	}
	return "", "", false
}

// Data is what the file says: sections by name, those of remotes, machines and
// databases below their kind, keys in lower case.
func (f *File) Data() pyjson.Map {
	m := pyjson.Map{{Key: "remote", Value: pyjson.Map{}}, {Key: "machine", Value: pyjson.Map{}}, {Key: "db", Value: pyjson.Map{}}}
	for _, e := range f.top {
		key, _ := e.Key.(string)
		m.Set(key, e.Value)
	}
	for _, s := range f.sections {
		if s.parent == nil {
			setSection(&m, s.name, f.data(s))
		}
	}
	return m
}

func (f *File) data(s *section) pyjson.Map {
	m := pyjson.Map{}
	for _, o := range s.options {
		m.Set(strings.ToLower(o.key), o.value)
	}
	for _, below := range f.sections {
		if below.parent == s {
			m.Set(strings.ToLower(below.name), f.data(below))
		}
	}
	return m
}

func setSection(m *pyjson.Map, name string, value pyjson.Map) {
	kind, own := sectionName(name)
	if own == "" {
		m.Set(kind, value)
		return
	}
	all, _ := m.Get(kind)
	names, ok := all.(pyjson.Map)
	if !ok {
		names = pyjson.Map{}
	}
	names.Set(own, value)
	m.Set(kind, names)
}

// sectionName splits the name of a section into its kind and, of a remote and its
// like, its own name.
func sectionName(written string) (kind, name string) {
	written = strings.ToLower(written)
	if m := named.FindStringSubmatch(written); m != nil {
		return m[1], m[2]
	}
	return written, ""
}
