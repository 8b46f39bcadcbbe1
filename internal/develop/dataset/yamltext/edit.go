package yamltext

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Order is where new keys of a map go.
type Order bool

// The orders: dvc adds to a .dvc file, and writes a stage of dvc.lock anew.
const (
	AtEnd    Order = false // behind the last that is there
	AsWanted Order = true  // behind the one that they follow in what is wanted
)

// Edit makes the text say what want says: keys stay where they are, new ones
// come where order says, and comments and lines that say the same
// stay as they are. A text that says the same already is given back itself. One
// in which the places cannot be found is written anew, as Marshal does.
func Edit(text []byte, want pyjson.Map, order Order) ([]byte, error) {
	root, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if Equal(root.Plain(), want) {
		return text, nil
	}
	unix := strings.ReplaceAll(string(text), "\r\n", "\n")
	edited, err := edit(unix, want, order)
	if err == nil {
		var again *Node
		if again, err = Parse(edited); err == nil && !Equal(again.Plain(), want) {
			err = errNoPlace
		}
	}
	if err != nil {
		return Marshal(want)
	}
	if len(unix) != len(text) && strings.Count(unix, "\n") == len(text)-len(unix) {
		edited = []byte(strings.ReplaceAll(string(edited), "\n", "\r\n"))
	}
	return edited, nil
}

var errNoPlace = errors.New("yamltext: the place of a value cannot be found")

func edit(text string, want pyjson.Map, order Order) ([]byte, error) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	root, err := Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	if root.whole || len(root.Entries) == 0 || len(want) == 0 || strings.HasPrefix(text, "\ufeff") {
		return nil, errNoPlace
	}
	e := &editor{source: newSource(text), order: order}
	if err := e.mapping(root, want); err != nil {
		return nil, err
	}
	return e.apply()
}

// change replaces the bytes between start and end.
type change struct {
	start, end int
	with       string
}

type editor struct {
	*source
	order   Order
	changes []change
}

func (e *editor) replace(start, end int, with string) {
	e.changes = append(e.changes, change{start, end, with})
}

func (e *editor) apply() ([]byte, error) {
	slices.SortStableFunc(e.changes, func(a, b change) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var out []byte
	at := 0
	for _, c := range e.changes {
		if c.start < at || c.end < c.start {
			return nil, errNoPlace
		}
		out = append(append(out, e.text[at:c.start]...), c.with...)
		at = c.end
	}
	return append(out, e.text[at:]...), nil
}

// value makes a node say want, where it can be done inside of it.
func (e *editor) value(n *Node, want any) (done bool, err error) {
	if n.whole {
		return false, nil
	}
	switch v := want.(type) {
	case pyjson.Map:
		if n.kind != mapping || !slices.ContainsFunc(n.Entries, func(x Entry) bool { return index(v, x.Key.Value) >= 0 }) {
			return false, nil
		}
		return true, e.mapping(n, v)
	case []any:
		if n.kind != list || len(v) == 0 || len(n.Items) == 0 {
			return false, nil
		}
		return true, e.list(n, v)
	}
	return false, nil
}

// mapping makes a map in block style say want, of which at least one key is in it.
func (e *editor) mapping(n *Node, want pyjson.Map) error {
	for i := 0; i < len(n.Entries); i++ {
		x := n.Entries[i]
		j := index(want, x.Key.Value)
		switch {
		case j < 0:
			to := i + 1
			for to < len(n.Entries) && index(want, n.Entries[to].Key.Value) < 0 && e.besideDash(x) {
				to++
			}
			e.remove(n, i, to)
			i = to - 1
		case Equal(x.Node.Plain(), want[j].Value):
		default:
			if done, err := e.value(x.Node, want[j].Value); err != nil {
				return err
			} else if !done {
				if err := e.replaceValue(n, x, want[j].Value); err != nil {
					return err
				}
			}
		}
	}
	return e.add(n, want)
}

// add writes the keys of want that the map lacks.
func (e *editor) add(n *Node, want pyjson.Map) error {
	at := e.behind(n.Entries[len(n.Entries)-1].Node.end)
	if e.order == AsWanted {
		if at = e.lineStart(n.start); at != n.start {
			at = -1
		}
	}
	for _, m := range want {
		if i := slices.IndexFunc(n.Entries, func(x Entry) bool { return Equal(x.Key.Value, m.Key) }); i >= 0 {
			if e.order == AsWanted {
				at = e.behind(n.Entries[i].Node.end)
			}
			continue
		}
		w := newWriter(n.indent)
		if err := w.entry(m); err != nil {
			return err
		}
		if at < 0 {
			return errNoPlace
		}
		e.replace(at, at, strings.TrimSuffix(string(w.out), "\n")+"\n")
	}
	return nil
}

// behind is the byte behind the line in which a value ends. A block scalar ends
// behind its line already.
func (e *editor) behind(end int) int {
	if end > 0 && e.text[end-1] == '\n' {
		return end
	}
	return e.lineEnd(end)
}

// replaceValue writes another value behind a key.
func (e *editor) replaceValue(n *Node, x Entry, want any) error {
	old := x.Node
	w := newWriter(n.indent)
	w.whitespace, w.indention = false, false
	start, end := x.colon, old.end
	if _, isText, err := scalarText(want); err == nil && want != nil && !(isText && want == "") && old.kind == scalar && old.Value != nil && !old.whole && x.colon >= 0 && old.start > x.colon && e.lineStart(old.start) < x.colon {
		// What stands between the colon and the value stays as it is.
		start = old.start
		w.whitespace = true
	}
	if start < 0 || end < start {
		return errNoPlace
	}
	w.column = e.columnOf(start)
	if err := w.node(want, context{mapping: true}); err != nil {
		return err
	}
	with := strings.TrimSuffix(string(w.out), "\n")
	if end > start && e.text[end-1] == '\n' {
		with += "\n"
	}
	e.replace(start, end, with)
	return nil
}

// besideDash says whether an entry is the first of a map that begins behind a dash.
func (e *editor) besideDash(x Entry) bool {
	return strings.TrimSpace(e.text[e.lineStart(x.Key.start):x.Key.start]) != ""
}

// remove takes the entries from i up to another out with their lines, and leaves comments
// above and below.
func (e *editor) remove(n *Node, i, to int) {
	x := n.Entries[i]
	start, end := e.lineStart(x.Key.start), e.behind(n.Entries[to-1].Node.end)
	if !e.besideDash(x) {
		e.replace(start, end, "")
		return
	}
	// The next one that stays moves behind the dash.
	if to < len(n.Entries) {
		next := n.Entries[to].Key.start
		if strings.TrimSpace(e.text[end:next]) == "" {
			e.replace(x.Key.start, next, "")
			return
		}
	}
	e.replace(x.Key.start, end, "\n")
}
