package report

import (
	"io"
	"strings"
)

// Visible is a writer to a terminal: what a file says cannot speak to it. Letters
// that would move its cursor, colour it or turn its direction are shown as U+FFFD.
// A letter must not be written in pieces.
func Visible(w io.Writer) io.Writer { return visible{w} }

type visible struct{ io.Writer }

// Write writes what can be seen.
func (v visible) Write(b []byte) (int, error) {
	shown := strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, string(b))
	if _, err := io.WriteString(v.Writer, shown); err != nil {
		return 0, err
	}
	return len(b), nil
}
