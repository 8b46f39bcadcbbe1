package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
)

// Finding is one thing that tacit doctor looked at.
type Finding struct {
	Verdict string `json:"verdict"` // ok, warn or fail
	What    string `json:"what"`    // settings, listen, folder, config, rows, schema, key, blobs, disk, server, jobs, audit, environment
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

const (
	ok   = "ok"
	warn = "warn"
	bad  = "fail"
	// freeAdvised is the room on disk below which a warning is due, in bytes.
	freeAdvised = 10e9
	// slowRows is an answer time of the store of records that is worth a word.
	slowRows = 20 * time.Millisecond
)

// Examine looks at everything a start with these settings needs. It changes
// nothing but to write, read and remove one small thing in the store of bytes.
func Examine(ctx context.Context, s Settings, log *slog.Logger) []Finding {
	all := []Finding{examineSettings(s)}
	if all[0].Verdict == ok {
		all = append(all, examineListen(s))
	}
	all = append(all, examineConfig(s), examineFolder(s))
	all = append(all, examineRows(ctx, s, log)...)
	if s.checkPair() == nil {
		all = append(all, examineBlobs(ctx, s))
	}
	return append(all, examineDisk(s))
}

func found(verdict, what string, err error, format string, args ...any) Finding {
	f := Finding{Verdict: verdict, What: what, Text: fmt.Sprintf(format, args...)}
	if err != nil {
		f.Remedy = fault.HintOf(err)
	}
	return f
}

func examineSettings(s Settings) Finding {
	if err := s.CheckDir(); err != nil {
		return found(bad, "settings", err, "%s", fault.Sentence(err))
	}
	err := s.checkPair()
	if err == nil {
		err = s.checkServing() // the stores are looked at for themselves
	}
	if err != nil {
		return found(bad, "settings", err, "%s", fault.Sentence(err))
	}
	return found(ok, "settings", nil, "flags and variables can be meant so")
}

func examineListen(s Settings) Finding {
	if s.Listen == folder.HolderOf(s.Dir).Listen && folderAnswers(s.Dir) {
		return found(ok, "listen", nil, "%s is this folder's running tacit", s.Listen)
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		err = ListenFault(s, err)
		return found(bad, "listen", err, "%s", fault.Sentence(err))
	}
	_ = listener.Close()
	return found(ok, "listen", nil, "%s is free", s.Listen)
}

func folderAnswers(dir string) bool {
	return folder.Answers(context.Background(), dir)
}

func examineConfig(s Settings) Finding {
	path, _ := s.ConfigPath()
	file, err := s.LoadConfig()
	if err != nil {
		return found(bad, "config", err, "%s", fault.Sentence(err))
	}
	if file.Path == "" {
		return found(ok, "config", nil, "no %s, defaults hold", path)
	}
	return found(ok, "config", nil, "%s", file.Path)
}

func examineFolder(s Settings) Finding {
	info, err := os.Stat(s.Dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return examineParent(s.Dir)
	case err != nil:
		return found(bad, "folder", nil, "%s: %v", s.Dir, err)
	case !info.IsDir():
		return found(bad, "folder", nil, "%s is not a folder", s.Dir)
	}
	probe, err := os.CreateTemp(s.Dir, "doctor-*")
	if err != nil {
		return Finding{Verdict: bad, What: "folder", Text: fmt.Sprintf("%s may not be written: %v", s.Dir, err), Remedy: "give this user the right to write there, or choose another with --dir"}
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	if info.Mode().Perm()&0o077 != 0 {
		return Finding{Verdict: warn, What: "folder", Text: fmt.Sprintf("%s is open to other users (%04o)", s.Dir, info.Mode().Perm()), Remedy: "chmod 700 " + Quoted(s.Dir)}
	}
	return found(ok, "folder", nil, "%s", s.Dir)
}

// examineParent looks whether a folder that is not there can be made.
func examineParent(dir string) Finding {
	parent := filepath.Dir(filepath.Clean(dir))
	info, err := os.Stat(parent)
	if errors.Is(err, os.ErrNotExist) && parent != filepath.Dir(parent) {
		return examineParent(parent)
	}
	if err == nil && info.IsDir() {
		var probe string
		if probe, err = os.MkdirTemp(parent, ".tacit-doctor-*"); err == nil {
			_ = os.Remove(probe)
			return found(ok, "folder", nil, "%s will be made", dir)
		}
	}
	return Finding{Verdict: bad, What: "folder", Text: fmt.Sprintf("%s cannot be made in %s", dir, parent), Remedy: "give this user the right to write there, or choose another with --dir"}
}

func examineRows(ctx context.Context, s Settings, log *slog.Logger) []Finding {
	address := s.RowsAddress(s.Dir)
	if file := s.sqliteFile(s.Dir); file != "" {
		if err := rowsPath(s); err != nil {
			return []Finding{found(bad, "rows", err, "%s", fault.Sentence(err))}
		}
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return []Finding{found(ok, "rows", nil, "SQLite, %s will be made", file), examineNewKey(s)}
		}
	}
	db, err := rows.Open(ctx, address, rows.Options{Now: s.Now, Spread: id.NewSource(s.Now, s.Random).Spread, Log: log, Readers: 2, Timeout: 5 * time.Second, ReadOnly: true})
	if err != nil {
		return []Finding{{Verdict: bad, What: "rows", Text: fmt.Sprintf("cannot be opened: %v", deepest(err)), Remedy: "check TACIT_ROWS, and that the server answers from this machine"}}
	}
	defer func() { _ = db.Close() }()
	return append(examineStore(ctx, s, db), examineLog(ctx, s, db, log)...)
}

// rowsPath refuses a file of SQLite that is named and cannot be one, or whose
// folder is not there.
func rowsPath(s Settings) error {
	if s.inFolder() {
		return nil
	}
	if err := rows.CheckAddress(s.Rows); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Dir(s.Rows)); err != nil {
		return fault.WithHint(fault.New(fault.Invalid, "%s cannot be made: its folder cannot be opened.", s.Rows), "make the folder, or check --rows and TACIT_ROWS")
	}
	return nil
}

