package rows_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
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

// TestCloseEndsEveryWrite: a write that meets Close is either there or says
// that it is not.
func TestCloseEndsEveryWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tacit.db")
	open := func() *rows.DB {
		db, err := rows.Open(context.Background(), path, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	if err := db.Migrate(context.Background(), accounts(1)); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var said sync.Map
	begun := make(chan struct{}, 1)
	for w := range 16 {
		group.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d", w, i)
				err := db.Write(context.Background(), func(tx *rows.Tx) error {
					_, err := tx.Exec(context.Background(), insert, name, i)
					return err
				})
				if err != nil {
					return
				}
				said.Store(name, true)
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
	}
	<-begun
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	db = open()
	defer func() { _ = db.Close() }()
	there, err := rows.Collect(context.Background(), db.Read(), rows.Column[string], names)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range there {
		if _, ok := said.LoadAndDelete(name); !ok {
			t.Errorf("%s is there, and its writer was told otherwise", name)
		}
	}
	said.Range(func(name, _ any) bool {
		t.Errorf("%s is not there, and its writer was told that it is", name)
		return true
	})
}

// TestLeastPool: the lock of migrations holds one connection, so that a store
// with one alone would wait for itself.
func TestLeastPool(t *testing.T) {
	t.Parallel()
	address := rowstest.PostgresAddress(t)
	log := slog.New(slog.DiscardHandler)
	if db, err := rows.Open(t.Context(), address, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: log, Readers: 1}); err == nil {
		_ = db.Close()
		t.Error("a pool of one connection was taken")
	}
	db, err := rows.Open(t.Context(), address, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: log, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := db.Migrate(ctx, accounts(2)); err != nil {
		t.Error(err)
	}
}

// TestMigrate: an older store is brought up with its records, and copied first
// on SQLite; one of a newer program is refused and stays as it is.
func TestMigrate(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, accounts(1), func(t *testing.T, db *rows.DB) {
		ctx := context.Background()
		exec(t, db, insert, "old", 7)
		if err := db.Migrate(ctx, accounts(2)); err != nil {
			t.Fatal(err)
		}
		note, err := rows.One(ctx, db.Read(), rows.Column[string], `SELECT note FROM bank_account WHERE name = 'old' AND balance = 7`)
		if err != nil || note != "none" {
			t.Errorf("the record after the change: %q, %v", note, err)
		}
		if err := db.Migrate(ctx, accounts(2)); err != nil {
			t.Errorf("again: %v", err)
		}
		if db.Dialect() == rows.SQLite {
			checkCopies(t, db.Path())
		}
		err = db.Migrate(ctx, append(accounts(1), rows.Schema{Name: "other", Files: fstest.MapFS{
			"sqlite/0001_x.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE other_x (id TEXT);")},
			"postgres/0001_x.sql": {Data: []byte("-- +goose Up\nCREATE TABLE other_x (id TEXT);")},
		}}))
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), `written by a newer tacit: its schema "bank" is at version 2, this program knows 1`) || fault.HintOf(err) == "" {
			t.Errorf("an older program: %v, want a conflict that says so", err)
		}
		if _, err := rows.One(ctx, db.Read(), rows.Column[int64], `SELECT count(*) FROM other_x`); err == nil {
			t.Error("the refused program made its table")
		}
		versions, err := db.Versions(ctx, accounts(2))
		if diff := cmp.Diff([]rows.Version{{Name: "bank", Has: 2, Newest: 2}}, versions); diff != "" || err != nil {
			t.Errorf("versions: %v (-want +got):\n%s", err, diff)
		}
	})
}

// checkCopies: one copy, of before the change, that opens.
func checkCopies(t *testing.T, path string) {
	t.Helper()
	copies, err := filepath.Glob(path + ".before-*")
	if err != nil || len(copies) != 1 {
		t.Fatalf("copies %v, %v, want one", copies, err)
	}
	old, err := rows.Open(context.Background(), copies[0], rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }()
	if n := number(t, old.Read(), total); n != 7 {
		t.Errorf("the copy's total is %d, want 7", n)
	}
	if _, err := rows.One(context.Background(), old.Read(), rows.Column[string], `SELECT note FROM bank_account`); err == nil {
		t.Error("the copy has the new column")
	}
	if info, err := os.Stat(copies[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the copy's mode: %v, %v, want nobody else's", info.Mode(), err)
	}
}

// TestManyMigrateAtOnce: as many processes start together.
func TestManyMigrateAtOnce(t *testing.T) {
	t.Parallel()
	address := rowstest.PostgresAddress(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			db, err := rows.Open(context.Background(), address, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = db.Close() }()
			if err := db.Migrate(context.Background(), accounts(2)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestOpen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing.db")
	if _, err := rows.Open(ctx, missing, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: log, ReadOnly: true}); err == nil {
		t.Error("a file that is not there was opened to be read")
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("and it was made")
	}
	text := filepath.Join(folder, "text.db")
	if err := os.WriteFile(text, bytes.Repeat([]byte("once upon a time "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Open(ctx, text, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: log}); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("a file that is no database: %v, want an error that names it", err)
	}
	odd := filepath.Join(folder, "a b%20?c#d.db")
	db, err := rows.Open(ctx, odd, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Migrate(ctx, accounts(1)), db.Close()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(odd); err != nil {
		t.Errorf("a path with odd letters: %v", err)
	}
	secret := "postgres://tacit:hunter2@127.0.0.1:1/none"
	if _, err := rows.Open(ctx, secret, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: log}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("no server: %v, want an error without the password", err)
	}
	for address, ok := range map[string]bool{
		"postgres://h/d": true, "postgresql://u:p@h:5433/d?sslmode=disable": true, "tacit.db": true, "a/b c.db": true,
		"./records": true, "/data/records": true,
		"postgres": false, "tacit": false, "file:x?mode=ro": false, "sqlite:a/b.db": false, "host=h password=hunter2": false, "u:hunter2@h/d": false,
		"ada@db.example.org/tacit": false, "ada@home/tacit.db": true, "/data/ada@home/records": true,
		"mysql://h/d": false, "postgres://u:hunter2@h:port/d": false, "postgres://u:hunter2@h/d?sslmode=perhaps": false,
	} {
		err := rows.CheckAddress(address)
		if ok != (err == nil) || err != nil && (!fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v, want it taken: %v", address, err, ok)
		}
	}
}

// Only this user reads SQLite's file and what lies beside it, in a folder that
// others may enter, and where an earlier program had made the file for all.
func TestSQLiteFileIsPrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	folder := t.TempDir()
	old := filepath.Join(folder, "old.db")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(old, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(folder, "new.db"), old} {
		db, err := rows.Open(t.Context(), path, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if err := db.Migrate(t.Context(), accounts(1)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %04o, want 0600", name, info.Mode().Perm())
			}
		}
	}
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
