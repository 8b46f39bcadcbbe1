//go:build cgo

package duckdb

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// TestOtherTypes: a column whose type is none of the usual ones is shown as text, and keeps no other from being profiled.
func TestOtherTypes(t *testing.T) {
	t.Parallel()
	type row struct {
		N    int64         `parquet:"n"`
		Day  time.Duration `parquet:"day,time(microsecond)"`
		UUID [16]byte      `parquet:"uuid,uuid"`
	}
	path := filepath.Join(t.TempDir(), "types.parquet")
	if err := parquet.WriteFile(path, []row{{1, time.Hour, [16]byte{1}}, {2, 2 * time.Hour, [16]byte{2}}}); err != nil {
		t.Fatal(err)
	}
	p, err := profiler(t).Portrait(t.Context(), lake.Source{Path: path}, 5, lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != 2 || p.Values[0].Max != "2" || !strings.Contains(p.Values[1].Min, ":00:00") || p.Values[1].Distinct != 2 || p.Values[2].Max != "02000000-0000-0000-0000-000000000000" {
		t.Errorf("%+v", p)
	}
}

// TestNoRows: pyarrow says of a table without rows that its pages lie at 0, and writes none. It is not broken.
func TestNoRows(t *testing.T) {
	t.Parallel()
	p, err := profiler(t).Portrait(t.Context(), lake.Source{Path: "testdata/norows.parquet"}, 5, lake.Limits{})
	if err != nil || p.Rows != 0 || len(p.Columns) != 1 || p.Columns[0].Name != "x" {
		t.Errorf("%+v, %v", p, err)
	}
}

func profiler(t *testing.T) *lake.Store {
	t.Helper()
	e, err := Open(Settings{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := lake.New(e, nil)
	t.Cleanup(func() { _ = s.Close() })
	return s
}
