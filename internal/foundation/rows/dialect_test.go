package rows_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// TestOneSQL holds what the rooms' statements rely on: placeholders by number,
// order of NULL, LIKE, text order, duplicates of either kind.
func TestOneSQL(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		ctx := context.Background()
		all := func(statement string, args ...any) string {
			t.Helper()
			got, err := rows.Collect(ctx, db.Read(), rows.Column[string], statement, args...)
			if err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
			return strings.Join(got, " ")
		}
		exec(t, db, `INSERT INTO bank_account (balance, name) VALUES ($2, $1), (NULL, 'B'), ($3, $4)`, "a", 2, 1, "Z")
		exec(t, db, `UPDATE bank_account SET code = $2 WHERE name = $1`, "a", "code-a")
		for _, c := range []struct {
			statement string
			args      []any
			want      string
		}{
			{`SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT)`, []any{"x", "y"}, "yxy"},
			{`SELECT name FROM bank_account ORDER BY name`, nil, "B Z a"},
			{`SELECT name FROM bank_account ORDER BY balance NULLS FIRST`, nil, "B Z a"},
			{`SELECT name FROM bank_account ORDER BY balance NULLS LAST`, nil, "Z a B"},
			{`SELECT name FROM bank_account WHERE name LIKE $1 ORDER BY name`, []any{"b%"}, ""},
			{`SELECT name FROM bank_account WHERE name LIKE $1 ORDER BY name`, []any{"B%"}, "B"},
			{`SELECT name FROM bank_account WHERE name IN ` + rows.In(2, 2) + ` AND name <> $1 ORDER BY name`, []any{"B", "B", "Z"}, "Z"},
		} {
			if got := all(c.statement, c.args...); got != c.want {
				t.Errorf("%s: %q, want %q", c.statement, got, c.want)
			}
		}
		for _, c := range []struct {
			names []string
			want  string
		}{
			{nil, ""}, {[]string{}, ""}, {[]string{"B", "B", "nobody", "Z"}, "B Z"}, {[]string{`"`, "]", "B\xff", "b", "<a>", "B\x00"}, ""},
		} {
			if got := all(`SELECT name FROM bank_account WHERE name IN `+rows.Listed[string](db.Dialect(), 1)+` ORDER BY name`, rows.List(db.Dialect(), c.names)); got != c.want {
				t.Errorf("names listed in %q: %q, want %q", c.names, got, c.want)
			}
		}
		if _, err := rows.One(ctx, db.Read(), rows.Column[int64], `SELECT "balanse" FROM bank_account`); err == nil || rows.IsNone(err) {
			t.Errorf("a column that is not there: %v, want an error", err)
		}
		for _, statement := range []string{
			`INSERT INTO bank_account (name) VALUES ('a')`,
			`INSERT INTO bank_account (name, code) VALUES ('c', 'code-a')`,
			`UPDATE bank_account SET name = 'B' WHERE name = 'a'`,
		} {
			err := db.Write(ctx, func(tx *rows.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			})
			if !rows.IsDuplicate(err) {
				t.Errorf("%s: %v, want a duplicate", statement, err)
			}
		}
		if err := db.Write(ctx, func(tx *rows.Tx) error { _, err := tx.Exec(ctx, insert, nil, 1); return err }); err == nil || rows.IsDuplicate(err) {
			t.Errorf("a name of NULL: %v, want another error than a duplicate", err)
		}
		if _, err := rows.One(ctx, db.Read(), rows.Column[int64], balance, "nobody"); !rows.IsNone(err) {
			t.Errorf("no record: %v, want ErrNone", err)
		}
	})
}

// TestTextOrder: both engines order text by its bytes, as Go does.
func TestTextOrder(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		draw.Check(t, func(t *rapid.T) {
			word := rapid.StringMatching(`[aAbBzZ0_ é-]{1,4}`)
			given := rapid.SliceOfNDistinct(word, 2, 6, rapid.ID[string]).Draw(t, "names")
			ctx := context.Background()
			var got []string
			undo := errors.New("undo")
			err := db.Write(ctx, func(tx *rows.Tx) (err error) {
				for _, name := range given {
					if _, err := tx.Exec(ctx, insert, name, 1); err != nil {
						return err
					}
				}
				if got, err = rows.Collect(ctx, tx, rows.Column[string], names); err != nil {
					return err
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Fatal(err)
			}
			for i := range got[1:] {
				if got[i] >= got[i+1] {
					t.Fatalf("%q comes before %q", got[i], got[i+1])
				}
			}
		})
	})
}
