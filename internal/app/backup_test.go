package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/backup"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/govern/audit"
)

// TestBackupsFitBothEngines: every room has the same tables, columns and kinds
// of values on both, so that an archive of one fills the other.
func TestBackupsFitBothEngines(t *testing.T) {
	t.Parallel()
	fits := func(from, to *rows.DB) {
		t.Helper()
		var archive bytes.Buffer
		written, err := backup.Write(context.Background(), from, Schemas(), nil, &archive, backup.Options{NoBlobs: true, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if written.Tables < len(Rooms()) {
			t.Errorf("%d tables of %d rooms", written.Tables, len(Rooms()))
		}
		if _, err := backup.Restore(context.Background(), to, Schemas(), nil, &archive); err != nil {
			t.Errorf("%s to %s: %v", from.Dialect(), to.Dialect(), err)
		}
	}
	fits(rowstest.SQLite(t, Schemas()), rowstest.Postgres(t, Schemas()))
	fits(rowstest.Postgres(t, Schemas()), rowstest.SQLite(t, Schemas()))
}

// serveOnce starts a tacit and stops it, so that its folder stays.
func serveOnce(t *testing.T, s Settings) (err error) {
	t.Helper()
	h, err := Open(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	listener, err := h.Listen()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	return h.Serve(ctx, listener)
}

// The folder of a tacit whose records are elsewhere tells where, without the
// password.
func TestBackupOfATacitElsewhere(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(rowstest.PostgresAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(address.User.Username(), "hunter2")
	here := Settings{Now: time.Now, Random: rand.Reader, Listen: "127.0.0.1:0", Dir: filepath.Join(t.TempDir(), "tacit")}
	there := here
	there.Rows = address.String()
	quiet := slog.New(slog.DiscardHandler)
	if err := serveOnce(t, there); err != nil {
		t.Fatal(err)
	}
	_, err = Backup(t.Context(), here, quiet, io.Discard, true)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), address.Path) || fault.HintOf(err) == "" {
		t.Errorf("%v, want a conflict that tells where the records are", err)
	}
	lock, err := os.ReadFile(filepath.Join(here.Dir, "lock"))
	if err != nil || strings.Contains(string(lock), "hunter2") {
		t.Errorf("the folder holds %q, %v", lock, err)
	}
	if _, err := Backup(t.Context(), there, quiet, io.Discard, true); err != nil {
		t.Errorf("with TACIT_ROWS: %v", err)
	}
}

// TestRestoreWithANewKey: what the lost master key sealed does not come along,
// so that a tacit with a new one opens the store; the folder keeps the checkpoint
// of the log that came, in place of another's.
func TestRestoreWithANewKey(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	settings := func() Settings {
		return Settings{Now: time.Now, Random: rand.Reader, Listen: "127.0.0.1:0", Dir: filepath.Join(t.TempDir(), "tacit")}
	}
	from := settings()
	if err := serveOnce(t, from); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if _, err := Backup(t.Context(), from, quiet, &archive, true); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		newKey bool
		opens  bool
	}{{false, false}, {true, true}} {
		to := settings()
		kept := filepath.Join(to.Dir, audit.KeptName)
		if err := errors.Join(os.Mkdir(to.Dir, 0o700), os.WriteFile(kept, []byte("of the store that was here before"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), to, quiet, bytes.NewReader(archive.Bytes()), "tacit.tar.zst", c.newKey); err != nil {
			t.Fatal(err)
		}
		signed, err := os.ReadFile(filepath.Join(from.Dir, audit.KeptName))
		if got, gotErr := os.ReadFile(kept); err != nil || gotErr != nil || !bytes.Equal(got, signed) {
			t.Errorf("the checkpoint that was restored: %q, %v, want %q, %v", got, gotErr, signed, err)
		}
		if err := serveOnce(t, to); (err == nil) != c.opens {
			t.Errorf("new key %v: opening answers %v", c.newKey, err)
		}
	}
}
