//go:build cgo

package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

type engine struct {
	settings Settings
	queries  atomic.Int64  // how many there were; names their folders
	places   chan struct{} // one for each query that may run
}

const prefix = "lake-query-"

// Linked reports whether this program has an engine.
func Linked() bool { return true }

// Open gives the engine. It opens no file and starts no thread before it is asked.
func Open(s Settings) (_ lake.Engine, err error) {
	defer fault.Wrap(&err, "duckdb.Open")
	s = s.filled()
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The folder %s for queries cannot be made.", s.Folder)
	}
	if s.Folder, err = filepath.Abs(s.Folder); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.Folder)
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The folder %s for queries cannot be read.", s.Folder)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			if err := os.RemoveAll(filepath.Join(s.Folder, e.Name())); err != nil {
				return nil, err
			}
		}
	}
	return &engine{settings: s, places: make(chan struct{}, s.Concurrent)}, nil
}

// Close has nothing to give back: every query's instance goes with it.
func (e *engine) Close() error { return nil }

// Dialect is DuckDB's.
func (e *engine) Dialect() lake.Dialect { return dialect{} }

// folder makes a folder for one query.
func (e *engine) folder() (string, error) {
	name := filepath.Join(e.settings.Folder, fmt.Sprintf("%s%d", prefix, e.queries.Add(1)))
	return name, os.Mkdir(name, 0o700)
}

// place waits until a query may run.
func (e *engine) place(i *instance) error {
	select {
	case e.places <- struct{}{}:
		i.give = func() { <-e.places }
		return nil
	case <-i.ctx.Done():
		return context.Cause(i.ctx)
	}
}

type dialect struct{}

func (dialect) IsNaN(x string) string            { return "isnan(" + x + ")" }
func (dialect) IsInfinite(x string) string       { return "isinf(" + x + ")" }
func (dialect) Matches(x, pattern string) string { return "regexp_matches(" + x + ", " + pattern + ")" }
func (dialect) Field(x, key string) string {
	return "json_extract_string(" + x + ", " + lake.Literal(`$."`+strings.ReplaceAll(key, `"`, `\"`)+`"`) + ")"
}
func (dialect) List(x, separator, order string) string {
	return "string_agg(" + x + ", " + lake.Literal(separator) + " ORDER BY " + order + ")"
}
func (dialect) Distinct(x string) string { return "approx_count_distinct(" + x + ")" }
func (dialect) Total(x string) string    { return "sum(CAST(" + x + " AS decimal(38,0)))" }
func (dialect) Days(x string) string     { return "date_diff('day', DATE '1970-01-01', " + x + ")" }
func (dialect) Micros(x string) string   { return "epoch_us(" + x + ")" }
func (dialect) Explode(xs []string, from string) string {
	return "SELECT unnest([" + strings.Join(xs, ", ") + "]) AS v FROM " + from
}
