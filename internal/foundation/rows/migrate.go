package rows

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Schema is the set of migrations of one room or foundation: files
// NNNN_name.sql in the folders sqlite and postgres, or those that a library
// brings for its own tables.
type Schema struct {
	Name    string // prefix of its tables; the versions are kept in <Name>_schema_version
	Files   fs.FS
	Foreign Foreign // instead of Files

	LeftOut  []LeftOut  // what a backup leaves out of it
	Archived []Archived // tables that a backup reads in another form than theirs
	// Restored puts right what a backup brought, in its transaction; nil when
	// there is nothing to do.
	Restored func(ctx context.Context, tx *Tx) error
}

// Archived is a table whose records mean something in one store alone, and how
// they are read so that they do in every store.
type Archived struct {
	Table string
	// Statements answer with the table's columns, by dialect; without one the
	// records are read as they are.
	Statements map[Dialect]string
}

// RestoredBy is the transaction that restored records are said to come from on
// PostgreSQL: the lowest that it lets a program write.
const RestoredBy = 3

// LeftOut is what a backup does not hold of a schema.
type LeftOut struct {
	Tables []string
	What   string // the records, in the user's words
	Why    string
}

// Foreign are migrations that a library keeps and runs by itself.
type Foreign interface {
	// Version tells where the store stands and the newest version known.
	Version(ctx context.Context, db *DB) (has, newest int64, err error)
	// Up brings the store to the newest version.
	Up(ctx context.Context, db *DB) error
}

// migrationLock is the advisory lock that lets one process migrate at a time.
const migrationLock = 0x7461636974 // "tacit"

// Migrate brings every schema to the newest version, or refuses, having
// changed nothing, when the store was written by a newer tacit.
func (db *DB) Migrate(ctx context.Context, schemas []Schema) (err error) {
	defer fault.Wrap(&err, "rows.Migrate")
	defer func() { err = explain(err) }()
	if db.readOnly {
		return errReadOnly
	}
	if db.dialect == Postgres {
		unlock, err := db.lockMigrations(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	all := make([]Foreign, len(schemas))
	pending := false
	for i, s := range schemas {
		m, err := db.migrations(s)
		if err != nil {
			return fmt.Errorf("schema %s: %w", s.Name, err)
		}
		all[i] = m
		has, newest, err := m.Version(ctx, db)
		if err != nil {
			return fmt.Errorf("schema %s: %w", s.Name, err)
		}
		if has > newest {
			return fault.WithHint(
				fault.New(fault.Conflict, "The store at %s was written by a newer tacit: its schema %q is at version %d, this program knows %d.", db.address, s.Name, has, newest),
				"install the newer tacit, or restore a backup made with this one")
		}
		pending = pending || has < newest
	}
	if !pending {
		return nil
	}
	if err := db.copyBeforeMigration(ctx); err != nil {
		return err
	}
	for i, m := range all {
		if err := m.Up(ctx, db); err != nil {
			return fmt.Errorf("schema %s: %w", schemas[i].Name, err)
		}
	}
	return nil
}

// Version is where one schema stands.
type Version struct {
	Name        string
	Has, Newest int64 // Has is 0 when the store has no table of this schema yet
}

// Versions tells where each schema stands, changing nothing.
func (db *DB) Versions(ctx context.Context, schemas []Schema) ([]Version, error) {
	all := make([]Version, len(schemas))
	for i, s := range schemas {
		m, err := db.migrations(s)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", s.Name, err)
		}
		has, newest, err := m.Version(ctx, db)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", s.Name, err)
		}
		all[i] = Version{Name: s.Name, Has: has, Newest: newest}
	}
	return all, nil
}

// migrations are a schema's own, or those of its files through goose.
func (db *DB) migrations(s Schema) (Foreign, error) {
	if s.Foreign != nil {
		return s.Foreign, nil
	}
	files, err := fs.Sub(s.Files, db.dialect.String())
	if err != nil {
		return nil, err
	}
	dialect := database.DialectSQLite3
	if db.dialect == Postgres {
		dialect = database.DialectPostgres
	}
	store, err := database.NewStore(dialect, s.Name+"_schema_version")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider("", db.write, files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, err
	}
	return ownFiles{p, s.Name + "_schema_version"}, nil
}

// ownFiles are the migrations in a schema's files.
type ownFiles struct {
	*goose.Provider
	table string // of versions
}

const (
	tableIsSQLite   = `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1`
	tableIsPostgres = `SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = $1`
	// newestVersion is followed by the name of a table of versions.
	newestVersion  = `SELECT COALESCE(max(version_id), 0) FROM `
	lockPostgres   = `SELECT pg_advisory_lock($1)`
	unlockPostgres = `SELECT pg_advisory_unlock($1)`
	tablesSQLite   = `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_schema_version' AND name NOT LIKE 'sqlite_%'`
	copySQLite     = `VACUUM INTO $1`
)

// Version reads goose's table, and makes none where there is none.
func (f ownFiles) Version(ctx context.Context, db *DB) (has, newest int64, err error) {
	if sources := f.ListSources(); len(sources) > 0 {
		newest = sources[len(sources)-1].Version
	}
	ask := tableIsSQLite
	if db.dialect == Postgres {
		ask = tableIsPostgres
	}
	var tables int
	if err := db.read.QueryRowContext(ctx, ask, f.table).Scan(&tables); err != nil || tables == 0 {
		return 0, newest, err
	}
	err = db.read.QueryRowContext(ctx, newestVersion+`"`+f.table+`"`).Scan(&has)
	return has, newest, err
}

// Up runs what is pending.
func (f ownFiles) Up(ctx context.Context, _ *DB) error {
	_, err := f.Provider.Up(ctx)
	return err
}

func (db *DB) lockMigrations(ctx context.Context) (unlock func(), err error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, lockPostgres, int64(migrationLock)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		free := context.WithoutCancel(ctx)
		_, _ = conn.ExecContext(free, unlockPostgres, int64(migrationLock))
		_ = conn.Close()
	}, nil
}

// copyBeforeMigration puts a copy of SQLite's file beside it when it holds
// records already.
func (db *DB) copyBeforeMigration(ctx context.Context) error {
	if db.dialect != SQLite {
		return nil
	}
	var tables int
	if err := db.write.QueryRowContext(ctx, tablesSQLite).Scan(&tables); err != nil || tables == 0 {
		return err
	}
	copyPath := fmt.Sprintf("%s.before-%s", db.path, db.now().UTC().Format("20060102T150405.000000"))
	if _, err := db.write.ExecContext(ctx, copySQLite, copyPath); err != nil {
		return fmt.Errorf("copy the store before its schema changes: %w", err)
	}
	if err := os.Chmod(copyPath, 0o600); err != nil {
		return err
	}
	db.log.Info("the schema changes; the store was copied first", "copy", copyPath)
	return nil
}
