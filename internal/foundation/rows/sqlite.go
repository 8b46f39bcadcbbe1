package rows

import (
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

// pragmas hold on every connection. FULL makes a commit durable when it
// returns; LIKE tells letters apart, as PostgreSQL's does.
var pragmas = [...]string{
	"busy_timeout(10000)",
	"cache_size(-16000)",
	"case_sensitive_like(1)",
	"foreign_keys(1)",
	"journal_mode(WAL)",
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
)

func openSQLite(ctx context.Context, path string, o Options) (*DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("rows: %s: %w", path, err)
	}
	db := &DB{dialect: SQLite, address: path, path: absolute, readOnly: o.ReadOnly, log: o.Log, now: o.Now}
	db.state = writable.NewState(o.Now, db.probe)
	readers, may := o.Readers, reads
	if readers == 0 {
		readers = 8
	}
	if o.ReadOnly {
		may = readsBeside
	} else if err := keepPrivate(absolute); err != nil {
		return nil, err
	} else if db.write, err = openPool(ctx, absolute, writes, 1); err != nil {
		return nil, err
	}
	if db.read, err = openPool(ctx, absolute, may, readers); err != nil {
		if db.write != nil {
			_ = db.write.Close()
		}
		return nil, err
	}
	db.readers = newStatements(db.read)
	if db.write == nil {
		db.write = db.read
		return db, nil
	}
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
		q.Add("_pragma", p)
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
