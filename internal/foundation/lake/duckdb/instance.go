//go:build cgo

package duckdb

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	db "github.com/duckdb/duckdb-go-bindings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// instance is a DuckDB of one query.
type instance struct {
	ctx    context.Context
	cancel context.CancelFunc
	limits lake.Limits
	folder string
	db     db.Database
	conn   db.Connection
	links  []link
	give   func()
	done   chan struct{} // closed with it
	mu     sync.Mutex    // around interrupts and the end
	closed bool
}

// link is a name in the folder by which a file is given.
type link struct {
	name, path string
	columns    []lake.Column // of a CSV file
}

// open gives an instance whose views are the sources.
func (e *engine) open(ctx context.Context, sources map[string]lake.Source, l lake.Limits) (_ *instance, err error) {
	i := &instance{ctx: ctx, cancel: func() {}, limits: l, give: func() {}, done: make(chan struct{})}
	if l.Time > 0 {
		i.ctx, i.cancel = context.WithTimeoutCause(ctx, l.Time, errTime)
	}
	defer func() {
		if err != nil {
			i.close()
		}
	}()
	if err := e.place(i); err != nil {
		return nil, err
	}
	if i.folder, err = e.folder(); err != nil {
		return nil, err
	}
	views, err := i.views(sources)
	if err != nil {
		return nil, err
	}
	if err := i.start(e.settings); err != nil {
		return nil, err
	}
	paths := make([]string, len(i.links))
	for n, l := range i.links {
		paths[n] = lake.Literal(l.name)
	}
	statements := append([]string{"SET TimeZone='UTC'", "SET allowed_paths=[" + strings.Join(paths, ", ") + "]", "SET enable_external_access=false"}, views...)
	if isWide(sources) {
		statements = append(statements, "SET disabled_optimizers='"+quadratic+"'")
	}
	for _, s := range append(statements, "SET lock_configuration=true") {
		if err := i.do(s); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// wide is from how many columns on quadratic steps of the optimizer cost more than they
// save. A question asks something of each column, and they compare each with each.
const (
	wide      = 100
	quadratic = "common_subexpressions,common_aggregate,expression_rewriter"
)

func isWide(sources map[string]lake.Source) bool {
	for _, s := range sources {
		if len(s.Columns) >= wide {
			return true
		}
	}
	return false
}

var errTime = fault.New(fault.Limit, "The query took longer than it may.")

// start opens DuckDB in memory.
func (i *instance) start(s Settings) error {
	memory, threads := s.Memory, s.Threads
	if l := i.limits.Memory; l > 0 {
		memory = min(memory, l)
	}
	if l := i.limits.Threads; l > 0 {
		threads = min(threads, l)
	}
	var config db.Config
	if db.CreateConfig(&config) == db.StateError {
		return fault.New(fault.Internal, "DuckDB takes no settings.")
	}
	defer db.DestroyConfig(&config)
	for _, kv := range [][2]string{
		{"threads", fmt.Sprint(threads)}, {"memory_limit", fmt.Sprintf("%dB", memory)},
		{"temp_directory", filepath.Join(i.folder, "spilled")}, {"max_temp_directory_size", fmt.Sprintf("%dB", s.Spill)},
		{"autoinstall_known_extensions", "false"}, {"autoload_known_extensions", "false"},
		{"allow_community_extensions", "false"}, {"allow_persistent_secrets", "false"},
		{"extension_directory", filepath.Join(i.folder, "extensions")},
	} {
		if db.SetConfig(config, kv[0], kv[1]) == db.StateError {
			return fault.New(fault.Internal, "DuckDB does not know the setting %s=%s.", kv[0], kv[1])
		}
	}
	var reason string
	if db.OpenExt(":memory:", &i.db, config, &reason) == db.StateError {
		return fault.New(fault.Unavailable, "DuckDB does not start: %s", reason)
	}
	if db.Connect(i.db, &i.conn) == db.StateError {
		return fault.New(fault.Unavailable, "DuckDB does not start.")
	}
	// An interrupt that comes before the work it is for is forgotten by DuckDB,
	// so that it is said again until all has ended.
	context.AfterFunc(i.ctx, func() {
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			i.mu.Lock()
			if !i.closed {
				db.Interrupt(i.conn)
			}
			i.mu.Unlock()
			select {
			case <-i.done:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	})
	return nil
}

// close ends the instance and takes its folder away.
func (i *instance) close() {
	i.mu.Lock()
	if i.closed {
		i.mu.Unlock()
		return
	}
	i.closed = true
	close(i.done)
	i.mu.Unlock()
	i.cancel()
	if i.conn.Ptr != nil {
		db.Disconnect(&i.conn)
	}
	if i.db.Ptr != nil {
		db.Close(&i.db)
	}
	if i.folder != "" {
		_ = os.RemoveAll(i.folder)
	}
	i.give()
}

// do runs a statement of this package.
func (i *instance) do(sql string) error {
	if i.ctx.Err() != nil {
		return context.Cause(i.ctx)
	}
	var r db.Result
	defer db.DestroyResult(&r)
	if db.Query(i.conn, sql, &r) == db.StateError {
		return i.explain(db.ResultError(&r))
	}
	return nil
}

// views are the statements that make the sources views, by their names.
func (i *instance) views(sources map[string]lake.Source) ([]string, error) {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if name == "" || strings.ContainsRune(name, 0) {
			return nil, fault.New(fault.Invalid, "%q is no name of a source.", name)
		}
		from, err := i.from(sources[name])
		if err != nil {
			return nil, err
		}
		all = append(all, "CREATE VIEW "+lake.Quote(name)+" AS "+from)
	}
	return all, nil
}

// link gives a file a name in the folder.
func (i *instance) link(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	name := filepath.Join(i.folder, fmt.Sprintf("file-%d-", len(i.links)))
	if err := os.Symlink(absolute, name); err != nil {
		return "", err
	}
	i.links = append(i.links, link{name: name, path: path})
	return lake.Literal(name), nil
}

// from is the SELECT of all rows of a source, with its columns.
func (i *instance) from(s lake.Source) (string, error) {
	if s.Table != nil {
		return i.table(s)
	}
	if s.Format == "" || s.Format == lake.JSONLines {
		format, packing, _, err := lake.Look(s)
		if err != nil {
			return "", err
		}
		s.Format = format
		if format == lake.JSONLines {
			return i.json(s, packing)
		}
	}
	switch s.Format {
	case lake.CSV:
		return i.csv(s)
	case lake.Parquet:
		if _, err := os.Stat(s.Path); err != nil {
			return "", fault.Because(err, fault.NotFound, "The file %s cannot be read.", s.Path)
		}
		if len(s.Columns) == 0 { // Describe has not looked at it
			if err := lake.CheckParquet(s.Path); err != nil {
				return "", err
			}
		}
		name, err := i.link(s.Path)
		return "SELECT * FROM read_parquet([" + name + "])", err
	}
	return "", fault.New(fault.Unsupported, "Files of the format %q are not read.", s.Format)
}

// table reads the segments of a table, whose first file has all its columns.
func (i *instance) table(s lake.Source) (string, error) {
	names := make([]string, len(s.Files))
	for n, path := range s.Files {
		name, err := i.link(path)
		if err != nil {
			return "", err
		}
		names[n] = name
	}
	return "SELECT * FROM read_parquet([" + strings.Join(names, ", ") + "], union_by_name=true, hive_partitioning=false)", nil
}

// csv casts what is text in the file to the types that were found.
func (i *instance) csv(s lake.Source) (string, error) {
	if s.Layout == nil || len(s.Columns) == 0 {
		return "", fault.New(fault.Invalid, "The file %s is empty: it has no columns.", s.Path)
	}
	name, err := i.link(s.Path)
	if err != nil {
		return "", err
	}
	i.links[len(i.links)-1].columns = s.Columns
	var columns, values []string
	for n, c := range s.Columns {
		// By this name explain knows the file and the column.
		value := fmt.Sprintf("file%dc%d", len(i.links)-1, n)
		columns = append(columns, "'"+value+"': 'VARCHAR'")
		if c.Kind != lake.Text {
			value = fmt.Sprintf("CAST(%s AS %s)", value, types[c.Kind])
		}
		values = append(values, value+" AS "+lake.Quote(c.Name))
	}
	return fmt.Sprintf(`SELECT %s FROM read_csv(%s, auto_detect=false, columns={%s}, delim=%s, quote='"', escape='"', header=%t, compression='%s', strict_mode=true)`,
		strings.Join(values, ", "), name, strings.Join(columns, ", "), lake.Literal(string(s.Layout.Delimiter)), s.Layout.Header, s.Layout.Packing), nil
}

// json reads lines of JSON; what the types are is found out by all of them.
func (i *instance) json(s lake.Source, p lake.Packing) (string, error) {
	name, err := i.link(s.Path)
	if err != nil {
		return "", err
	}
	if p == lake.Plain {
		p = "uncompressed" // the word that this function has for it
	}
	known := "sample_size=-1, map_inference_threshold=-1, field_appearance_threshold=0"
	if len(s.Columns) > 0 {
		columns := make([]string, len(s.Columns))
		for n, c := range s.Columns {
			columns[n] = lake.Literal(c.Name) + ": " + lake.Literal(c.Type)
		}
		known = "columns={" + strings.Join(columns, ", ") + "}"
	}
	return fmt.Sprintf("SELECT * FROM read_json(%s, format='newline_delimited', compression='%s', %s)", name, p, known), nil
}
