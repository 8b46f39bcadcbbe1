//go:build cgo

package duckdb

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// repeated is a CSV file that has the columns of rows so many times.
func repeated(t *testing.T, rows [][]string, times int) lake.Source {
	t.Helper()
	var text strings.Builder
	for i := range times * len(rows[0]) {
		fmt.Fprintf(&text, "c%d,", i)
	}
	text.WriteString("end\n")
	for _, row := range rows {
		text.WriteString(strings.Repeat(strings.Join(row, ",")+",", times) + "x\n")
	}
	path := filepath.Join(t.TempDir(), "wide.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return lake.Source{Path: path}
}

// TestWide: of many columns the same is said as of few, within the memory of few; of
// more than can be asked, that.
func TestWide(t *testing.T) {
	t.Parallel()
	e, err := Open(Settings{Folder: t.TempDir(), Memory: 256 << 20, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := lake.New(e, nil)
	t.Cleanup(func() { _ = s.Close() })
	rows := [][]string{{"1", "0.0", "a", "true", "2026-01-02"}, {"2", "-0.0", "b", "false", "2026-01-02"}, {"2", "1.5", "a", "", "2026-01-04"}, {"", "nan", "", "true", ""}}
	narrow, err := s.Profile(t.Context(), repeated(t, rows, 1), lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	const times = 60
	wide, err := s.Profile(t.Context(), repeated(t, rows, times), lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n := len(rows[0])
	for i := range times * n {
		if !reflect.DeepEqual(wide.Values[i], narrow.Values[i%n]) {
			t.Fatalf("column %d of many: %+v; of few: %+v", i, wide.Values[i], narrow.Values[i%n])
		}
	}
	if narrow.Values[1].Distinct != 3 || narrow.Values[0].Distinct != 2 {
		t.Errorf("%+v", narrow.Values)
	}
	if _, err := s.Describe(t.Context(), repeated(t, rows, mostColumns/n+1), lake.Limits{}); !fault.Is(err, fault.Limit) {
		t.Errorf("more columns than can be asked: %v", err)
	}
}

// TestTooLittle: who asks is told of the memory, and nothing that only who writes to DuckDB
// could do.
func TestTooLittle(t *testing.T) {
	t.Parallel()
	e, err := Open(Settings{Folder: t.TempDir(), Memory: 16 << 20, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := lake.New(e, nil)
	t.Cleanup(func() { _ = s.Close() })
	_, err = s.Describe(t.Context(), repeated(t, [][]string{{"1"}}, 1), lake.Limits{})
	if text := fault.Sentence(err); !fault.Is(err, fault.Limit) || strings.Contains(text, "SET") || strings.Contains(text, "solution") {
		t.Errorf("%v: %s", err, text)
	}
}

// TestWideInLittle: what a question needs does not grow with the columns of a file.
func TestWideInLittle(t *testing.T) {
	t.Parallel()
	e, err := Open(Settings{Folder: t.TempDir(), Memory: 256 << 20, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := lake.New(e, nil)
	t.Cleanup(func() { _ = s.Close() })
	p, err := s.Profile(t.Context(), repeated(t, [][]string{{"1"}}, 600), lake.Limits{})
	if err != nil || p.Rows != 1 || len(p.Values) != 601 || p.Values[599].Max != "1" || p.Values[599].Distinct != 1 {
		t.Errorf("%d rows, %d columns, %v", p.Rows, len(p.Values), err)
	}
}
