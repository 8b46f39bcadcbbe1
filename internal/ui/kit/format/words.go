package format

import "strings"

// First writes the first n letters of a text: of a digest or an id.
func First(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// Shorten writes a text in n letters at most, an ellipsis for what is left out.
func Shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Name writes what a thing is called: its name, or its id when it has none.
func Name(name, id string) string {
	if name != "" {
		return name
	}
	return id
}

// Counted writes a number of things: "1 run", "2,000 runs".
func Counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Shown is a name in which letters that turn the direction of others, so that it reads as
// another one, are U+FFFD.
func Shown(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, name)
}
