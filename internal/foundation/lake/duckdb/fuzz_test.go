package duckdb

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

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
	f.Cleanup(func() { _ = s.Close() })
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

// FuzzFile reads what may be a file of Parquet or of JSON lines: it is read or
// refused, and the process lives.
func FuzzFile(f *testing.F) {
	for _, compress := range []parquet.WriterOption{parquet.Compression(&parquet.Zstd), parquet.Compression(&parquet.Snappy), parquet.Compression(&parquet.Uncompressed)} {
		var b bytes.Buffer
		type row struct {
			ID   int64    `parquet:"id"`
			Name *string  `parquet:"name,dict"`
			Tags []string `parquet:"tags,list"`
			X    float64  `parquet:"x,split"`
			D    int64    `parquet:"d,delta"`
		}
		name := "a name"
		if err := parquet.Write(&b, []row{{1, &name, []string{"a", "b"}, 1.5, 7}, {2, nil, nil, 0, 9}, {3, &name, []string{""}, -1, 1 << 60}}, compress); err != nil {
			f.Fatal(err)
		}
		f.Add(true, b.Bytes())
	}
	f.Add(false, []byte("{\"a\":1,\"b\":{\"c\":[1,2.5,null]}}\n{\"a\":\"x\",\"d\":true}\n"))
	f.Add(false, []byte("[1,2]\n\"x\"\n{\"a\":1e999}\n"))
	e, err := Open(Settings{Folder: filepath.Join(f.TempDir(), "queries"), Threads: 1, Memory: 128 << 20})
	if err != nil {
		f.Fatal(err)
	}
	s := lake.New(e, nil)
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, isParquet bool, content []byte) {
		source := lake.Source{Path: filepath.Join(t.TempDir(), "t"), Format: lake.JSONLines}
		if isParquet {
			source.Format = lake.Parquet
		}
		if err := os.WriteFile(source.Path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		l := lake.Limits{Rows: 10_000, Bytes: 10 << 20, Time: 20 * time.Second}
		d, err := s.Describe(ctx, source, l)
		if err == nil {
			_, err = lake.All(s.Query(ctx, lake.Query{SQL: "SELECT * FROM t", Sources: map[string]lake.Source{"t": d.Source(source.Path)}, Limits: l}))
		}
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Limit) && !fault.Is(err, fault.Unsupported) {
			t.Fatalf("got %v", err)
		}
	})
}
