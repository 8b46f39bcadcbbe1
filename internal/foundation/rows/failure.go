package rows

import (
	"context"
	"errors"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

// what names the store in a sentence.
const what = "the store of records"

// explain gives a fault for what an engine says of its own state; other errors
// come back as they are.
func explain(err error) error {
	if err == nil || writable.Is(err) {
		return err
	}
	code := postgresCode(err)
	switch full, failing := unwritten(err); {
	case full:
		return writable.NoRoom(err, what)
	case failing:
		return writable.Failing(err, what)
	case code == "53100":
		return writable.NoRoom(err, what)
	case code == "58030":
		return writable.Failing(err, what)
	case strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08"):
		return fault.WithHint(fault.Because(err, fault.Unavailable, "The store of records does not answer now."), "repeat the request later; tacit doctor tells what is wrong with the database")
	}
	return err
}

// unwritten reports whether SQLite has no space left, or its disk fails. SQLite
// takes a used-up quota for a failing disk.
func unwritten(err error) (full, failing bool) {
	var s *sqlite.Error
	if !errors.As(err, &s) {
		return false, false
	}
	kind := s.Code() & 0xff
	// The log's index is a file that only grows: where it cannot, there is no space.
	full = kind == sqlite3.SQLITE_FULL || s.Code() == sqlite3.SQLITE_IOERR_SHMSIZE
	return full, kind == sqlite3.SQLITE_IOERR && !full
}

// Statements of a probe. Its table is there for a moment only.
const (
	makeProbeSQLite   = `CREATE TABLE rows_probe (filler BLOB)`
	makeProbePostgres = `CREATE TABLE rows_probe (filler text)`
	fillProbeSQLite   = `INSERT INTO rows_probe VALUES (zeroblob($1))`
	// Texts below two kilobytes are stored as they are: neither compressed nor
	// apart.
	fillProbePostgres = `INSERT INTO rows_probe SELECT repeat('x', 1024) FROM generate_series(1, $1::bigint / 1024)`
	dropProbe         = `DROP TABLE IF EXISTS rows_probe`
)

// errProbed undoes a probe that has gone well.
var errProbed = errors.New("rows: probed")

// firstRoom is how many bytes Prove writes: more than what a start writes after it.
const firstRoom = 64 << 10

// Prove answers nil when records can be written, so that who starts on a full
// disk is told so before it says that it is ready.
func (db *DB) Prove(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "rows.Prove")
	if db.readOnly {
		return errReadOnly
	}
	return explain(db.fill(ctx, firstRoom))
}

// probe makes writable.Room bytes durable and takes them away.
func (db *DB) probe(ctx context.Context) error { return db.fill(ctx, writable.Room) }

// fill makes size bytes durable and takes them away.
func (db *DB) fill(ctx context.Context, size int) error {
	if db.dialect == Postgres {
		// The table's file is extended by the insertion, and is gone with the
		// transaction.
		err := db.writePostgres(ctx, ReadCommitted, func(tx *Tx) error {
			if _, err := tx.tx.ExecContext(ctx, makeProbePostgres); err != nil {
				return err
			}
			if _, err := tx.tx.ExecContext(ctx, fillProbePostgres, size); err != nil {
				return err
			}
			return errProbed
		})
		if errors.Is(err, errProbed) {
			return nil
		}
		return err
	}
	// SQLite writes nothing before the commit.
	err := db.writer.do(ctx, func(tx *Tx) error {
		if _, err := tx.tx.Exec(dropProbe); err != nil {
			return err
		}
		if _, err := tx.tx.Exec(makeProbeSQLite); err != nil {
			return err
		}
		_, err := tx.tx.Exec(fillProbeSQLite, size)
		return err
	})
	if err != nil {
		return err
	}
	return db.writer.do(ctx, func(tx *Tx) error {
		_, err := tx.tx.Exec(dropProbe)
		return err
	})
}

// Writable answers nil, or why the last write failed when that was because the
// store has no space left or its disk fails, and still is so.
func (db *DB) Writable(ctx context.Context) error { return db.state.Check(ctx) }