// examineStore looks at an open store of records.
func examineStore(ctx context.Context, s Settings, db *rows.DB) []Finding {
	start := s.Now()
	version, err := db.Ping(ctx)
	took := s.Now().Sub(start)
	if err != nil {
		return []Finding{found(bad, "rows", nil, "%s: %v", db.Address(), err)}
	}
	first := found(ok, "rows", nil, "%s %s at %s, %.1f ms", engine(db.Dialect()), version, db.Address(), float64(took.Microseconds())/1000)
	if took > slowRows {
		first.Verdict, first.Remedy = warn, "bring the database nearer to tacit: every request waits for it"
	}
	return []Finding{first, examineSchemas(ctx, db), examineKey(ctx, s, db)}
}

// examineKey looks whether the master key opens what the store holds.
func examineKey(ctx context.Context, s Settings, db *rows.DB) Finding {
	file := s.MasterKey(s.Dir)
	sealed, err := secret.Sealed(ctx, db)
	if err != nil || !sealed {
		return examineNewKey(s)
	}
	if _, err := secret.Open(ctx, secret.Config{DB: db, Now: s.Now, Random: s.Random, File: file}); err != nil {
		return found(bad, "key", err, "%s", fault.Sentence(err))
	}
	return found(ok, "key", nil, "%s opens what is sealed", file)
}

// examineNewKey looks whether a store that has sealed nothing can have the
// master key that is named.
func examineNewKey(s Settings) Finding {
	if _, err := os.Stat(s.Dir); err != nil && s.SecretKeyFile == "" {
		return found(ok, "key", nil, "%s will be made", s.MasterKey(s.Dir)) // with the folder, which is looked at for itself
	}
	if err := secret.CheckFile(s.MasterKey(s.Dir)); err != nil {
		return found(bad, "key", err, "%s", fault.Sentence(err))
	}
	return found(ok, "key", nil, "nothing is sealed yet, %s can be its key", s.MasterKey(s.Dir))
}

func engine(d rows.Dialect) string {
	if d == rows.Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

func examineSchemas(ctx context.Context, db *rows.DB) Finding {
	versions, err := db.Versions(ctx, Schemas())
	if err != nil {
		return found(bad, "schema", nil, "%v", err)
	}
	current := 0
	for _, v := range versions {
		if v.Has > v.Newest {
			return Finding{Verdict: bad, What: "schema", Text: fmt.Sprintf("%s is at version %d, this program knows %d", v.Name, v.Has, v.Newest), Remedy: "install the newer tacit, or restore a backup made with this one"}
		}
		if v.Has == v.Newest {
			current++
		}
	}
	if current < len(versions) {
		return found(ok, "schema", nil, "%d of %d up to date, the start brings the rest", current, len(versions))
	}
	return found(ok, "schema", nil, "%d of %d up to date", current, len(versions))
}

// deepest is what lies at the bottom of err: the reason rather than the path.
func deepest(err error) error {
	for {
		below := errors.Unwrap(err)
		if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 {
			below = joined.Unwrap()[0]
		}
		var op *net.OpError
		if below == nil || errors.As(err, &op) && error(op) == err {
			return err
		}
		err = below
	}
}

// examineBlobs writes, reads and removes one small thing; a folder that is not
// there yet is left so.
func examineBlobs(ctx context.Context, s Settings) Finding {
	address := s.BlobsAddress(s.Dir)
	if !strings.Contains(address, "://") {
		if _, err := os.Stat(address); errors.Is(err, os.ErrNotExist) {
			return found(ok, "blobs", nil, "disk, %s will be made", address)
		}
	}
	store, err := openBlobs(address, s)
	if err != nil {
		return found(bad, "blobs", err, "%s", fault.Sentence(err))
	}
	if c, isCloser := store.(io.Closer); isCloser {
		defer func() { _ = c.Close() }()
	}
	return examineBytes(ctx, store)
}

// examineBytes looks at an open store of bytes.
func examineBytes(ctx context.Context, store blobs.Store) Finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := store.Check(ctx); err != nil {
		f := found(bad, "blobs", err, "%s: %s", store.Address(), fault.Sentence(err))
		if f.Remedy == "" {
			f.Text = fmt.Sprintf("%s: %v", store.Address(), deepest(err))
			f.Remedy = "check TACIT_BLOBS, and that the store answers from this machine"
		}
		return f
	}
	return found(ok, "blobs", nil, "%s may be read and written", store.Address())
}

func examineDisk(s Settings) Finding {
	dir := s.Dir
	for {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	free, known := freeSpace(dir)
	if !known {
		return found(ok, "disk", nil, "free space is not told here")
	}
	if free < freeAdvised {
		return found(warn, "disk", nil, "%s has %.1f GB free, %.0f GB advised", s.Dir, free/1e9, float64(freeAdvised)/1e9)
	}
	return found(ok, "disk", nil, "%.0f GB free", free/1e9)
}
