// Package rowstest opens stores of records for tests: SQLite always, and
// PostgreSQL where TACIT_TEST_POSTGRES names a server on which databases may be
// made.
package rowstest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes and drops databases

	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Each runs test once on each engine, as a subtest named after it, on an empty
// migrated store. Where there is no PostgreSQL the subtest is skipped, which
// is a failure when CI is set.
func Each(t *testing.T, schemas []rows.Schema, test func(t *testing.T, db *rows.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t, schemas)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t, schemas)) })
}

// SQLite opens an empty store in the test's folder.
func SQLite(t testing.TB, schemas []rows.Schema) *rows.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "tacit.db"), schemas)
}

// Postgres makes a database for this test, dropped at its end.
func Postgres(t testing.TB, schemas []rows.Schema) *rows.DB {
	t.Helper()
	return open(t, PostgresAddress(t), schemas)
}

// PostgresAddress makes an empty database for this test, dropped at its end,
// and gives its address.
func PostgresAddress(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TACIT_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TACIT_TEST_POSTGRES is not set; make test starts a server and sets it")
		}
		t.Skip("no PostgreSQL: TACIT_TEST_POSTGRES is not set")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	var random [6]byte
	_, _ = rand.Read(random[:])
	name := "tacit_" + hex.EncodeToString(random[:])
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		_ = admin.Close()
	})
	base, query, _ := strings.Cut(server, "?")
	base = base[:strings.LastIndex(base, "/")+1] + name
	if query != "" {
		base += "?" + query
	}
	return base
}

func open(t testing.TB, address string, schemas []rows.Schema) *rows.DB {
	t.Helper()
	ctx := context.Background()
	db, err := rows.Open(ctx, address, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler), Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(ctx, schemas); err != nil {
		t.Fatal(err)
	}
	return db
}
