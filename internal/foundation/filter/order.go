package filter

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Class ranks what may stand in an order before its value counts.
type Class int64

// The classes, in the order in which they come in both directions.
const (
	HasValue Class = iota
	IsNaN
	HasNone
)

// Key is where one listed thing stands in one order. Value is a string, int64
// or float64, and counts only where Class is HasValue.
type Key struct {
	Class Class
	Value any
}

// List is a page of a list to be rendered.
type List struct {
	Schema Schema
	Where  Node
	// Orders end with a field that no two things share and all have, so that
	// every thing has one place.
	Orders []Order
	After  []Key // where the page before ended, one key an order; nil for the first page
}

// Uses says that the list is filtered or ordered by a field of the entity.
func (l List) Uses(entity string) bool {
	for _, o := range l.Orders {
		if o.Field.Entity == entity {
			return true
		}
	}
	return uses(l.Where, entity)
}

func uses(n Node, entity string) bool {
	within := func(all []Node) bool {
		return slices.ContainsFunc(all, func(n Node) bool { return uses(n, entity) })
	}
	switch n := n.(type) {
	case And:
		return within(n)
	case Or:
		return within(n)
	case Not:
		return uses(n.Node, entity)
	case Compare:
		return n.Field.Entity == entity
	}
	return false
}

// Clauses are the parts of the list's statement.
type Clauses struct {
	Joins   string // LEFT JOINs that the orders need, "" or beginning with a space
	Where   string // a condition
	OrderBy string // "a, b DESC"
	// Keys are two select expressions for each order, class and value, to be
	// scanned by a Marker.
	Keys string
}

// sortKey is one order's expressions.
type sortKey struct {
	class string // "" when all have a value
	value string
	kind  Kind
	desc  bool
	alias string // of the pairs that the order joins, "" when it needs none
}

// Render gives the parts of the statement, adding their arguments to q. Joins
// come first in the text and in q.
func (l List) Render(q *Query) (Clauses, error) {
	var c Clauses
	keys := make([]sortKey, len(l.Orders))
	var joins strings.Builder
	for i, o := range l.Orders {
		p, err := place(l.Schema, o.Field)
		if err != nil {
			return c, err
		}
		keys[i] = sortBy(q, &joins, p, o)
	}
	c.Joins = joins.String()
	where, err := l.condition(q, keys)
	if err != nil {
		return c, err
	}
	if l.After != nil {
		if len(l.After) != len(keys) {
			return c, fault.New(fault.Invalid, "The page token is not of this list.")
		}
		rest, err := after(q, keys, l.After)
		if err != nil {
			return c, err
		}
		where += " AND " + rest
	}
	c.Where = where
	c.OrderBy, c.Keys = orderBy(keys), selectKeys(keys)
	return c, nil
}

// condition renders Where. A comparison that all listed things must meet is made
// over the pair that an order joins already, where there is one: a second
// look-up of the pair, one for each thing, is most of what such a list costs.
func (l List) condition(q *Query, keys []sortKey) (string, error) {
	var parts []string
	for _, n := range conjuncts(l.Where, nil) {
		part, err := l.joined(q, keys, n)
		if err == nil && part == "" {
			part, err = Render(q, l.Schema, n)
		}
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "TRUE", nil
	}
	return strings.Join(parts, " AND "), nil
}

// conjuncts are the nodes that all must hold for n to hold.
func conjuncts(n Node, into []Node) []Node {
	and, ok := n.(And)
	if !ok {
		return append(into, n)
	}
	for _, one := range and {
		into = conjuncts(one, into)
	}
	return into
}

// joined renders a comparison over the pair of an order, "" when no order joins
// it. A pair that is not there is NULL and meets no comparison; one field has
// one pair at most where it has a key.
func (l List) joined(q *Query, keys []sortKey, n Node) (string, error) {
	c, ok := n.(Compare)
	if !ok || c.Op == IsNull || c.Op == NotNull {
		return "", nil
	}
	for i, o := range l.Orders {
		if o.Field != c.Field || keys[i].alias == "" {
			continue
		}
		p, err := place(l.Schema, c.Field)
		if err != nil || p.Pairs.Key == "" {
			return "", err
		}
		return comparePair(q, p, c, keys[i].alias)
	}
	return "", nil
}

