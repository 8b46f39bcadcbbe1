package yamltext

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// list makes a list in block style say want. Items are the same that have the
// same path, or that say the same; where their order changed the list is written
// anew.
func (e *editor) list(n *Node, want []any) error {
	pairs, err := pair(n.Items, want)
	if err != nil {
		return err
	}
	dashes := make([]int, len(n.Items))
	for i, item := range n.Items {
		if dashes[i] = e.dash(item, n.indent); dashes[i] < 0 {
			return errNoPlace
		}
	}
	kept := map[int]bool{}
	at := e.lineStart(dashes[0])
	if strings.TrimSpace(e.text[at:dashes[0]]) != "" {
		return errNoPlace // a list in a list
	}
	for j, v := range want {
		i := pairs[j]
		if i < 0 {
			if err := e.insert(at, n.indent, v); err != nil {
				return err
			}
			continue
		}
		kept[i] = true
		at = e.behind(n.Items[i].end)
		if Equal(n.Items[i].Plain(), v) {
			continue
		}
		if done, err := e.value(n.Items[i], v); err != nil {
			return err
		} else if !done {
			if err := e.replaceItem(n, i, dashes[i], v); err != nil {
				return err
			}
		}
	}
	for i, item := range n.Items {
		if !kept[i] {
			e.replace(e.lineStart(dashes[i]), e.behind(item.end), "")
		}
	}
	return nil
}

// dash is the byte of the dash before an item, -1 where it is not in its column.
func (e *editor) dash(item *Node, column int) int {
	at := strings.LastIndexByte(e.text[:item.start], '-')
	for at >= 0 && e.columnOf(at) != column {
		at = strings.LastIndexByte(e.text[:at], '-')
	}
	return at
}

func (e *editor) insert(at, column int, v any) error {
	w := newWriter(column)
	if err := w.sequence([]any{v}); err != nil {
		return err
	}
	e.replace(at, at, strings.TrimSuffix(string(w.out), "\n")+"\n")
	return nil
}

func (e *editor) replaceItem(n *Node, i, dash int, v any) error {
	w := newWriter(n.indent)
	if err := w.sequence([]any{v}); err != nil {
		return err
	}
	with := strings.TrimSuffix(strings.TrimLeft(string(w.out), " "), "\n")
	end := n.Items[i].end
	if end <= dash {
		return errNoPlace
	}
	if e.text[end-1] == '\n' {
		with += "\n"
	}
	e.replace(dash, end, with)
	return nil
}

// pair gives for each of want which item it is, or -1 for a new one.
func pair(items []*Node, want []any) ([]int, error) {
	known := map[string][]int{}
	for i, item := range items {
		name, err := identity(item.Plain())
		if err != nil {
			return nil, err
		}
		known[name] = append(known[name], i)
	}
	pairs, last, found := make([]int, len(want)), -1, 0
	for j, v := range want {
		name, err := identity(v)
		if err != nil {
			return nil, err
		}
		pairs[j] = -1
		if same := known[name]; len(same) > 0 {
			pairs[j], known[name] = same[0], same[1:]
			if pairs[j] < last {
				return nil, errNoPlace
			}
			last = pairs[j]
			found++
		}
	}
	if found == 0 && len(items) == len(want) {
		for j := range pairs {
			pairs[j] = j
		}
	}
	return pairs, nil
}

// identity is what an item is known by: its path, or all of it.
func identity(v any) (string, error) {
	if m, ok := v.(pyjson.Map); ok {
		for _, key := range []string{"path", "relpath"} {
			if path, ok := m.Get(key); ok {
				v = path
				break
			}
		}
	}
	b, err := pyjson.Marshal(v)
	if err != nil {
		return "", errNoPlace
	}
	return string(b), nil
}
