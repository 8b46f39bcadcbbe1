package duckdb

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// FuzzDescribe describes what may be a CSV file: it is refused as broken, or
// described in the same way again, and all its rows are of the types found.
func FuzzDescribe(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "a;b\r\n\"x\r\ny\";2026-01-01\r\n", "\xef\xbb\xbfa\ttrue\n", "1,2\n3,4", "a,b\n1\n", "a\n\"", "a,a\n1e400,nan\n-inf,007\n", "a\n2026-01-01T00:00:00Z\n2026-01-01 24:00\n",
		"a,b\n\xff,1\n", "\x1f\x8b\x08", "a\n\n\n1\n", "a,b,c\n,,\n", "x\n0x10\n1_0\n", "t\n290000-01-01\n",
	} {
		f.Add([]byte(s))
	}
	folder := f.TempDir()
	e, err := Open(Settings{Folder: filepath.Join(folder, "queries"), Threads: 1, Memory: 128 << 20})
	if err != nil {
		f.Fatal(err)
	}
	s := lake.New(e, nil)
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		d, err := s.Describe(ctx, lake.Source{Path: path, Format: lake.CSV}, lake.Limits{})
		again, same := s.Describe(ctx, lake.Source{Path: path, Format: lake.CSV}, lake.Limits{})
		if (err == nil) != (same == nil) || !cmp.Equal(d, again) && err == nil {
			t.Fatalf("first %+v, %v, then %+v, %v", d, err, again, same)
		}
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("got %v", err)
			}
			return
		}
		if len(d.Columns) == 0 {
			return
		}
		all, err := lake.All(s.Query(ctx, lake.Query{SQL: "SELECT * FROM t", Sources: map[string]lake.Source{"t": d.Source(path)}}))
		if err != nil || int64(all.Rows) != d.Rows {
			t.Fatalf("described as %+v, and then %v", d, err)
		}
	})
}
