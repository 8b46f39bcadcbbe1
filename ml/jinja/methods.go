package jinja

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// call folds methods of texts, and dict, whose keys are its keywords.
func (f *folder) call(n *Node) []folded {
	callee := n.Kids[0]
	switch {
	case callee.Kind == Name && callee.Name == "dict":
		v := folded{many: true}
		for _, a := range n.Kids[1:] {
			if a.Kind == Keyword {
				v.list = append(v.list, a.Name)
			}
		}
		return []folded{v}
	case callee.Kind == Attribute && callee.Name == "join" && len(n.Kids) == 2:
		return f.join(n.Kids[1], f.texts(callee.Kids[0])[0])
	case callee.Kind == Attribute && callee.Name == "format":
		return f.braces(f.texts(callee.Kids[0]), n.Kids[1:])
	case callee.Kind == Attribute:
		return f.applied(callee.Name, callee.Kids[0], n.Kids[1:])
	}
	return nil
}

// braces fills in str.format's {}, in their order or by number.
func (f *folder) braces(formats []string, arguments []*Node) []folded {
	values := make([]string, min(len(arguments), mostFolded))
	for i := range values {
		values[i] = f.texts(value(arguments[i]))[0]
	}
	var all []folded
	for _, format := range formats {
		text, next := "", 0
		for {
			before, rest, ok := strings.Cut(format, "{")
			field, after, closed := strings.Cut(rest, "}")
			text += before
			if !ok || !closed {
				break
			}
			i := next
			if len(field) == 1 && field[0] >= '0' && field[0] <= '9' {
				i = int(field[0] - '0')
			} else if next++; field != "" {
				i = len(values)
			}
			if i < len(values) {
				text += values[i]
			} else {
				text += Gap
			}
			format = after
		}
		if text != Gap {
			all = append(all, short(text))
		}
	}
	return limit(all)
}

func (f *folder) join(of *Node, separator string) []folded {
	var all []folded
	for _, v := range f.fold(of) {
		items := v.list
		if !v.many {
			items = strings.Split(v.text, "")
		}
		if f.work -= len(items) * (len(separator) + 8); f.work < 0 {
			return []folded{{text: lost}}
		}
		if text := strings.Join(items, separator); text != "" && text != Gap {
			all = append(all, short(text))
		}
	}
	return all
}

// applied folds filters, and the methods of texts that have the same meaning.
func (f *folder) applied(name string, value *Node, arguments []*Node) []folded {
	argument := func(i int, otherwise string) string {
		if i < len(arguments) && arguments[i].Kind != Keyword {
			return f.texts(arguments[i])[0]
		}
		return otherwise
	}
	switch name {
	case "join":
		return f.join(value, argument(0, ""))
	case "format":
		return f.format(f.texts(value), arguments)
	case "list":
		var all []folded
		for _, v := range f.fold(value) {
			if !v.many {
				v = folded{list: strings.Split(v.text, ""), many: true}
			}
			all = append(all, v)
		}
		return all
	case "first", "last", "random", "reverse", "sort":
		return f.ordered(name, f.fold(value))
	case "default", "d":
		all := slices.Clone(f.fold(value))
		if len(arguments) > 0 {
			all = append(all, f.fold(arguments[0])...)
		}
		return limit(all)
	}
	first, second := argument(0, ""), argument(1, "")
	return each(f.fold(value), func(text string) (string, bool) {
		if f.work -= 2 * len(text); f.work < 0 {
			return lost, true
		}
		if name == "replace" && len(arguments) > 1 {
			if strings.Count(text, first)*len(second) > 1<<20 {
				return lost, true
			}
			return strings.ReplaceAll(text, first, second), first != ""
		}
		return changed(name, text, first)
	})
}

// each changes texts, and leaves out what it cannot.
func each(of []folded, change func(string) (string, bool)) []folded {
	var all []folded
	for _, v := range of {
		if text, ok := change(v.text); ok && !v.many {
			all = append(all, short(text))
		}
	}
	return all
}

// changed is a text behind a filter or method of one name.
func changed(name, text, argument string) (string, bool) {
	switch name {
	case "lower", "casefold":
		return strings.ToLower(text), true
	case "upper":
		return strings.ToUpper(text), true
	case "swapcase":
		return strings.Map(func(r rune) rune {
			if l := []rune(strings.ToLower(string(r))); l[0] != r {
				return l[0]
			}
			return []rune(strings.ToUpper(string(r)))[0]
		}, text), true
	case "capitalize", "title":
		_, n := utf8.DecodeRuneInString(text)
		return strings.ToUpper(text[:n]) + strings.ToLower(text[n:]), true
	case "trim", "strip", "lstrip", "rstrip", "striptags":
		if argument != "" {
			return strings.Trim(text, argument), true
		}
		return strings.TrimSpace(text), true
	case "string", "safe", "escape", "e", "forceescape", "encode", "decode", "center", "indent", "truncate":
		return text, true
	}
	return "", false
}

// ordered are filters that take one of a list, or turn its order.
func (f *folder) ordered(name string, of []folded) []folded {
	var all []folded
	for _, v := range of {
		items := v.list
		if !v.many {
			items = strings.Split(v.text, "")
		}
		switch {
		case len(items) == 0:
		case name == "first":
			all = append(all, folded{text: items[0]})
		case name == "last":
			all = append(all, folded{text: items[len(items)-1]})
		case name == "random":
			for _, item := range items {
				all = append(all, folded{text: item})
			}
		default:
			items = slices.Clone(items)
			if name == "reverse" {
				slices.Reverse(items)
			} else {
				slices.Sort(items)
			}
			if v.many {
				all = append(all, folded{list: items, many: true})
			} else {
				all = append(all, folded{text: strings.Join(items, "")})
			}
		}
	}
	return limit(all)
}
