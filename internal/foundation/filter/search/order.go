package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// MaxOrders bounds the clauses of one order_by.
const MaxOrders = 20

// Orders parses order_by clauses as in "metrics.auc DESC". A field named twice
// is refused, or counts once, as the grammar says.
func (g *Grammar) Orders(clauses []string) ([]filter.Order, error) {
	if len(clauses) > MaxOrders {
		return nil, invalid("order_by has %d clauses, at most %d are taken.", len(clauses), MaxOrders)
	}
	var all []filter.Order
	for _, clause := range clauses {
		o, err := g.order(clause)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(other filter.Order) bool { return other.Field == o.Field }) {
			if g.repeats {
				continue
			}
			return nil, invalid("`order_by` contains duplicate fields: %s", list(clauses))
		}
		all = append(all, o)
	}
	return all, nil
}

func (g *Grammar) order(clause string) (filter.Order, error) {
	var o filter.Order
	if len(clause) > MaxLength || strings.IndexByte(clause, 0) >= 0 || !utf8.ValidString(clause) {
		return o, invalid("Invalid order_by clause '%s'. Could not be parsed.", clip(clause))
	}
	l := lexer{text: clause}
	field, direction, rest := l.next(), l.next(), l.next()
	if field.kind != name || rest.kind != end || (direction.kind != name && direction.kind != end) {
		return o, invalid("Invalid order_by clause '%s'. Could not be parsed.", clip(clause))
	}
	switch {
	case direction.kind == end || direction.is("ASC"):
	case direction.is("DESC"):
		o.Desc = true
	default:
		return o, invalid("Invalid ordering key in order_by clause '%s'.", clip(clause))
	}
	f, err := g.OrderField(field.text)
	o.Field = f
	return o, err
}

// OrderField reads the field of an order.
func (g *Grammar) OrderField(s string) (filter.Field, error) {
	if s == "" {
		return filter.Field{}, invalid("Invalid order by field name: .")
	}
	ordered := *g
	ordered.attributes = make(map[string]filter.Kind, len(g.orders))
	for _, key := range g.orders {
		ordered.attributes[key] = g.attributes[key]
	}
	f, err := ordered.field(s)
	if err != nil {
		return f, err
	}
	if f.Entity == Dataset {
		return f, invalid("Invalid identifier type '%s'", f.Entity)
	}
	if !slices.Contains(g.ordered, f.Entity) {
		return f, invalid("Invalid order_by entity: %s", f.Entity)
	}
	return f, nil
}
