package yamltext

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalarEnd is where the text of a scalar ends that begins at start and stands in
// a collection at column indent. A scalar in a style of blocks ends behind its
// last line.
func (r *reader) scalarEnd(start int, n *yaml.Node, indent int) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return r.quoteEnd(start, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		return r.quoteEnd(start, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return r.blockEnd(start, indent)
	case n.Value == "":
		return start
	}
	return r.plainEnd(start, n.Value)
}

func (s *source) quoteEnd(start int, quote byte) int {
	// Anchors and tags stand before the quote.
	at := start + strings.IndexByte(s.text[start:], quote) + 1
	for at < len(s.text) {
		switch c := s.text[at]; {
		case c == '\\' && quote == '"':
			at++
		case c == quote && quote == '\'' && at+1 < len(s.text) && s.text[at+1] == quote:
			at++
		case c == quote:
			return at + 1
		}
		at++
	}
	return len(s.text)
}

func (s *source) blockEnd(start, indent int) int {
	end := s.lineEnd(start)
	for at := end; at < len(s.text); {
		next := s.lineEnd(at)
		line := s.text[at:next]
		body := strings.TrimLeft(line, " ")
		if strings.TrimSpace(line) != "" {
			if len(line)-len(body) <= indent {
				break
			}
			end = next
		}
		at = next
	}
	return end
}

// plainEnd follows the text of the value: where white space stands in it, any may
// stand in the file.
func (s *source) plainEnd(start int, value string) int {
	at := start
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }) {
		i := strings.Index(s.text[at:], word)
		if i < 0 || strings.TrimSpace(s.text[at:at+i]) != "" || i > 0 && at == start {
			return start
		}
		at += i + len(word)
	}
	return at
}

// colon is the byte behind the colon that follows a key, -1 where none does.
func (s *source) colon(at int) int {
	for at < len(s.text) && s.text[at] == ' ' {
		at++
	}
	if at < len(s.text) && s.text[at] == ':' {
		return at + 1
	}
	return -1
}
