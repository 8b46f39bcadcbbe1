package rows_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

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
