package jinja

import (
	"slices"
	"strconv"
	"strings"
)

// Gap stands in a folded text for a piece that is not a constant.
const Gap = "\uFFFC"

// lost stands for a constant that was not computed, since it is too long, may be
// too many, or took too many steps.
const lost = "\uFFFB"

// Bounds of folding.
const (
	mostFolded   = 4096    // bytes of a text, items of a list
	mostVariants = 256     // values of one expression or name
	mostSteps    = 1 << 14 // nodes of one expression
	mostWork     = 1 << 26 // bytes of all texts that are made
)

// folded is a constant that an expression may have as its value: a text, or a
// list of texts.
type folded struct {
	text string
	list []string
	many bool // a list
}

// folder computes constants. Names have all values that the template gives them
// anywhere, since which one holds where is not followed.
type folder struct {
	names map[string][]folded
	left  int // steps of the expression that is folded
	work  int // bytes that may still be made
}

// newFolder learns the names of a template.
func newFolder(body []*Node) *folder {
	f := &folder{names: map[string][]folded{}, work: mostWork}
	for range 3 { // names that are made of names
		walk(body, func(n *Node) {
			if (n.Kind == Set || n.Kind == For) && len(n.Kids) > 1 {
				values := f.whole(n.Kids[1])
				if n.Kind == For {
					values = members(values)
				}
				f.bind(n.Kids[0], values)
			}
			if n.Kind == Set && len(n.Kids) == 1 && len(n.Body) > 0 {
				f.left = mostSteps
				f.bind(n.Kids[0], f.body(n.Body))
			}
		})
	}
	return f
}

func (f *folder) bind(target *Node, values []folded) {
	switch target.Kind {
	case Name, Attribute:
		have := f.names[target.Name]
		for _, v := range values {
			if len(have) <= mostVariants && !slices.ContainsFunc(have, func(h folded) bool { return same(h, v) }) {
				have = append(have, v)
			}
		}
		if len(have) > 0 {
			f.names[target.Name] = limit(have)
		}
	}
}

func same(a, b folded) bool {
	return a.text == b.text && a.many == b.many && slices.Equal(a.list, b.list)
}

// body is what a block of data and outputs renders to.
func (f *folder) body(nodes []*Node) []folded {
	text := ""
	for _, n := range nodes {
		switch n.Kind {
		case Data:
			text += n.Text
		case Output:
			if v := f.fold(n.Kids[0]); len(v) > 0 && !v[0].many {
				text += v[0].text
				continue
			}
			text += Gap
		default:
			text += Gap
		}
	}
	return []folded{short(text)}
}

// short is a text, or lost.
func short(text string) folded {
	if len(text) > mostFolded || strings.Contains(text, lost) {
		text = lost
	}
	return folded{text: text}
}

// members are the items of lists.
func members(of []folded) []folded {
	var all []folded
	for _, v := range of {
		for _, item := range v.list {
			all = append(all, folded{text: item})
		}
	}
	return all
}

// whole folds an expression that stands in no other one.
func (f *folder) whole(n *Node) []folded {
	f.left = mostSteps
	return f.fold(n)
}

// fold gives the constants that an expression may be; none when nothing is
// known of it. A text may have gaps. Each part is folded once, so that the steps
// grow as the expression does.
func (f *folder) fold(n *Node) []folded {
	if f.left--; n == nil {
		return nil
	}
	if f.work -= 16; f.left < 0 || f.work < 0 {
		return []folded{{text: lost}}
	}
	switch n.Kind {
	case Constant:
		switch v := n.Value.(type) {
		case string:
			return []folded{short(v)}
		case float64:
			return []folded{{text: strconv.FormatFloat(v, 'f', -1, 64)}}
		}
	case Name:
		return f.names[n.Name]
	case Attribute:
		return f.names[n.Name] // of a namespace
	case Binary:
		return f.binary(n)
	case Condition:
		return limit(append(slices.Clone(f.fold(n.Kids[0])), f.fold(n.Kids[2])...))
	case List:
		return f.listOf(n.Kids)
	case Dict:
		var keys []*Node
		for i := 0; i < len(n.Kids); i += 2 {
			keys = append(keys, n.Kids[i])
		}
		return f.listOf(keys)
	case Item:
		return f.item(n)
	case Filter:
		return f.applied(n.Name, n.Kids[0], n.Kids[1:])
	case Call:
		return f.call(n)
	}
	return nil
}

func limit(v []folded) []folded {
	if len(v) > mostVariants {
		return append(slices.Clone(v[:mostVariants-1]), folded{text: lost})
	}
	return v
}

// texts of an expression; a gap when nothing is known.
func (f *folder) texts(n *Node) []string { return texts(f.fold(n)) }

func texts(of []folded) []string {
	var all []string
	for _, v := range of {
		if !v.many {
			all = append(all, v.text)
		}
	}
	if len(all) == 0 {
		return []string{Gap}
	}
	return all
}

