package ignore

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// pathspec reads a pattern as pathspec 1.1 does and dvc uses it: the expression
// must match from the path's beginning. It is "" where a form does.
//
// "*/" and "**/" match nothing: pathspec makes a single slash of them, and looks
// for it anywhere, where dvc looks at the beginning alone.
func (p *pattern) pathspec(text string) (string, error) {
	segments := strings.Split(text, "/")
	p.inside = segments[len(segments)-1] == ""
	switch {
	case segments[0] == "":
		segments = segments[1:]
	case len(segments) == 1 || len(segments) == 2 && segments[1] == "":
		if segments[0] != "**" {
			segments = slices.Insert(segments, 0, "**")
		}
	}
	if last := len(segments) - 1; segments[last] == "" {
		segments[last] = "**"
	}
	segments = collapsed(segments)
	switch n := len(segments); {
	case n == 1 && segments[0] == "**" && p.inside:
		p.form = nothing
		return "", nil
	case n == 1 && segments[0] == "**", n == 2 && segments[0] == "**" && segments[1] == "*":
		return "^.", nil
	case n == 3 && segments[0] == "**" && segments[1] == "*" && segments[2] == "**":
		p.form = nothing
		return "", nil
	}
	if p.pathspecForm(segments) {
		return "", nil
	}
	p.head = literal(segments[0])
	return translate(segments)
}

// collapsed has no "**" behind another.
func collapsed(segments []string) []string {
	var out []string
	for i, s := range segments {
		if i == 0 || s != "**" || segments[i-1] != "**" {
			out = append(out, s)
		}
	}
	return out
}

func (p *pattern) pathspecForm(segments []string) bool {
	if segments[len(segments)-1] == "**" {
		if !p.inside {
			return false // "a/**"
		}
		segments = segments[:len(segments)-1]
	}
	switch {
	case len(segments) == 2 && segments[0] == "**":
		return p.simple(true, segments[1])
	case len(segments) > 0 && !slices.Contains(segments, "**"):
		return p.simple(false, strings.Join(segments, "/"))
	}
	return false
}

func translate(segments []string) (string, error) {
	var b strings.Builder
	slash := false
	end := len(segments) - 1
	for i, s := range segments {
		switch {
		case s == "**" && i == 0:
			b.WriteString(`^(?:.+/)?`)
			continue
		case s == "**" && i < end:
			b.WriteString(`(?:/.+)?`)
			slash = true
			continue
		case s == "**":
			b.WriteString("/")
			continue
		case i == 0:
			b.WriteString("^")
		}
		if slash {
			b.WriteString("/")
		}
		glob := "[^/]+"
		if s != "*" {
			var err error
			if glob, err = pathspecGlob(s); err != nil {
				return "", err
			}
		}
		b.WriteString(glob)
		if i == end {
			b.WriteString(`(?:/|$)`)
		}
		slash = true
	}
	return b.String(), nil
}

func pathspecGlob(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '\\':
			if i+1 == len(s) {
				return "", errEscape
			}
			_, m := utf8.DecodeRuneInString(s[i+1:])
			b.WriteString(regexp.QuoteMeta(s[i+1 : i+1+m]))
			n += m
		case '*':
			b.WriteString("[^/]*")
		case '?':
			b.WriteString("[^/]")
		case '[':
			class, size := pathspecClass(s[i:])
			if size == 0 {
				return "", errNothing
			}
			b.WriteString(class)
			n = size
		default:
			b.WriteString(regexp.QuoteMeta(s[i : i+n]))
		}
		i += n
	}
	return b.String(), nil
}

// pathspecClass reads a bracket expression, in which a backslash is itself. Its
// size is 0 where it has no end.
func pathspecClass(s string) (class string, size int) {
	i := 1
	out := "["
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		out += "^"
		i++
	}
	start := i
	if i < len(s) && s[i] == ']' {
		i++
	}
	for i < len(s) && s[i] != ']' {
		i++
	}
	if i == len(s) {
		return "", 0
	}
	body := []rune(s[start:i])
	for j := 0; j < len(body); j++ {
		out += classRune(body[j])
		if j+2 < len(body) && body[j+1] == '-' {
			out += "-" + classRune(body[j+2])
			j += 2
		}
	}
	return out + "]", i + 1
}

// classRune is a character as it stands in brackets.
func classRune(r rune) string {
	if strings.ContainsRune(`\]^-[&~`, r) {
		return `\` + string(r)
	}
	return string(r)
}

// moved is a pattern of a directory's file as DVC rewrites it for the root, in
// which it does not escape the directory's name: below one that begins with "!"
// or "#" patterns mean something else, or nothing. What is ignored decides which
// files a hash is made of, so that the same is done here.
func moved(dir, text string) string {
	text, negated := strings.CutPrefix(text, "!")
	floating := !strings.Contains(text[:max(len(text)-1, 0)], "/") || strings.HasPrefix(text, "**/")
	if floating {
		text = strings.TrimPrefix(strings.TrimPrefix(text, "**/"), `\`)
		text = "/**/" + text
	} else {
		text = "/" + strings.TrimPrefix(strings.TrimPrefix(text, "/"), `\`)
	}
	if negated {
		return "!/" + dir + text
	}
	return dir + text
}
