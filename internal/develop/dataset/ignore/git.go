package ignore

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// git reads a pattern, without the slash at its end, as git's wildmatch does.
func (p *pattern) git(text string) (string, error) {
	anchored := strings.Contains(text, "/")
	text = strings.TrimPrefix(text, "/")
	if text == "" {
		return "", errNothing
	}
	if p.simple(!anchored, text) {
		return "", nil
	}
	prefix := "^"
	if anchored {
		p.head = literal(text)
	} else {
		prefix = "(?:^|/)"
	}
	glob, err := gitGlob(text, anchored)
	return prefix + glob + "$", err
}

// gitGlob reads byte by byte, as git does: what is asked about is one character
// for each byte too.
func gitGlob(s string, anchored bool) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 1
		switch s[i] {
		case '\\':
			if i+1 == len(s) {
				return "", errEscape
			}
			b.WriteString(regexp.QuoteMeta(latin(s[i+1 : i+2])))
			n = 2
		case '*':
			for i+n < len(s) && s[i+n] == '*' {
				n++
			}
			between := anchored && n > 1 && (i == 0 || s[i-1] == '/')
			switch {
			case between && i+n == len(s):
				b.WriteString(".+")
			case between && s[i+n] == '/':
				b.WriteString("(?:.*/)?")
				n++
			default:
				b.WriteString("[^/]*")
			}
		case '?':
			b.WriteString("[^/]")
		case '[':
			class, size := gitClass(s[i:])
			if size == 0 {
				return "", errNothing
			}
			b.WriteString(class)
			n = size
		default:
			b.WriteString(regexp.QuoteMeta(latin(s[i : i+1])))
		}
		i += n
	}
	return b.String(), nil
}

// latin has a character for each byte.
func latin(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			wide := make([]rune, 0, len(s))
			for j := range len(s) {
				wide = append(wide, rune(s[j]))
			}
			return string(wide)
		}
	}
	return s
}

// gitClass reads a bracket expression, which never matches a slash. Its size is 0
// where it has no end.
func gitClass(s string) (class string, size int) {
	rest := s[1:]
	negated := rest != "" && (rest[0] == '!' || rest[0] == '^')
	if negated {
		rest = rest[1:]
	}
	var set strings.Builder
	for begin := true; ; begin = false {
		if rest == "" {
			return "", 0
		}
		if rest[0] == ']' && !begin {
			rest = rest[1:]
			break
		}
		if strings.HasPrefix(rest, "[:") {
			if end := strings.Index(rest, ":]"); end > 0 {
				set.WriteString(rest[:end+2])
				rest = rest[end+2:]
				continue
			}
		}
		low, after := classMember(rest)
		rest = after
		high := low
		if strings.HasPrefix(rest, "-") && len(rest) > 1 && rest[1] != ']' {
			high, rest = classMember(rest[1:])
		}
		writeRange(&set, low, high)
	}
	size = len(s) - len(rest)
	switch {
	case negated:
		return "[^/" + set.String() + "]", size
	case set.Len() == 0:
		return `[^\x{0}-\x{10FFFF}]`, size
	}
	return "[" + set.String() + "]", size
}

func classMember(s string) (rune, string) {
	if s[0] == '\\' && len(s) > 1 {
		s = s[1:]
	}
	return rune(s[0]), s[1:]
}

func writeRange(b *strings.Builder, low, high rune) {
	if low <= '/' && high >= '/' {
		if low < '/' {
			writeRange(b, low, '/'-1)
		}
		if high > '/' {
			writeRange(b, '/'+1, high)
		}
		return
	}
	if low > high {
		return
	}
	b.WriteString(classRune(low))
	if high > low {
		b.WriteString("-" + classRune(high))
	}
}
