package duckdb

import (
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/lake/laketest"
)

func open(t *testing.T, tables *lake.Tables) *lake.Store {
	t.Helper()
	e, err := Open(Settings{Folder: t.TempDir(), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := lake.New(e, tables)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSuite(t *testing.T) {
	t.Parallel()
	laketest.Run(t, func(t *testing.T) *lake.Store { return open(t, nil) })
}

func TestTables(t *testing.T) {
	t.Parallel()
	laketest.RunTables(t, open)
}
