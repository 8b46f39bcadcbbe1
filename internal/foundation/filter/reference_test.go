package filter_test

import (
	"math"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// thing is one listed record of the small world that the engines and the
// evaluator must agree on.
type thing struct {
	id, name string
	size     int64
	ended    *int64
	scores   map[string]float64
	tags     map[string]string
}

// value is the field's value as string, int64 or float64; nil for none.
func (t thing) value(f filter.Field) any {
	switch f.Entity {
	case "score":
		if v, ok := t.scores[f.Key]; ok {
			return v
		}
		return nil
	case "tag":
		if v, ok := t.tags[f.Key]; ok {
			return v
		}
		return nil
	}
	switch f.Key {
	case "id":
		return t.id
	case "name":
		return t.name
	case "size":
		return t.size
	case "maker":
		if t.name == "" {
			return nil
		}
		return t.name
	}
	if t.ended == nil {
		return nil
	}
	return *t.ended
}

func holds(n filter.Node, t thing) bool {
	switch n := n.(type) {
	case filter.And:
		for _, m := range n {
			if !holds(m, t) {
				return false
			}
		}
		return true
	case filter.Or:
		return slices.ContainsFunc(n, func(m filter.Node) bool { return holds(m, t) })
	case filter.Not:
		return !holds(n.Node, t)
	case filter.Compare:
		return compares(n, t.value(n.Field))
	case filter.True:
		return true
	}
	return false
}

func compares(c filter.Compare, v any) bool {
	switch c.Op {
	case filter.IsNull:
		return v == nil
	case filter.NotNull:
		return v != nil
	}
	if v == nil {
		return false
	}
	equal := slices.ContainsFunc(c.Values, func(w any) bool { return order(v, w) == 0 && !isNaN(v) })
	switch c.Op {
	case filter.In, filter.Eq:
		return equal
	case filter.NotIn, filter.Ne:
		return !equal
	case filter.Like:
		return like(v.(string), c.Values[0].(string))
	case filter.ILike:
		return like(ascii(v.(string)), ascii(c.Values[0].(string)))
	}
	if isNaN(v) {
		return false
	}
	o := order(v, c.Values[0])
	switch c.Op {
	case filter.Lt:
		return o < 0
	case filter.Le:
		return o <= 0
	case filter.Gt:
		return o > 0
	}
	return o >= 0
}

func isNaN(v any) bool {
	f, ok := v.(float64)
	return ok && math.IsNaN(f)
}

func order(a, b any) int {
	if s, ok := a.(string); ok {
		return strings.Compare(s, b.(string))
	}
	x, y := number(a), number(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func number(v any) float64 {
	if i, ok := v.(int64); ok {
		return float64(i)
	}
	return v.(float64)
}

func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 {
			return []rune(strings.ToLower(string(r)))[0]
		}
		return r
	}, s)
}

func like(s, pattern string) bool {
	if pattern == "" {
		return s == ""
	}
	r, rest := []rune(s), []rune(pattern)
	switch rest[0] {
	case '%':
		for i := 0; i <= len(r); i++ {
			if like(string(r[i:]), string(rest[1:])) {
				return true
			}
		}
		return false
	case '_':
		return len(r) > 0 && like(string(r[1:]), string(rest[1:]))
	}
	return len(r) > 0 && r[0] == rest[0] && like(string(r[1:]), string(rest[1:]))
}

// sorted orders by the orders: values, NaN, none, in both directions.
func sorted(all []thing, orders []filter.Order) []string {
	all = slices.Clone(all)
	class := func(v any) int {
		switch {
		case v == nil:
			return 2
		case isNaN(v):
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b thing) int {
		for _, o := range orders {
			v, w := a.value(o.Field), b.value(o.Field)
			c := class(v) - class(w)
			if c == 0 && class(v) == 0 {
				if c = order(v, w); o.Desc {
					c = -c
				}
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	ids := make([]string, len(all))
	for i, t := range all {
		ids[i] = t.id
	}
	return ids
}
