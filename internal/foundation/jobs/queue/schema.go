package queue

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"log/slog"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

//go:embed migrations
var migrations embed.FS

// Schemas are River's tables and the queue's own.
func Schemas() []rows.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return []rows.Schema{{Name: "river", Foreign: riverTables{}}, {
		Name: "jobs", Files: sub, LeftOut: []rows.LeftOut{{
			Tables: []string{"jobs_progress", "jobs_unique"}, What: "waiting jobs",
			Why: "they belong to the engine; schedules enqueue again what is to do",
		}},
	}}
}

func driver(db *rows.DB) riverdriver.Driver[*sql.Tx] {
	if db.Dialect() == rows.Postgres {
		return riverdatabasesql.New(db.SQL())
	}
	return riversqlite.New(db.SQL())
}

// driver is River's driver of the queue: on SQLite one that looks for jobs when
// there may be some.
func (q *Queue) driver() riverdriver.Driver[*sql.Tx] {
	if q.DB.Dialect() == rows.SQLite {
		return watchful{driver(q.DB), q.lookout}
	}
	return driver(q.DB)
}

// riverTables are River's migrations, run by River.
type riverTables struct{}

func (riverTables) migrator(db *rows.DB) (*rivermigrate.Migrator[*sql.Tx], error) {
	return rivermigrate.New(driver(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

// Version asks River's table.
func (t riverTables) Version(ctx context.Context, db *rows.DB) (has, newest int64, err error) {
	m, err := t.migrator(db)
	if err != nil {
		return 0, 0, err
	}
	for _, v := range m.AllVersions() {
		newest = max(newest, int64(v.Version))
	}
	there, err := m.ExistingVersions(ctx)
	for _, v := range there {
		has = max(has, int64(v.Version))
	}
	return has, newest, err
}

// Up runs what is pending.
func (t riverTables) Up(ctx context.Context, db *rows.DB) error {
	m, err := t.migrator(db)
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
