package rows_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

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
