package data

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// object is a map of JSON with its keys in their order.
type document []member

type member struct {
	key   string
	value any // document, []any, []string, string, bool, int64, nil
}

// set adds a key.
func (o *document) set(key string, value any) { *o = append(*o, member{key, value}) }

// print prints JSON as dvc does: on one line, or indented where a person looks.
func (s *session) print(value any) {
	indent := ""
	if s.Ask {
		indent = "  "
	}
	s.say("%s", appendJSON(nil, value, indent, ""))
}

func appendJSON(b []byte, value any, indent, at string) []byte {
	switch v := value.(type) {
	case document:
		return appendItems(b, '{', '}', len(v), indent, at, func(b []byte, i int, at string) []byte {
			b = append(pyjson.AppendString(b, v[i].key), ": "...)
			return appendJSON(b, v[i].value, indent, at)
		})
	case []any:
		return appendItems(b, '[', ']', len(v), indent, at, func(b []byte, i int, at string) []byte { return appendJSON(b, v[i], indent, at) })
	case []string:
		return appendItems(b, '[', ']', len(v), indent, at, func(b []byte, i int, _ string) []byte { return pyjson.AppendString(b, v[i]) })
	case string:
		return pyjson.AppendString(b, v)
	case nil:
		return append(b, "null"...)
	}
	return fmt.Append(b, value)
}

func appendItems(b []byte, open, end byte, n int, indent, at string, item func([]byte, int, string) []byte) []byte {
	b = append(b, open)
	within := at + indent
	for i := range n {
		switch {
		case indent != "" && i > 0:
			b = append(b, ",\n"+within...)
		case indent != "":
			b = append(b, "\n"+within...)
		case i > 0:
			b = append(b, ", "...)
		}
		b = item(b, i, within)
	}
	if indent != "" && n > 0 {
		b = append(b, "\n"+at...)
	}
	return append(b, end)
}

// table prints rows in GitHub's Markdown, as Python's tabulate does.
func (s *session) table(headers []string, rows [][]string) {
	width := make([]int, len(headers))
	for i, h := range headers {
		width[i] = len(h) + 2
	}
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	line := func(cells []string) string {
		var b strings.Builder
		for i, cell := range cells {
			b.WriteString("| " + cell + strings.Repeat(" ", width[i]-len([]rune(cell))+1))
		}
		return b.String() + "|"
	}
	s.say("%s", line(headers))
	var rule strings.Builder
	for _, w := range width {
		rule.WriteString("|" + strings.Repeat("-", w+2))
	}
	s.say("%s|", rule.String())
	for _, row := range rows {
		s.say("%s", line(row))
	}
	s.say("")
}
