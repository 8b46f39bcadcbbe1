package report

import (
	"io"
	"strings"
)

// Visible is a writer to a terminal: what a file says cannot speak to it. A letter must
// not be written in pieces.
func Visible(w io.Writer) io.Writer { return visible{w} }

type visible struct{ io.Writer }

// Write writes what can be seen.
func (v visible) Write(b []byte) (int, error) {
	if _, err := io.WriteString(v.Writer, Shown(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Shown is a text in which letters that would move a cursor, colour a terminal or turn
// the direction of what follows are U+FFFD. Ends of lines and tabs stay.
func Shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0) || turns(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// turns reports whether a letter sets the direction of others, and is not seen.
func turns(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}
