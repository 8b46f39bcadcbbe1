//go:build !cgo

package duckdb

import (
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Linked reports whether this program has an engine.
func Linked() bool { return false }

// Open says that this program has no engine.
func Open(Settings) (lake.Engine, error) {
	return nil, fault.WithHint(fault.New(fault.Unsupported, "This program was built without DuckDB, which reads tables and files of rows."),
		"Use a release for this system, or build with CGO_ENABLED=1.")
}
