// Package gitignore keeps data out of git: one line in the .gitignore of the
// directory in which the data lies, added and taken away as DVC does.
//
// It edits the text alone, and only the line of the name that it is given: what
// others wrote stays byte for byte. Whether git ignores the file already is a
// question for package ignore.
package gitignore

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/ignore"
)

// Line is the pattern of a name in its directory, without the line's end.
func Line(name string) string { return "/" + ignore.Escape(name) }

// Add gives the text with the name's line behind the others. It is the text
// itself where the line is there.
func Add(text []byte, name string) []byte {
	line := Line(name)
	for l := range strings.Lines(string(text)) {
		if strings.TrimRight(l, "\r\n") == line {
			return text
		}
	}
	out := append([]byte(nil), text...)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	return append(append(out, line...), '\n')
}

// Remove gives the text without the name's line, in whichever way it was written:
// dvc finds no line again that it escaped. A text of which nothing is left is
// nil, and its file is to be deleted.
func Remove(text []byte, name string) []byte {
	out := []byte(nil)
	found := false
	for l := range strings.Lines(string(text)) {
		switch strings.TrimSpace(l) {
		case strings.TrimSpace(Line(name)), strings.TrimSpace("/" + name), "/" + escaped(name):
			found = true
			continue
		}
		out = append(out, l...)
	}
	if !found {
		return text
	}
	return out
}

// escaped is the name as dvc writes it, which leaves a space at its end bare.
func escaped(name string) string {
	return strings.TrimSpace(ignore.Escape(strings.TrimRight(name, " ")))
}
