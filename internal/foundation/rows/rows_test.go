package rows_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// accounts is a small schema, at versions 1 and 2.
func accounts(version int) []rows.Schema {
	files := fstest.MapFS{
		"sqlite/0001_account.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE bank_account (name TEXT NOT NULL PRIMARY KEY, balance INTEGER, code TEXT UNIQUE) STRICT;")},
		"postgres/0001_account.sql": {Data: []byte("-- +goose Up\nCREATE TABLE bank_account (name TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, balance BIGINT, code TEXT UNIQUE);")},
	}
	if version > 1 {
		files["sqlite/0002_note.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE bank_account ADD COLUMN note TEXT NOT NULL DEFAULT 'none';")}
		files["postgres/0002_note.sql"] = files["sqlite/0002_note.sql"]
	}
	return []rows.Schema{{Name: "bank", Files: fs.FS(files)}}
}

const (
	insert  = `INSERT INTO bank_account (name, balance) VALUES ($1, $2)`
	balance = `SELECT balance FROM bank_account WHERE name = $1`
	set     = `UPDATE bank_account SET balance = $2 WHERE name = $1`
	total   = `SELECT CAST(COALESCE(SUM(balance), 0) AS BIGINT) FROM bank_account`
	count   = `SELECT count(*) FROM bank_account`
	names   = `SELECT name FROM bank_account ORDER BY name`
)

func number(t testing.TB, r rows.Reader, statement string, args ...any) int64 {
	t.Helper()
	n, err := rows.One(context.Background(), r, rows.Column[int64], statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return n
}

func exec(t testing.TB, db *rows.DB, statement string, args ...any) {
	t.Helper()
	err := db.Write(context.Background(), func(tx *rows.Tx) error {
		_, err := tx.Exec(context.Background(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// TestWritesAreAllOrNothing has many writers at once, of which some fail, some
// panic and some are gone before their turn: each is undone alone and hears
// its own end, and AfterCommit is called for what was committed alone.
func TestWritesAreAllOrNothing(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		const writers = 200
		refused := errors.New("refused")
		var after [writers]atomic.Int32
		write := func(i int) (ended string) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			defer func() {
				if p := recover(); p != nil {
					ended = fmt.Sprint("panic ", p)
				}
			}()
			if i%4 == 3 {
				cancel()
			}
			err := db.Write(ctx, func(tx *rows.Tx) error {
				tx.AfterCommit(func() { after[i].Add(1) })
				if _, err := tx.Exec(ctx, insert, fmt.Sprintf("%03d", i), i); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return refused
				case 2:
					panic(i)
				}
				return nil
			})
			return fmt.Sprint(err)
		}
		var group sync.WaitGroup
		var got [writers]string
		for i := range writers {
			group.Go(func() { got[i] = write(i) })
		}
		group.Wait()
		var want []string
		for i := range writers {
			name, calls := fmt.Sprintf("%03d", i), int32(0)
			expected := [...]string{"<nil>", "refused", fmt.Sprint("panic ", i), context.Canceled.Error()}[i%4]
			if i%4 == 0 {
				want, calls = append(want, name), 1
			}
			if !strings.HasSuffix(got[i], expected) {
				t.Errorf("writer %d heard %q, want %q", i, got[i], expected)
			}
			if n := after[i].Load(); n != calls {
				t.Errorf("AfterCommit of writer %d was called %d times, want %d", i, n, calls)
			}
		}
		there, err := rows.Collect(context.Background(), db.Read(), rows.Column[string], names)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, there); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

// TestFailedStatementLeavesTheGroup: a statement that breaks a key ends its own
// write alone, and the transaction of the others goes on.
func TestFailedStatementLeavesTheGroup(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		exec(t, db, insert, "taken", 1)
		var group sync.WaitGroup
		for i := range 40 {
			group.Go(func() {
				name := fmt.Sprint("free ", i)
				if i%2 == 1 {
					name = "taken"
				}
				err := db.Write(context.Background(), func(tx *rows.Tx) error {
					_, err := tx.Exec(context.Background(), insert, name, i)
					return err
				})
				if taken := i%2 == 1; rows.IsDuplicate(err) != taken || !taken && err != nil {
					t.Errorf("insert of %q: %v", name, err)
				}
			})
		}
		group.Wait()
		if n := number(t, db.Read(), count); n != 21 {
			t.Errorf("%d accounts, want 21", n)
		}
	})
}

// TestTransfersKeepTheTotal: writers that read and then write never lose one
// another's change, and a snapshot never sees half of one.
func TestTransfersKeepTheTotal(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		ctx := context.Background()
		const people, each = 4, 100
		for i := range people {
			exec(t, db, insert, fmt.Sprint(i), each)
		}
		move := func(tx *rows.Tx, from, to string) error {
			a, err := rows.One(ctx, tx, rows.Column[int64], balance, from)
			if err != nil {
				return err
			}
			b, err := rows.One(ctx, tx, rows.Column[int64], balance, to)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, set, from, a-1); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, set, to, b+1)
			return err
		}
		var group sync.WaitGroup
		var done atomic.Bool
		for w := range 4 {
			group.Go(func() {
				for i := range 25 {
					from, to := fmt.Sprint((w+i)%people), fmt.Sprint((w+i+1)%people)
					if err := db.Write(ctx, func(tx *rows.Tx) error { return move(tx, from, to) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var watch sync.WaitGroup
		watch.Go(func() {
			for !done.Load() {
				err := db.Snapshot(ctx, func(r rows.Reader) error {
					sum := int64(0)
					for i := range people { // one statement each: only a snapshot makes them one moment
						b, err := rows.One(ctx, r, rows.Column[int64], balance, fmt.Sprint(i))
						if err != nil {
							return err
						}
						sum += b
					}
					if sum != people*each {
						return fmt.Errorf("a snapshot sums to %d, want %d", sum, people*each)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		group.Wait()
		done.Store(true)
		watch.Wait()
		for i := range people {
			// Every account gave and took as often.
			if b := number(t, db.Read(), balance, fmt.Sprint(i)); b != each {
				t.Errorf("account %d has %d, want %d", i, b, each)
			}
		}
	})
}

func TestSnapshotAndReadOnlyCannotWrite(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		ctx := context.Background()
		_ = db.Snapshot(ctx, func(r rows.Reader) error {
			if _, err := r.(*rows.Tx).Exec(ctx, insert, "a", 1); err == nil {
				t.Error("a snapshot took a write")
			}
			return nil
		})
		if db.Dialect() == rows.SQLite {
			if _, err := rows.Collect(ctx, db.Read(), rows.Column[string], `INSERT INTO bank_account (name) VALUES ('a') RETURNING name`); err == nil {
				t.Error("a reading connection took a write")
			}
		}
		if n := number(t, db.Read(), count); n != 0 {
			t.Errorf("%d accounts, want none", n)
		}
	})
}

// BenchmarkGroupCommit has 8 clients write a small record each, durable before
// the answer.
func BenchmarkGroupCommit(b *testing.B) {
	db := rowstest.SQLite(b, accounts(1))
	var next atomic.Int64
	b.SetParallelism(max(1, 8/runtime.GOMAXPROCS(0)))
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			n := next.Add(1)
			err := db.Write(context.Background(), func(tx *rows.Tx) error {
				_, err := tx.Exec(context.Background(), insert, fmt.Sprint(n), n)
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(next.Load())/b.Elapsed().Seconds(), "writes/s")
}