func sortBy(q *Query, joins *strings.Builder, p Place, o Order) sortKey {
	k := sortKey{value: p.Column, kind: p.Kind, desc: o.Desc}
	if p.Pairs == nil {
		if some := p.some(); some != "" {
			k.class = "CASE WHEN " + some + " THEN 0 ELSE 2 END"
		}
		return k
	}
	a := q.alias()
	k.alias, k.value = a, under(p.Pairs.Value, a)
	joins.WriteString(" LEFT JOIN " + p.Pairs.Table + " " + a + " ON " + under(p.Pairs.On, a))
	if p.Pairs.Key != "" {
		joins.WriteString(" AND " + under(p.Pairs.Key, a) + " = " + q.Arg(o.Field.Key))
	}
	k.class = "CASE WHEN " + k.value + " IS NULL THEN 2 ELSE 0 END"
	if p.Pairs.NaN != "" {
		k.class = "CASE WHEN " + k.value + " IS NULL THEN 2 WHEN " + under(p.Pairs.NaN, a) + " = TRUE THEN 1 ELSE 0 END"
	}
	return k
}

func orderBy(keys []sortKey) string {
	var parts []string
	for _, k := range keys {
		if k.class != "" {
			parts = append(parts, k.class)
		}
		if k.desc {
			parts = append(parts, k.value+" DESC")
		} else {
			parts = append(parts, k.value)
		}
	}
	return strings.Join(parts, ", ")
}

func selectKeys(keys []sortKey) string {
	var parts []string
	for _, k := range keys {
		if k.class == "" {
			parts = append(parts, "0")
		} else {
			parts = append(parts, k.class)
		}
		parts = append(parts, k.value)
	}
	return strings.Join(parts, ", ")
}

// after renders "stands behind the position". The first key's bound is also
// said alone where it is plain, so that an index can begin there.
func after(q *Query, keys []sortKey, at []Key) (string, error) {
	rest, err := behind(q, keys, at)
	if err != nil || keys[0].class != "" {
		return rest, err
	}
	_, v, err := fit(keys[0].value, keys[0].kind, at[0].Value)
	if err != nil {
		return "", err
	}
	bound := " >= "
	if keys[0].desc {
		bound = " <= "
	}
	return keys[0].value + bound + q.Arg(v) + " AND " + rest, nil
}

func behind(q *Query, keys []sortKey, at []Key) (string, error) {
	if len(keys) == 0 {
		return "FALSE", nil
	}
	k, here := keys[0], at[0]
	if k.class == "" && here.Class != HasValue {
		return "", fault.New(fault.Invalid, "The page token is not of this list.")
	}
	if here.Class != HasValue {
		rest, err := behind(q, keys[1:], at[1:])
		if err != nil {
			return "", err
		}
		if here.Class == IsNaN {
			return "(" + k.class + " > 1 OR (" + k.class + " = 1 AND " + rest + "))", nil
		}
		return "(" + k.class + " = 2 AND " + rest + ")", nil
	}
	expression, v, err := fit(k.value, k.kind, here.Value)
	if err != nil {
		return "", err
	}
	compare := " > "
	if k.desc {
		compare = " < "
	}
	condition := expression + compare + q.Arg(v)
	same := expression + " = " + q.Arg(v)
	if k.class != "" {
		condition = k.class + " > 0 OR " + condition
		same = k.class + " = 0 AND " + same
	}
	rest, err := behind(q, keys[1:], at[1:])
	if err != nil {
		return "", err
	}
	return "(" + condition + " OR (" + same + " AND " + rest + "))", nil
}

// Marker scans the keys that Clauses.Keys selects.
type Marker struct {
	classes []Class
	values  []any
}

// NewMarker gives a Marker for n orders.
func NewMarker(n int) *Marker { return &Marker{make([]Class, n), make([]any, n)} }

// Dest adds the destinations of a scan to dest.
func (m *Marker) Dest(dest []any) []any {
	for i := range m.classes {
		dest = append(dest, &m.classes[i], &m.values[i])
	}
	return dest
}

// Keys are the keys of the record that was scanned last.
func (m *Marker) Keys() []Key {
	keys := make([]Key, len(m.classes))
	for i := range keys {
		keys[i] = Key{Class: m.classes[i]}
		if keys[i].Class == HasValue {
			keys[i].Value = m.values[i]
		}
	}
	return keys
}

// Then adds an order by f behind the others, unless one of them is by f.
func Then(orders []Order, f Field, desc bool) []Order {
	for _, o := range orders {
		if o.Field == f {
			return orders
		}
	}
	return append(orders, Order{Field: f, Desc: desc})
}
