package rows

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

// Dialect says which engine answers.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota
	Postgres
)

// String names the dialect as migrations folders and the terminal do.
func (d Dialect) String() string {
	if d == Postgres {
		return "postgres"
	}
	return "sqlite"
}

// DB is one open store of records, safe for concurrent use.
type DB struct {
	dialect Dialect
	address string // for messages; holds no password
	path    string // SQLite's file

	write *sql.DB // SQLite: one connection, shared by the writer and the jobs; PostgreSQL: the pool
	read  *sql.DB // SQLite: many connections that cannot write; PostgreSQL: the same pool

	readers  *statements
	writer   *writer // SQLite only
	readOnly bool
	log      *slog.Logger
	now      func() time.Time
	spread   func(most time.Duration) time.Duration
	state    *writable.State
}

// Options are what Open needs besides the address.
type Options struct {
	Log *slog.Logger     // required
	Now func() time.Time // required
	// Spread gives a duration from nothing to most: by it transactions that
	// collided on PostgreSQL keep out of each other's way. Required.
	Spread  func(most time.Duration) time.Duration
	Readers int           // reading connections on SQLite, 0 means 8; on PostgreSQL the pool's size, 0 means 32, at least 2
	Timeout time.Duration // how long to wait for a first answer, 0 means 10 s
	// ReadOnly refuses Write and Migrate. SQLite's file must be there; another
	// process may be writing to it.
	ReadOnly bool
}

// CheckAddress refuses what cannot be the address of a store, without opening
// one: fault.Invalid.
func CheckAddress(address string) error {
	_, err := parse(address)
	return err
}

// Told is the address as messages tell it: without a password.
func Told(address string) string {
	if config, err := parse(address); err == nil && config != nil {
		return told(config)
	}
	return address
}

// remedy is what to give where an address cannot be meant.
const remedy = "give postgres://user@host/database, or a path as ./tacit.db, or leave it away for SQLite in the folder"

// parse gives the settings of PostgreSQL, nil for the path of SQLite's file.
func parse(address string) (*pgx.ConnConfig, error) {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case !isURL:
		return nil, checkPath(address)
	case scheme != "postgres" && scheme != "postgresql":
		return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not a store of records that tacit knows.", scheme+"://"), remedy)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fault.WithHint(fault.New(fault.Invalid, "The PostgreSQL address cannot be read: %s.", strings.TrimPrefix(err.Error(), "cannot parse ")), remedy)
	}
	return config, nil
}

// checkPath refuses what was hardly meant as the path of SQLite's file, so that no
// slip of the pen makes a file of its name: a path has a separator or ends in .db,
// and neither a scheme nor a user stands before it. What may be a password is not
// repeated.
func checkPath(address string) error {
	slashed := filepath.ToSlash(address)
	first, _, inFolder := strings.Cut(slashed, "/")
	file := strings.HasSuffix(slashed, ".db")
	remote := filepath.VolumeName(address) == "" && strings.Contains(first, ":") || strings.Contains(first, "@") && !file
	if !remote && (inFolder || file) {
		return nil
	}
	shown := address
	if i := strings.IndexAny(address, ":=@? "); i >= 0 {
		shown = address[:i+1] + "…"
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a store of records that tacit knows.", shown), remedy)
}

// openTime is how long a store may take for its first answer unless told otherwise.
const openTime = 10 * time.Second

// Open opens the store at address: "postgres://…", or the path of SQLite's
// file, which is made when it is not there (its folder must exist).
func Open(ctx context.Context, address string, o Options) (_ *DB, err error) {
	defer func() { err = explain(err) }()
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.Timeout, openTime))
	defer cancel()
	config, err := parse(address)
	if err != nil {
		return nil, err
	}
	if config != nil {
		return openPostgres(ctx, config, o)
	}
	return openSQLite(ctx, address, o)
}

// errReadOnly answers a write to a store that was opened to be read.
var errReadOnly = errors.New("rows: the store was opened to be read")

// Dialect says which engine this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Address is where the store is, without a password.
func (db *DB) Address() string { return db.address }

// Path is SQLite's file, "" on PostgreSQL.
func (db *DB) Path() string { return db.path }

// SQL is the pool that may write. It is for the jobs port and for migrations
// alone; rooms use Read and Write.
func (db *DB) SQL() *sql.DB { return db.write }

const (
	versionSQLite   = `SELECT sqlite_version()`
	versionPostgres = `SHOW server_version`
)

// Watch has see called with the text of every statement of a reader, a snapshot
// or a write, before it runs, also from several goroutines at once; nil ends it.
// By it a test compares what two requests cost without a clock.
func (db *DB) Watch(see func(statement string)) {
	all := []*statements{db.readers}
	if db.writer != nil {
		all = append(all, db.writer.cache)
	}
	for _, s := range all {
		if see == nil {
			s.watch.Store(nil)
		} else {
			s.watch.Store(&see)
		}
	}
}

// Ping asks the engine for an answer and gives its version.
func (db *DB) Ping(ctx context.Context) (version string, err error) {
	ask := versionSQLite
	if db.dialect == Postgres {
		ask = versionPostgres
	}
	err = db.read.QueryRowContext(ctx, ask).Scan(&version)
	return version, err
}

