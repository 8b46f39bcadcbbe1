package rows_test

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

func stillOptions() rows.Options {
	return rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler), Readers: 2}
}

// folderHash is the hash of all names and bytes of a folder.
func folderHash(t *testing.T, folder string) string {
	t.Helper()
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, one := range all {
		b, err := os.ReadFile(filepath.Join(folder, one.Name()))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(h, "%s %d\n%s", one.Name(), len(b), b)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// A store that a killed process left, and one that was closed, are read as they lie: all
// that was committed is there, and no byte of the folder changes, nor can.
func TestAStoreIsReadAsItLies(t *testing.T) {
	source := filepath.Join(t.TempDir(), "tacit.db")
	db, err := rows.Open(t.Context(), source, stillOptions())
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := db.Migrate(ctx, accounts(1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE still (n INTEGER)`)
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO still VALUES (7)`)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	killed, closed := t.TempDir(), t.TempDir()
	put := func(folder string, suffixes ...string) {
		for _, suffix := range suffixes {
			b, err := os.ReadFile(source + suffix)
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, "tacit.db"+suffix), b, 0o400)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	}
	put(killed, "", "-wal")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	put(closed, "")
	copies := t.TempDir()
	t.Setenv("TMPDIR", copies)
	for folder, copied := range map[string]bool{killed: true, closed: false} {
		before := folderHash(t, folder)
		still, err := rows.OpenStill(ctx, filepath.Join(folder, "tacit.db"), stillOptions())
		if err != nil {
			t.Fatal(err)
		}
		if copied != (still.Copied > 0) {
			t.Errorf("%d bytes were copied", still.Copied)
		}
		if n, err := rows.One(ctx, still.Read(), rows.Column[int64], `SELECT n FROM still`); err != nil || n != 7 {
			t.Errorf("read %d, %v", n, err)
		}
		if err := still.Write(ctx, func(*rows.Tx) error { return nil }); err == nil {
			t.Error("it takes a write")
		}
		if err := still.Check(); err != nil {
			t.Error(err)
		}
		if err := os.Chtimes(filepath.Join(folder, "tacit.db"), time.Time{}, time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if err := still.Check(); !fault.Is(err, fault.Conflict) {
			t.Errorf("it was written to, and is told as %v", err)
		}
		if err := still.Close(); err != nil {
			t.Error(err)
		}
		if folderHash(t, folder) != before {
			t.Errorf("the folder changed; a copy was made: %t", copied)
		}
	}
	if left, err := os.ReadDir(copies); err != nil || len(left) > 0 {
		t.Errorf("%v, %v are left", left, err)
	}
}
