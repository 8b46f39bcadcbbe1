package app

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// first are the first n migrations of a schema's files.
type first struct {
	fs.FS
	n int
}

func (f first) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	return all[:min(f.n, len(all))], err
}

// Sub keeps the bound in the folder of a dialect.
func (f first) Sub(name string) (fs.FS, error) {
	inner, err := fs.Sub(f.FS, name)
	return first{inner, f.n}, err
}

// Glob is how migrations are found.
func (f first) Glob(pattern string) ([]string, error) {
	all, err := fs.Glob(f.FS, pattern)
	return all[:min(f.n, len(all))], err
}

// older are the schemas as they were after their first n migrations.
func older(n int) []rows.Schema {
	all := slices.Clone(Schemas())
	for i := range all {
		if all[i].Foreign == nil {
			all[i].Files = first{all[i].Files, n}
		}
	}
	return all
}

// column is one column of a table.
type column struct {
	Table, Name, Type string
	Required, Given   bool // may not be NULL; given by the engine
}

// columns are those of all tables but the engines' own and the versions'.
func columns(t *testing.T, db *rows.DB) []column {
	t.Helper()
	statement := `SELECT m.name, c.name, c.type, c."notnull", FALSE FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.name`
	if db.Dialect() == rows.Postgres {
		statement = `SELECT table_name, column_name, data_type || COALESCE(collation_name, ''), is_nullable = 'NO', is_identity = 'YES' FROM information_schema.columns
WHERE table_schema = current_schema() ORDER BY table_name COLLATE "C", column_name COLLATE "C"`
	}
	all, err := rows.Collect(context.Background(), db.Read(), func(r rows.Scanner) (c column, err error) {
		return c, r.Scan(&c.Table, &c.Name, &c.Type, &c.Required, &c.Given)
	}, statement)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c column) bool { return strings.HasSuffix(c.Table, "_schema_version") })
}

// indexes are the names of all indexes with what they are over.
func indexes(t *testing.T, db *rows.DB) []string {
	t.Helper()
	statement := "SELECT name || ' ' || COALESCE(sql, '') FROM sqlite_master WHERE type = 'index' ORDER BY name"
	if db.Dialect() == rows.Postgres {
		statement = `SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname COLLATE "C"`
	}
	all, err := rows.Collect(context.Background(), db.Read(), rows.Column[string], statement)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fill puts one record into each table that is a room's or a foundation's own.
func fill(t *testing.T, db *rows.DB, all []column) (tables []string) {
	t.Helper()
	own := func(table string) bool {
		return slices.ContainsFunc(Schemas(), func(s rows.Schema) bool { return s.Foreign == nil && strings.HasPrefix(table, s.Name+"_") })
	}
	names, values := map[string][]string{}, map[string][]string{}
	for _, c := range all {
		if !own(c.Table) || c.Given {
			continue
		}
		value := "'x'"
		switch kind := strings.ToLower(c.Type); {
		case strings.Contains(kind, "bool"):
			value = "TRUE"
		case strings.Contains(kind, "int"), strings.Contains(kind, "real"), strings.Contains(kind, "double"):
			value = "1"
		case strings.Contains(kind, "blob"):
			value = "x'00'"
		case strings.Contains(kind, "bytea"):
			value = `'\x00'`
		case strings.Contains(kind, "json"):
			value = "'{}'"
		}
		names[c.Table], values[c.Table] = append(names[c.Table], c.Name), append(values[c.Table], value)
	}
	ctx := context.Background()
	for table := range names {
		statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names[table], ", "), strings.Join(values[table], ", "))
		if err := db.Write(ctx, func(tx *rows.Tx) error { _, err := tx.Exec(ctx, statement); return err }); err != nil {
			t.Errorf("%s: %v", table, err)
		}
		tables = append(tables, table)
	}
	return tables
}

// TestOlderStoresAreBroughtUp has stores as each earlier version of the schemas
// left them: they end as a new store begins, keep their records, and lose
// nothing that the version before, still running beside it, may ask for.
func TestOlderStoresAreBroughtUp(t *testing.T) {
	t.Parallel()
	newest := 0
	for _, s := range Schemas() {
		if s.Foreign == nil {
			files, err := fs.ReadDir(s.Files, "sqlite")
			if err != nil {
				t.Fatal(err)
			}
			newest = max(newest, len(files))
		}
	}
	if newest < 2 {
		t.Fatal("no schema has a second migration: nothing would be upgraded")
	}
	for n := 1; n < newest; n++ {
		t.Run(fmt.Sprint("from ", n), func(t *testing.T) {
			var wantColumns []column
			var wantIndexes []string
			rowstest.Each(t, Schemas(), func(t *testing.T, fresh *rows.DB) {
				wantColumns, wantIndexes = columns(t, fresh), indexes(t, fresh)
				db := rowstest.SQLite(t, older(n))
				if fresh.Dialect() == rows.Postgres {
					db = rowstest.Postgres(t, older(n))
				}
				before := columns(t, db)
				if was, is := len(before)+len(indexes(t, db)), len(wantColumns)+len(wantIndexes); len(before) == 0 || was >= is {
					t.Fatalf("an older store has %d columns and indexes, a new one %d", was, is)
				}
				tables := fill(t, db, before)
				if err := db.Migrate(context.Background(), Schemas()); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(wantColumns, columns(t, db)); diff != "" {
					t.Error("columns of a new store and of one brought up:", diff)
				}
				if diff := cmp.Diff(wantIndexes, indexes(t, db)); diff != "" {
					t.Error("indexes of a new store and of one brought up:", diff)
				}
				for _, c := range before {
					if !slices.ContainsFunc(wantColumns, func(w column) bool { return w.Table == c.Table && w.Name == c.Name && w.Type == c.Type }) {
						t.Errorf("%s.%s is gone or of another type", c.Table, c.Name)
					}
				}
				for _, table := range tables {
					if got, err := rows.One(context.Background(), db.Read(), rows.Column[int64], "SELECT count(*) FROM "+table); err != nil || got < 1 {
						t.Errorf("%s holds %d records, %v", table, got, err)
					}
				}
			})
		})
	}
}