// Close ends the writer, after what it has accepted, and closes the pools.
func (db *DB) Close() error {
	if db.writer != nil {
		db.writer.stop()
	}
	db.readers.close()
	err := db.write.Close()
	if db.read != db.write {
		if e := db.read.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Reader runs statements that change nothing. *Tx is one too.
type Reader interface {
	Dialect() Dialect
	Query(ctx context.Context, statement string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, statement string, args ...any) *sql.Row
}

// Read gives a Reader over committed records, each statement a moment of its own.
func (db *DB) Read() Reader { return pooled{db} }

// Snapshot runs fn over one moment of the store: what fn reads is consistent.
func (db *DB) Snapshot(ctx context.Context, fn func(Reader) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.dialect == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := db.read.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("rows: begin a snapshot: %w", err)
	}
	defer func() {
		_ = tx.Rollback()
		db.readers.prepareWanted(context.WithoutCancel(ctx))
	}()
	return fn(&Tx{tx: tx, dialect: db.dialect, cache: db.readers})
}

// Isolation is how strictly PostgreSQL keeps a write apart from others;
// SQLite's one writer is always serial.
type Isolation uint8

// Serializable is the rule; ReadCommitted is for the metric path, whose
// statements guard themselves.
const (
	Serializable Isolation = iota
	ReadCommitted
)

// Write runs fn in a transaction and returns when it is durable. An error of
// fn undoes all that fn did and is returned as it is, unless the engine gave
// it for a reason of its own: no space left, a failing disk, a database that
// goes down, others who wrote to the same things each time that it was tried on
// PostgreSQL, are fault.Unavailable.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.WriteAt(ctx, Serializable, fn)
}

// WriteAt is Write with an isolation.
func (db *DB) WriteAt(ctx context.Context, level Isolation, fn func(*Tx) error) (err error) {
	if db.readOnly {
		return errReadOnly
	}
	if also, ok := ctx.Value(alongKey{}).(along); ok {
		own := fn
		fn = func(tx *Tx) error {
			if err := own(tx); err != nil {
				return err
			}
			return also(ctx, tx)
		}
	}
	if db.dialect == Postgres {
		err = db.writePostgres(ctx, level, fn)
	} else {
		err = db.writer.do(ctx, fn)
	}
	return db.state.Note(explain(err))
}

// along is what every write of a context does as well.
type along func(ctx context.Context, tx *Tx) error

type alongKey struct{}

// Along gives a context whose every write runs fn as well, as the last step of
// its transaction: all is done, or nothing is. What ctx has along already runs
// before fn.
func Along(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) context.Context {
	if before, ok := ctx.Value(alongKey{}).(along); ok {
		own := fn
		fn = func(ctx context.Context, tx *Tx) error {
			if err := before(ctx, tx); err != nil {
				return err
			}
			return own(ctx, tx)
		}
	}
	return context.WithValue(ctx, alongKey{}, along(fn))
}

// Tx is the inside of a write or a snapshot. It must not leave the function it
// was given to.
type Tx struct {
	tx      *sql.Tx
	dialect Dialect
	cache   *statements
	// detached keeps one caller's cancellation from ending a transaction that
	// it shares with others (SQLite).
	detached bool
	after    []func()
}

// Dialect says which engine this is.
func (t *Tx) Dialect() Dialect { return t.dialect }

// SQL is the transaction itself, for the jobs port alone.
func (t *Tx) SQL() *sql.Tx { return t.tx }

// AfterCommit asks for fn to be called once the transaction is durable. fn
// must be quick and is not called when the transaction fails.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// Exec runs a statement and gives the number of records it changed.
func (t *Tx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	ctx = t.context(ctx)
	var (
		result sql.Result
		err    error
	)
	if s := t.cache.get(statement); s != nil {
		defer s.release()
		result, err = t.tx.StmtContext(ctx, s.Stmt).ExecContext(ctx, args...)
	} else {
		result, err = t.tx.ExecContext(ctx, t.cache.unnumbered(statement), args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a statement that answers with records.
func (t *Tx) Query(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	ctx = t.context(ctx)
	if s := t.cache.get(statement); s != nil {
		defer s.release()
		return t.tx.StmtContext(ctx, s.Stmt).QueryContext(ctx, args...)
	}
	return t.tx.QueryContext(ctx, t.cache.unnumbered(statement), args...)
}

// QueryRow runs a statement that answers with one record at most.
func (t *Tx) QueryRow(ctx context.Context, statement string, args ...any) *sql.Row {
	ctx = t.context(ctx)
	if s := t.cache.get(statement); s != nil {
		defer s.release()
		return t.tx.StmtContext(ctx, s.Stmt).QueryRowContext(ctx, args...)
	}
	return t.tx.QueryRowContext(ctx, t.cache.unnumbered(statement), args...)
}

func (t *Tx) context(ctx context.Context) context.Context {
	if t.detached {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

type pooled struct{ db *DB }

func (p pooled) Dialect() Dialect { return p.db.dialect }

func (p pooled) Query(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	if s := p.db.readers.prepared(ctx, statement); s != nil {
		defer s.release()
		return s.QueryContext(ctx, args...)
	}
	return p.db.read.QueryContext(ctx, p.db.readers.unnumbered(statement), args...)
}

func (p pooled) QueryRow(ctx context.Context, statement string, args ...any) *sql.Row {
	if s := p.db.readers.prepared(ctx, statement); s != nil {
		defer s.release()
		return s.QueryRowContext(ctx, args...)
	}
	return p.db.read.QueryRowContext(ctx, p.db.readers.unnumbered(statement), args...)
}
