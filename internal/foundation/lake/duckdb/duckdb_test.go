package duckdb

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3/s3test"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
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
	laketest.RunTables(t, open, func(t *testing.T) blobs.Store {
		store, err := disk.Open(t.TempDir(), draw.Reader(t))
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

func TestTablesInS3(t *testing.T) {
	t.Parallel()
	endpoint := s3test.Gateway(t)
	var n atomic.Int64
	laketest.RunTables(t, open, func(t *testing.T) blobs.Store {
		store, err := s3.Open(s3test.Bucket(t, endpoint, fmt.Sprintf("lake-%d", n.Add(1))), s3.Credentials{AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}
