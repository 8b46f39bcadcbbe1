package params

import (
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// parseTOML reads TOML. The library gives values without their order, and the order of keys
// apart from them.
func parseTOML(name string, content []byte) (pyjson.Map, error) {
	if tooDeep(content) {
		return nil, fault.New(fault.Invalid, "unable to read: '%s', TOML file structure is corrupted: its tables are more than %d deep", name, maxNesting)
	}
	var values map[string]any
	if err := toml.Unmarshal(content, &values); err != nil {
		return nil, fault.Because(err, fault.Invalid, "unable to read: '%s', TOML file structure is corrupted: %s", name, err)
	}
	o := &order{places: map[string]int{}}
	p := unstable.Parser{}
	p.Reset(content)
	for p.NextExpression() {
		o.expression(p.Expression())
	}
	if err := p.Error(); err != nil {
		return nil, fault.Because(err, fault.Invalid, "unable to read: '%s', TOML file structure is corrupted: %s", name, err)
	}
	plain, err := o.value(name, "", values)
	m, _ := plain.(pyjson.Map)
	return m, err
}

// tooDeep says whether a file has more brackets open at once, or a key of more parts, than
// is read: the library bounds neither, and takes all the memory there is. Strings are told
// by their quotes on a line, which is enough.
func tooDeep(content []byte) bool {
	depth, parts := 0, 0
	var quote byte
	for i, c := range content {
		switch {
		case quote != 0:
			if c == quote && content[i-1] != '\\' || c == '\n' {
				quote = 0
			}
			continue
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth = max(depth-1, 0)
		case c == '.':
			parts++
		case c == '=' || c == ',' || c == '\n':
			parts = 0
		}
		if depth > maxNesting || parts > maxNesting {
			return true
		}
	}
	return false
}

// order is where the keys of a file stand, by their paths; those of all tables of an array
// have one path.
type order struct {
	places map[string]int
	table  string
}

// expression takes in a table's head, or a key with its value.
func (o *order) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		o.table = o.keys("", e.Key())
	case unstable.KeyValue:
		o.within(o.keys(o.table, e.Key()), e.Value())
	}
}

// keys notes a dotted key below a path, and gives the path of its last part.
func (o *order) keys(at string, parts unstable.Iterator) string {
	for parts.Next() {
		at += "\x00" + string(parts.Node().Data)
		if _, ok := o.places[at]; !ok {
			o.places[at] = len(o.places)
		}
	}
	return at
}

// within notes the keys of tables within a value.
func (o *order) within(at string, v *unstable.Node) {
	children := v.Children()
	switch v.Kind {
	case unstable.InlineTable:
		for children.Next() {
			o.within(o.keys(at, children.Node().Key()), children.Node().Value())
		}
	case unstable.Array:
		for children.Next() {
			o.within(at, children.Node())
		}
	}
}

// value is a value at a path as package pyjson has it.
func (o *order) value(name, at string, v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		m := pyjson.Map{}
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b string) int { return o.places[at+"\x00"+a] - o.places[at+"\x00"+b] })
		for _, k := range keys {
			below, err := o.value(name, at+"\x00"+k, v[k])
			if err != nil {
				return nil, err
			}
			m.Set(k, below)
		}
		return m, nil
	case []any:
		all := make([]any, len(v))
		for i := range v {
			var err error
			if all[i], err = o.value(name, at, v[i]); err != nil {
				return nil, err
			}
		}
		return all, nil
	case string, bool, int64, float64:
		return v, nil
	}
	return nil, fault.New(fault.Unsupported, "the time '%s' in '%s' is not read", strings.ReplaceAll(strings.TrimPrefix(at, "\x00"), "\x00", "."), name)
}
