package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// kind is how a column's values are written.
type kind string

const (
	integer kind = "integer"
	float   kind = "float"
	text    kind = "text"
	octets  kind = "bytes"
	boolean kind = "boolean"
	// transaction is PostgreSQL's number of the writing transaction: it means
	// nothing in another cluster and is not written.
	transaction kind = "transaction"
)

// kinds are the engines' types, by the engines' own names in lower case.
var kinds = map[string]kind{
	"integer": integer, "int": integer, "bigint": integer, "smallint": integer,
	"real": float, "double precision": float,
	"text": text, "character varying": text, "json": text, "jsonb": text,
	"blob": octets, "bytea": octets,
	"boolean": boolean,
	"xid8":    transaction,
}

// column is one column of a table.
type column struct {
	Name string `json:"name"`
	Kind kind   `json:"kind"`

	identity bool // PostgreSQL numbers it
	document bool // PostgreSQL keeps it as JSON
}

// archived is the column as the archive has it: SQLite has no booleans, so they
// are 0 and 1.
func (c column) archived() column {
	if c.Kind == boolean {
		c.Kind = integer
	}
	return c
}

// table is a table of the store.
type table struct {
	name    string
	from    string   // what its records are read from: the table, or a statement
	columns []column // those that are written
	stamps  []string // columns of PostgreSQL's transaction numbers
}

func (t table) layout() layout {
	l := layout{Name: t.name}
	for _, c := range t.columns {
		l.Columns = append(l.Columns, c.archived())
	}
	return l
}

func (t table) column(name string) (column, bool) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.Name == name })
	if i < 0 {
		return column{}, false
	}
	return t.columns[i], true
}

const (
	tablesSQLite    = `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
	tablesPostgres  = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name COLLATE "C"`
	columnsSQLite   = `SELECT name, lower(type), CASE WHEN hidden > 1 THEN 1 ELSE 0 END, 0 FROM pragma_table_xinfo($1) ORDER BY cid`
	columnsPostgres = `SELECT column_name, data_type, CASE WHEN is_generated = 'ALWAYS' THEN 1 ELSE 0 END, CASE WHEN is_identity = 'YES' THEN 1 ELSE 0 END
FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`
)

const versionSuffix = "_schema_version"

// kept reports whether a table's records are part of an archive; the schemas
// say which are not, and why.
func kept(name string, schemas []rows.Schema) bool {
	if strings.HasSuffix(name, versionSuffix) {
		return false
	}
	own := false
	for _, s := range schemas {
		if slices.ContainsFunc(s.LeftOut, func(l rows.LeftOut) bool { return slices.Contains(l.Tables, name) }) {
			return false
		}
		own = own || s.Foreign == nil && strings.HasPrefix(name, s.Name+"_")
	}
	return own
}

// tables reads the catalogue.
func tables(ctx context.Context, r rows.Reader, d rows.Dialect, schemas []rows.Schema) ([]table, error) {
	ask := tablesSQLite
	if d == rows.Postgres {
		ask = tablesPostgres
	}
	names, err := rows.Collect(ctx, r, rows.Column[string], ask)
	if err != nil {
		return nil, err
	}
	var all []table
	for _, name := range names {
		if !kept(name, schemas) {
			continue
		}
		t, err := describe(ctx, r, d, name)
		if err != nil {
			return nil, err
		}
		t.from = from(name, d, schemas)
		all = append(all, t)
	}
	return all, nil
}

// from is what a table's records are read from.
func from(name string, d rows.Dialect, schemas []rows.Schema) string {
	for _, s := range schemas {
		for _, a := range s.Archived {
			if statement := a.Statements[d]; a.Table == name && statement != "" {
				return "(" + statement + ") AS archived"
			}
		}
	}
	return quoted(name)
}

func describe(ctx context.Context, r rows.Reader, d rows.Dialect, name string) (table, error) {
	type described struct {
		column
		declared  string
		generated bool
	}
	scan := func(s rows.Scanner) (c described, err error) {
		var generated, identity int
		err = s.Scan(&c.Name, &c.declared, &generated, &identity)
		c.generated, c.identity = generated == 1, identity == 1
		return c, err
	}
	ask := columnsSQLite
	if d == rows.Postgres {
		ask = columnsPostgres
	}
	columns, err := rows.Collect(ctx, r, scan, ask, name)
	if err != nil {
		return table{}, err
	}
	t := table{name: name}
	for _, c := range columns {
		known, ok := kinds[c.declared]
		switch {
		case c.generated:
			continue // the engine computes it
		case !ok:
			return table{}, fmt.Errorf("backup: column %s of table %s has the type %q, which is not known here", c.Name, name, c.declared)
		case known == transaction:
			t.stamps = append(t.stamps, c.Name)
			continue
		}
		c.Kind, c.document = known, c.declared == "json" || c.declared == "jsonb"
		t.columns = append(t.columns, c.column)
	}
	return t, nil
}

// versions reads where the schemas stand, writing nothing. A schema without a
// table of versions is at 0.
func versions(ctx context.Context, r rows.Reader, d rows.Dialect, schemas []rows.Schema) ([]schema, error) {
	ask := tablesSQLite
	if d == rows.Postgres {
		ask = tablesPostgres
	}
	names, err := rows.Collect(ctx, r, rows.Column[string], ask)
	if err != nil {
		return nil, err
	}
	all := []schema{}
	for _, s := range schemas {
		if s.Foreign != nil {
			continue
		}
		v := schema{Name: s.Name}
		if slices.Contains(names, s.Name+versionSuffix) {
			v.Version, err = rows.One(ctx, r, rows.Column[int64], `SELECT COALESCE(max(version_id), 0) FROM `+quoted(s.Name+versionSuffix))
			if err != nil {
				return nil, err
			}
		}
		all = append(all, v)
	}
	return all, nil
}

// quoted is a name of the catalogue in a statement.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
