package filter

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Statement is what surrounds a list's clauses.
type Statement struct {
	Select string // "SELECT r.name, r.created", without the keys
	From   string // "registry_model r"
	Where  string // the workspace's condition and others, their arguments in Query already
}

// Fetch runs a list's statement and gives one page of at most size things, and
// where it ended: nil when nothing follows. scan reads one record: its own
// columns, then the destinations it is given.
func Fetch[T any](ctx context.Context, r rows.Reader, q *Query, l List, s Statement, size int, scan func(rows.Scanner, []any) (T, error)) ([]T, []Key, error) {
	c, err := l.Render(q)
	if err != nil {
		return nil, nil, err
	}
	text := s.Select + ", " + c.Keys + " FROM " + s.From + c.Joins + " WHERE " + s.Where + " AND " + c.Where +
		" ORDER BY " + c.OrderBy + " LIMIT " + q.Arg(int64(size)+1)
	answer, err := r.Query(ctx, text, q.Args()...)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Close() }()
	marker := NewMarker(len(l.Orders))
	keys := marker.Dest(nil)
	var (
		all []T
		end []Key
	)
	for answer.Next() {
		if len(all) == size {
			return all, end, nil
		}
		one, err := scan(answer, keys)
		if err != nil {
			return nil, nil, err
		}
		if all = append(all, one); len(all) == size {
			end = marker.Keys()
		}
	}
	return all, nil, answer.Err()
}

// Any reports whether a statement that begins so, and goes on with the workspace,
// gives anything that a condition selects.
func Any(ctx context.Context, r rows.Reader, dialect rows.Dialect, begin, workspace string, s Schema, where Node) (bool, error) {
	q := Query{Dialect: dialect}
	statement := begin + q.Arg(workspace)
	selected, err := Render(&q, s, where)
	if err != nil {
		return false, err
	}
	_, err = rows.One(ctx, r, rows.Column[int64], statement+" AND "+selected+" LIMIT 1", q.Args()...)
	if rows.IsNone(err) {
		return false, nil
	}
	return err == nil, err
}
