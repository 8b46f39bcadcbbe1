package policy

import (
	"fmt"
	"strings"
	"text/scanner"
)

// token is one word of a text with its place; comments are left out.
type token struct {
	text         string
	offset, end  int
	line, column int
}

// scan parts a text into words, to find the place of what is refused, since the
// tree of Cedar's parser holds that of whole policies only. It bounds how deep
// brackets lie in each other before the parser goes down.
func scan(source, text string) ([]token, error) {
	var (
		s     scanner.Scanner
		all   []token
		depth int
		wrong *Place
	)
	s.Init(strings.NewReader(text))
	s.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanStrings | scanner.ScanComments | scanner.SkipComments
	s.Error = func(at *scanner.Scanner, message string) {} // the parser tells it better
	for r := s.Scan(); r != scanner.EOF; r = s.Scan() {
		t := token{s.TokenText(), s.Position.Offset, s.Pos().Offset, s.Position.Line, s.Position.Column}
		switch t.text {
		case "(", "[", "{":
			if depth++; depth > maxDepth && wrong == nil {
				wrong = &Place{Source: source, Line: t.line, Column: t.column, Text: fmt.Sprintf("brackets lie more than %d deep", maxDepth), Hint: "write it flatter"}
			}
		case ")", "]", "}":
			depth--
		}
		all = append(all, t)
	}
	if wrong != nil {
		return nil, wrong
	}
	return all, nil
}

// within are the words from begin to end.
func within(tokens []token, begin, end int) []token {
	var some []token
	for _, t := range tokens {
		if t.offset >= begin && t.offset < end {
			some = append(some, t)
		}
	}
	return some
}

// ownText is a policy's text up to its own end, without the comments after it.
func ownText(tokens []token, text string, begin, end int) string {
	last := begin
	for _, t := range within(tokens, begin, end) {
		last = t.end
	}
	return text[begin:min(max(last, begin), len(text))]
}
