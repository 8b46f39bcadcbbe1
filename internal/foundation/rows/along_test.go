package rows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// What is to be done along with a context's writes is done in the order in
// which it was asked for, and undoes the write when it fails.
func TestAlongChains(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		add := func(ctx context.Context, name string, then error) context.Context {
			return rows.Along(ctx, func(ctx context.Context, tx *rows.Tx) error {
				n, err := rows.One(ctx, tx, rows.Column[int64], count)
				if err != nil {
					return err
				}
				_, err = tx.Exec(ctx, insert, name, n)
				return errors.Join(err, then)
			})
		}
		write := func(ctx context.Context, name string) error {
			return db.Write(ctx, func(tx *rows.Tx) error {
				_, err := tx.Exec(ctx, insert, name, 0)
				return err
			})
		}
		ctx := add(add(t.Context(), "along 1", nil), "along 2", nil)
		if err := write(ctx, "own"); err != nil {
			t.Fatal(err)
		}
		refused := errors.New("refused")
		for _, failing := range []context.Context{add(add(t.Context(), "a", refused), "b", nil), add(add(t.Context(), "a", nil), "b", refused)} {
			if err := write(failing, "undone"); !errors.Is(err, refused) {
				t.Errorf("a step along fails: %v", err)
			}
		}
		got := map[string]int64{}
		for _, name := range []string{"own", "along 1", "along 2"} {
			got[name] = number(t, db.Read(), balance, name)
		}
		if diff := cmp.Diff(map[string]int64{"own": 0, "along 1": 1, "along 2": 2}, got); diff != "" {
			t.Error(diff)
		}
		if n := number(t, db.Read(), count); n != 3 {
			t.Errorf("%d rows, want 3", n)
		}
	})
}
