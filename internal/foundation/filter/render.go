package filter

import (
	"cmp"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Limits of what is rendered: engines bound the arguments of a statement and
// the length of a pattern.
const (
	maxValues  = 10_000 // in one list
	maxPattern = 10_000 // bytes of a LIKE pattern
)

// Render gives the SQL condition that n is over the fields of s, adding its
// arguments to q. A field that s does not have is fault.Invalid.
func Render(q *Query, s Schema, n Node) (string, error) {
	switch n := n.(type) {
	case nil, True:
		return "TRUE", nil
	case False:
		return "FALSE", nil
	case Not:
		inner, err := Render(q, s, n.Node)
		if err != nil {
			return "", err
		}
		return "NOT (" + inner + ")", nil
	case And:
		return join(q, s, n, " AND ", "TRUE")
	case Or:
		return join(q, s, n, " OR ", "FALSE")
	case Compare:
		return compare(q, s, n)
	case Listed:
		return listed(q, s, n)
	default:
		return "", fault.New(fault.Internal, "")
	}
}

// listed asks whether the other list has a thing that the field names.
func listed(q *Query, s Schema, l Listed) (string, error) {
	p, err := place(s, l.Field)
	if err != nil {
		return "", err
	}
	from := "EXISTS (SELECT 1 FROM " + l.From + " WHERE r.workspace = " + q.Arg(l.Workspace) + " AND " + under(l.On, p.Column)
	where, err := Render(q, l.Schema, l.Where)
	return from + " AND " + where + ")", err
}

func join(q *Query, s Schema, nodes []Node, with, none string) (string, error) {
	parts := make([]string, 0, len(nodes))
	for _, n := range nodes {
		part, err := Render(q, s, n)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	switch len(parts) {
	case 0:
		return none, nil
	case 1:
		return parts[0], nil
	}
	return "(" + strings.Join(parts, with) + ")", nil
}

func place(s Schema, f Field) (Place, error) {
	p, ok := s.Place(f)
	if !ok {
		return p, fault.New(fault.Invalid, "This list has no %s '%s' to filter or order by.", f.Entity, f.Key)
	}
	return p, nil
}

func compare(q *Query, s Schema, c Compare) (string, error) {
	p, err := place(s, c.Field)
	if err != nil {
		return "", err
	}
	if p.Pairs != nil {
		return comparePairs(q, p, c)
	}
	some := p.some()
	switch c.Op {
	case IsNull:
		return "NOT (" + cmp.Or(some, "TRUE") + ")", nil
	case NotNull:
		return cmp.Or(some, "TRUE"), nil
	}
	condition, err := operate(q, p.Column, p.Kind, c)
	if err != nil || some == "" {
		return condition, err
	}
	// What has no value compares with nothing, also under NOT.
	return "(" + some + " AND " + condition + ")", nil
}

// comparePairs asks whether a pair exists that compares so.
func comparePairs(q *Query, p Place, c Compare) (string, error) {
	a := q.alias()
	from := "(SELECT 1 FROM " + p.Pairs.Table + " " + a + " WHERE " + under(p.Pairs.On, a)
	if p.Pairs.Key != "" {
		from += " AND " + under(p.Pairs.Key, a) + " = " + q.Arg(c.Field.Key)
	}
	switch c.Op {
	case IsNull:
		return "NOT EXISTS " + from + ")", nil
	case NotNull:
		return "EXISTS " + from + ")", nil
	}
	condition, err := comparePair(q, p, c, a)
	if err != nil {
		return "", err
	}
	return "EXISTS " + from + " AND " + condition + ")", nil
}

// comparePair compares the value of the pair under an alias.
func comparePair(q *Query, p Place, c Compare, alias string) (string, error) {
	condition, err := operate(q, under(p.Pairs.Value, alias), p.Kind, c)
	if err != nil {
		return "", err
	}
	if nan := under(p.Pairs.NaN, alias); nan != "" {
		// NaN is unequal to everything and compares with nothing.
		if c.Op == Ne || c.Op == NotIn {
			condition = "(" + nan + " = TRUE OR " + condition + ")"
		} else {
			condition = nan + " = FALSE AND " + condition
		}
	}
	return condition, nil
}

var symbols = [...]string{Eq: "=", Ne: "<>", Lt: "<", Le: "<=", Gt: ">", Ge: ">="}

// operate renders expression, operator and values.
func operate(q *Query, expression string, kind Kind, c Compare) (string, error) {
	switch c.Op {
	case In, NotIn:
		return among(q, expression, kind, c)
	case Like, ILike:
		return like(q, expression, kind, c)
	}
	if len(c.Values) != 1 {
		return "", fault.New(fault.Invalid, "%s takes one value.", c.Op)
	}
	expression, v, err := fit(expression, kind, c.Values[0])
	if err != nil {
		return "", err
	}
	return expression + " " + symbols[c.Op] + " " + q.Arg(v), nil
}

func among(q *Query, expression string, kind Kind, c Compare) (string, error) {
	if len(c.Values) > maxValues {
		return "", fault.New(fault.Invalid, "A list in a filter holds at most %d values, this one holds %d.", maxValues, len(c.Values))
	}
	if len(c.Values) == 0 {
		if c.Op == In {
			return "FALSE", nil
		}
		// A value differs from all of nothing; what has none, as a pair that an
		// order joined and did not find, compares with nothing.
		return expression + " IS NOT NULL", nil
	}
	values := make([]any, len(c.Values))
	for i, v := range c.Values {
		fitted, value, err := fit(expression, kind, v)
		if err != nil {
			return "", err
		}
		if fitted != expression {
			return "", fault.New(fault.Invalid, "A list in a filter holds whole numbers only where the field does.")
		}
		values[i] = value
	}
	if c.Op == In {
		return expression + " IN " + q.In(values...), nil
	}
	return expression + " NOT IN " + q.In(values...), nil
}

// like renders LIKE without an escape character and ILIKE without regard to
// the case of ASCII letters, the same on both engines.
func like(q *Query, expression string, kind Kind, c Compare) (string, error) {
	if len(c.Values) != 1 || kind != Text {
		return "", fault.New(fault.Invalid, "%s compares texts only.", c.Op)
	}
	pattern, ok := c.Values[0].(string)
	if !ok {
		return "", fault.New(fault.Invalid, "%s takes a text.", c.Op)
	}
	if len(pattern) > maxPattern {
		return "", fault.New(fault.Invalid, "A pattern has at most %d bytes, this one has %d.", maxPattern, len(pattern))
	}
	if c.Op == ILike {
		pattern = lower(pattern)
		expression = "LOWER(" + expression + ")"
	}
	condition := expression + " LIKE " + q.Arg(pattern)
	if q.Dialect == rows.Postgres {
		condition += " ESCAPE ''"
	}
	return condition, nil
}

// fit makes the value one of the kind, or the expression one of the value's.
func fit(expression string, kind Kind, v any) (string, any, error) {
	switch kind {
	case Text:
		if s, ok := v.(string); ok {
			return expression, s, nil
		}
	case Int:
		switch n := v.(type) {
		case int64:
			return expression, n, nil
		case float64:
			if i := int64(n); float64(i) == n && i > -1<<53 && i < 1<<53 {
				return expression, i, nil
			}
			return "CAST(" + expression + " AS DOUBLE PRECISION)", n, nil
		}
	case Float:
		switch n := v.(type) {
		case int64:
			return expression, float64(n), nil
		case float64:
			return expression, n, nil
		}
	}
	return "", nil, fault.New(fault.Invalid, "The value %v is not of the field's type.", v)
}

// lower lowers ASCII letters alone, as LOWER does for SQLite and for the
// collation "C".
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