func (f *folder) binary(n *Node) []folded {
	if n.Name == "%" {
		return f.format(f.texts(n.Kids[0]), []*Node{n.Kids[1]})
	}
	left, right := f.fold(n.Kids[0]), f.fold(n.Kids[1])
	switch n.Name {
	case "~", "+":
		if len(left) == 1 && left[0].many {
			if len(right) != 1 || !right[0].many {
				return nil
			}
			if len(left[0].list)+len(right[0].list) > mostFolded {
				return []folded{{text: lost}}
			}
			return []folded{{list: slices.Concat(left[0].list, right[0].list), many: true}}
		}
		return f.product(texts(left), texts(right), func(a, b string) string { return a + b })
	case "*":
		return f.product(texts(left), texts(right), func(a, b string) string {
			times, err := strconv.Atoi(b)
			if err != nil || times < 0 || strings.Contains(a, Gap) {
				return Gap
			}
			return strings.Repeat(a, min(times, mostFolded+1))
		})
	case "or", "and":
		return limit(slices.Concat(left, right))
	}
	return nil
}

// product joins each with each. What has no constant piece is nothing.
func (f *folder) product(left, right []string, join func(a, b string) string) []folded {
	if f.left -= len(left) * len(right) / 16; len(left)*len(right) > 1<<12 {
		return []folded{{text: lost}}
	}
	var all []folded
	for _, a := range left {
		for _, b := range right {
			text := strings.ReplaceAll(join(a, b), Gap+Gap, Gap)
			if f.work -= len(text); f.work < 0 {
				return []folded{{text: lost}}
			}
			if text != Gap {
				all = append(all, short(text))
			}
		}
	}
	return limit(all)
}

// format fills in a text's %s, %c and %d.
func (f *folder) format(formats []string, arguments []*Node) []folded {
	if len(arguments) == 1 && arguments[0] != nil && arguments[0].Kind == List {
		arguments = arguments[0].Kids
	}
	values := make([]string, min(len(arguments), mostFolded))
	for i := range values {
		values[i] = f.texts(arguments[i])[0]
	}
	var all []folded
	for _, format := range formats {
		parts := strings.Split(format, "%")
		text := parts[0]
		for i, part := range parts[1:] {
			value := Gap
			if i < len(values) {
				value = values[i]
			}
			switch {
			case part == "":
				text += Gap
				continue
			case part[0] == 'c':
				if code, err := strconv.Atoi(value); err == nil {
					value = string(rune(code))
				}
			case part[0] != 's' && part[0] != 'd':
				value = Gap
			}
			text += value + part[1:]
		}
		if text != Gap {
			all = append(all, short(text))
		}
	}
	return limit(all)
}

func (f *folder) listOf(items []*Node) []folded {
	if len(items) > mostFolded {
		return []folded{{text: lost}}
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		if list = append(list, f.texts(item)...); len(list) > mostFolded {
			return []folded{{text: lost}}
		}
	}
	return []folded{{list: list, many: true}}
}

// item is one of a list or of a text, or a slice.
func (f *folder) item(n *Node) []folded {
	of := f.fold(n.Kids[0])
	if len(of) != 1 {
		return nil
	}
	v := of[0]
	if v.text == lost {
		return of
	}
	runes := v.list
	if !v.many {
		runes = strings.Split(v.text, "")
	}
	if n.Kids[1].Kind == Slice {
		runes = f.slice(runes, n.Kids[1])
		if v.many {
			return []folded{{list: runes, many: true}}
		}
		return []folded{{text: strings.Join(runes, "")}}
	}
	i, ok := f.number(n.Kids[1])
	if i < 0 {
		i += len(runes)
	}
	if !ok || i < 0 || i >= len(runes) {
		return nil
	}
	return []folded{{text: runes[i]}}
}

func (f *folder) number(n *Node) (int, bool) {
	if n != nil && n.Kind == Unary && n.Name == "-" {
		v, ok := f.number(n.Kids[0])
		return -v, ok
	}
	v, err := strconv.Atoi(f.texts(n)[0])
	return v, err == nil
}

// slice is Python's.
func (f *folder) slice(of []string, n *Node) []string {
	step, ok := f.number(n.Kids[2])
	if !ok {
		step = 1
	}
	clamp := func(n *Node, otherwise int) int {
		v, ok := f.number(n)
		if !ok {
			return otherwise
		}
		if v < 0 {
			v += len(of)
		}
		return max(min(v, len(of)), -1)
	}
	var all []string
	if step > 0 {
		for i := max(clamp(n.Kids[0], 0), 0); i < clamp(n.Kids[1], len(of)); i += step {
			all = append(all, of[i])
		}
	} else if step < 0 {
		for i := min(clamp(n.Kids[0], len(of)-1), len(of)-1); i > clamp(n.Kids[1], -1); i += step {
			all = append(all, of[i])
		}
	}
	return all
}
