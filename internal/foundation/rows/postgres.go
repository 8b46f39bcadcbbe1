package rows

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

const (
	defaultPool = 32
	// leastPool is one connection for the lock of migrations and one for what
	// runs under it.
	leastPool = 2
)

// maxAttempts bounds how often a colliding transaction is repeated.
const maxAttempts = 40

// told is where a database is, without who opens it.
func told(config *pgx.ConnConfig) string {
	return fmt.Sprintf("postgres://%s:%d/%s", config.Host, config.Port, config.Database)
}

func openPostgres(ctx context.Context, config *pgx.ConnConfig, o Options) (*DB, error) {
	size := cmp.Or(o.Readers, defaultPool)
	if size < leastPool {
		return nil, fmt.Errorf("rows: PostgreSQL is given %d connections and needs %d at least", size, leastPool)
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	where := told(config)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("rows: open %s: %w", where, err)
	}
	db := &DB{dialect: Postgres, address: where, write: pool, read: pool, readers: newStatements(nil), readOnly: o.ReadOnly, log: o.Log, now: o.Now, spread: o.Spread}
	db.state = writable.NewState(o.Now, db.probe)
	return db, nil
}

func (db *DB) writePostgres(ctx context.Context, level Isolation, fn func(*Tx) error) error {
	options := &sql.TxOptions{Isolation: sql.LevelSerializable}
	if level == ReadCommitted {
		options.Isolation = sql.LevelReadCommitted
	}
	for attempt := 1; ; attempt++ {
		err := db.tryPostgres(ctx, options, fn)
		if err == nil || !collided(err) {
			return err
		}
		if attempt == maxAttempts {
			return fault.WithHint(fault.Because(err, fault.Unavailable, "Others write to the same things, %d times in a row.", maxAttempts), "nothing was changed: repeat the request when they write less")
		}
		pause := min(time.Duration(attempt)*2*time.Millisecond, 50*time.Millisecond)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + db.spread(pause)):
		}
	}
}

func (db *DB) tryPostgres(ctx context.Context, options *sql.TxOptions, fn func(*Tx) error) error {
	tx, err := db.write.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("rows: begin: %w", err)
	}
	t := &Tx{tx: tx, dialect: Postgres, cache: db.readers}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit; undoes a panic's work
	if err := fn(t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("rows: commit: %w", err)
	}
	for _, fn := range t.after {
		fn()
	}
	return nil
}

// Lock runs a LOCK TABLE statement of PostgreSQL; on SQLite, which has one writer,
// there is nothing to do. It comes before all that tx reads: what a serialisable
// transaction sees is settled by its first statement that is none of these, and it
// must see what those wrote for whom it waited.
func Lock(ctx context.Context, tx *Tx, statement string) error {
	if tx.dialect != Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, statement)
	return err
}

// collided reports whether the transaction lost against another and may be
// repeated: serialization failure or deadlock.
func collided(err error) bool {
	code := postgresCode(err)
	return code == "40001" || code == "40P01"
}

func postgresCode(err error) string {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}
