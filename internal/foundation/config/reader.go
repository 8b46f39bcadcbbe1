package config

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds how deep the file may nest.
const maxDepth = 32

// reader finds the places of problems.
type reader struct {
	path  string
	lines [][]byte
	flags []string // what the command line is told, not the file
}

func (r *reader) at(line, column, length int, text, hint string) *Problem {
	p := &Problem{Path: r.path, Line: line, Column: max(column, 1), Text: text, Length: length, Hint: hint}
	if line >= 1 && line <= len(r.lines) {
		p.Source = strings.TrimRight(string(r.lines[line-1]), "\r")
	}
	return p
}

func (r *reader) problem(n *yaml.Node, text string) error {
	return r.at(n.Line, n.Column, len(n.Value), text, "")
}

// placed is a problem where the error says. A text that stands indented in the
// file does not know by how much: the line in the file tells.
func (r *reader) placed(err placed) error {
	source, line, column, text, hint, written := err.At()
	if source != "" {
		return &Problem{Path: source, Line: line, Column: column, Text: text, Source: written, Hint: hint}
	}
	p := r.at(line, column, 1, text, hint)
	if indent := strings.Index(p.Source, written); written != "" && indent > 0 {
		p.Column += indent
	}
	return p
}

// unknown refuses a key and names the nearest one that exists.
func (r *reader) unknown(key *yaml.Node, where string, known []string) error {
	text := fmt.Sprintf("unknown key %q", key.Value)
	if where != "" {
		text += " in " + where
	}
	hint := "known keys: " + strings.Join(known, ", ")
	flag := strings.ReplaceAll(strings.ToLower(key.Value), "_", "-")
	if where == "" && slices.Contains(r.flags, flag) {
		hint = fmt.Sprintf("give it as --%s, or as TACIT_%s: this file does not hold it", flag, strings.ToUpper(strings.ReplaceAll(flag, "-", "_")))
	} else if near := Nearest(key.Value, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return r.at(key.Line, key.Column, len(key.Value), text, hint)
}

// check walks the keys below n beside the Go type that takes them.
func (r *reader) check(n *yaml.Node, t reflect.Type, where string) error {
	return r.walk(n, t, where, 0)
}

func (r *reader) walk(n *yaml.Node, t reflect.Type, where string, depth int) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if depth > maxDepth {
		return r.problem(n, "nested too deep")
	}
	if n.Kind == yaml.AliasNode {
		return r.problem(n, "references (*name) are not read here")
	}
	if must := shape(n, t); must != "" {
		return r.problem(n, where+" must be "+must)
	}
	switch {
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		return r.walkStruct(n, t, where, depth)
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			if err := r.walk(item, t.Elem(), fmt.Sprintf("%s[%d]", where, i), depth+1); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			if err := r.walk(n.Content[i+1], t.Elem(), where+"."+n.Content[i].Value, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// shape says what a value must be that is of another kind, "" for one that is as it
// should be. Types that read themselves know better.
func shape(n *yaml.Node, t reflect.Type) string {
	if n.ShortTag() == "!!null" || reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.Unmarshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return ""
	}
	switch kind := t.Kind(); {
	case (kind == reflect.Struct || kind == reflect.Map) && n.Kind != yaml.MappingNode:
		return "keys with values"
	case kind == reflect.Slice && n.Kind != yaml.SequenceNode:
		return "a list, as in [a, b]"
	case kind >= reflect.Array && kind != reflect.String:
		return ""
	case n.Kind != yaml.ScalarNode:
		return "one value"
	case n.Decode(reflect.New(t).Interface()) == nil:
		return ""
	case kind == reflect.Bool:
		return "true or false"
	case t == reflect.TypeFor[time.Duration]():
		return "a time, as in 90s or 12h"
	}
	return "a number"
}

func (r *reader) walkStruct(n *yaml.Node, t reflect.Type, where string, depth int) error {
	fields := map[string]reflect.Type{}
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields[name] = t.Field(i).Type
		names = append(names, name)
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := fields[key.Value]
		if !ok {
			return r.unknown(key, where, names)
		}
		if err := r.walk(value, field, where+"."+key.Value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

var lineNumber = regexp.MustCompile(`line (\d+): (.*)`)

func (r *reader) syntax(err error) error {
	if m := lineNumber.FindStringSubmatch(err.Error()); m != nil {
		line, convErr := strconv.Atoi(m[1])
		if convErr == nil {
			return r.at(line, 1, 1, m[2], "")
		}
	}
	return r.at(1, 1, 1, strings.TrimPrefix(err.Error(), "yaml: "), "")
}

func (r *reader) wrong(n *yaml.Node, err error) error {
	if m := lineNumber.FindStringSubmatch(err.Error()); m != nil {
		if line, convErr := strconv.Atoi(m[1]); convErr == nil {
			return r.at(line, 1, 1, m[2], "")
		}
	}
	return r.problem(n, err.Error())
}

// Nearest gives the known word closest to word, or "" when none is close:
// at most two of its letters, or a third of them, differ (Levenshtein distance).
func Nearest(word string, known []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := levenshtein(word, k); d < min(distance, len(k)) {
			best, distance = k, d
		}
	}
	return best
}

func levenshtein(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
