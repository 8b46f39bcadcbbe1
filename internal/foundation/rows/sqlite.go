package rows

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

// journal has what is written stand in a log beside the file first.
const journal = "journal_mode(WAL)"

// sqliteReaders is how many connections read unless told otherwise.
const sqliteReaders = 8

// pragmas hold on every connection. FULL makes a commit durable when it
// returns; LIKE tells letters apart, as PostgreSQL's does.
var pragmas = [...]string{
	"busy_timeout(10000)",
	"cache_size(-16000)",
	"case_sensitive_like(1)",
	"foreign_keys(1)",
	journal,
	"journal_size_limit(67108864)",
	"synchronous(FULL)",
	"temp_store(MEMORY)",
}

// access is what a connection to SQLite's file may do.
type access uint8

const (
	writes access = iota
	reads
	readsBeside // another process's file, which must be there
	readsStill  // a file that nobody writes to, nor has left anything beside
)

// openReader opens SQLite's file at an absolute path to be read alone.
func openReader(ctx context.Context, path string, may access, o Options) (*DB, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.Timeout, openTime))
	defer cancel()
	pool, err := openPool(ctx, path, may, cmp.Or(o.Readers, sqliteReaders))
	if err != nil {
		return nil, err
	}
	db := &DB{dialect: SQLite, address: path, path: path, readOnly: true, log: o.Log, now: o.Now, read: pool, write: pool, readers: newStatements(pool)}
	db.state = writable.NewState(o.Now, db.probe)
	return db, nil
}

func openSQLite(ctx context.Context, path string, o Options) (*DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("rows: %s: %w", path, err)
	}
	if o.ReadOnly {
		db, err := openReader(ctx, absolute, readsBeside, o)
		if err == nil {
			db.address = path
		}
		return db, err
	}
	db := &DB{dialect: SQLite, address: path, path: absolute, log: o.Log, now: o.Now}
	db.state = writable.NewState(o.Now, db.probe)
	if err := keepPrivate(absolute); err != nil {
		return nil, err
	}
	if db.write, err = openPool(ctx, absolute, writes, 1); err != nil {
		return nil, err
	}
	if db.read, err = openPool(ctx, absolute, reads, cmp.Or(o.Readers, sqliteReaders)); err != nil {
		_ = db.write.Close()
		return nil, err
	}
	db.readers = newStatements(db.read)
	db.writer = startWriter(db.write, o.Log, o.Now)
	return db, nil
}

// keepPrivate makes the file, before SQLite would make it for all to read, and
// lets this user alone read it. What lies beside it is made with its mode; what
// an earlier program has made is mended.
func keepPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("rows: open %s: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("rows: open %s: %w", path, err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(name, 0o600)
		}
		if err != nil {
			return fmt.Errorf("rows: keep %s from other users: %w", name, err)
		}
	}
	return nil
}

func openPool(ctx context.Context, path string, may access, size int) (*sql.DB, error) {
	pool, err := sql.Open("sqlite", sqliteName(path, may))
	if err != nil {
		return nil, fmt.Errorf("rows: %s: %w", path, err)
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("rows: open %s: %w", path, err)
	}
	return pool, nil
}

func sqliteName(path string, may access) string {
	q := url.Values{}
	for _, p := range pragmas {
		if may != readsStill || p != journal {
			q.Add("_pragma", p)
		}
	}
	q.Set("_dqs", "0")
	switch may {
	case writes:
		q.Set("_txlock", "immediate")
	case readsBeside:
		q.Set("mode", "rw") // makes no file; a reader of a write-ahead log must be able to lock it
		fallthrough
	case reads:
		q.Add("_pragma", "query_only(1)")
	case readsStill:
		q.Set("mode", "ro")
		q.Set("immutable", "1") // neither locks nor files beside it are looked for, and none are made
		q.Add("_pragma", "query_only(1)")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// IsDuplicate reports whether err says that a unique key is taken.
func IsDuplicate(err error) bool {
	var s *sqlite.Error
	if errors.As(err, &s) {
		return s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return postgresCode(err) == "23505"
}
