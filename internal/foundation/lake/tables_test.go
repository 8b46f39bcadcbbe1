package lake

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// rows counts what is in write-ahead files.
func (t *Tables) rows() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range t.generations {
		for _, of := range g.tables {
			for _, s := range of.batches {
				n += s.batch.Rows
			}
		}
	}
	return n
}

// TestWriteAheadFileFails takes the file away below the writer: who appended is
// told, the next one is served by another file, and what was acknowledged is read
// by the next process, without what was not.
func TestWriteAheadFileFails(t *testing.T) {
	t.Parallel()
	store, err := disk.Open(t.TempDir(), draw.Reader(t))
	if err != nil {
		t.Fatal(err)
	}
	random := draw.Reader(t)
	settings := TableSettings{Folder: t.TempDir(), Blobs: store, Now: func() time.Time { return time.Unix(1_795_780_000, 0) }, Random: random}
	tables, err := OpenTables(settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, table := context.Background(), Table{"w", "t"}
	columns := []Column{{Name: "n", Kind: Int}}
	if err := tables.Declare(ctx, table, Declaration{Columns: columns}); err != nil {
		t.Fatal(err)
	}
	add := func() error {
		b := NewBatch(columns...)
		_ = b.Add(1)
		return tables.Append(ctx, table, b)
	}
	for round := range 3 {
		if err := add(); err != nil {
			t.Fatal(err)
		}
		if err := tables.file.Close(); err != nil { // the writer is idle: nobody else appends
			t.Fatal(err)
		}
		if err := add(); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
			t.Errorf("round %d: got %v", round, err)
		}
	}
	if n := tables.rows(); n != 3 {
		t.Errorf("%d rows are seen, 3 were acknowledged", n)
	}
	// No other file can be made either: it is refused until Seal finds one.
	if err := os.Rename(tables.path(walFolder), tables.path("away")); err != nil {
		t.Fatal(err)
	}
	_ = tables.file.Close()
	for range 2 {
		if err := add(); !fault.Is(err, fault.Unavailable) {
			t.Errorf("without a folder: got %v", err)
		}
	}
	if err := os.Rename(tables.path("away"), tables.path(walFolder)); err != nil {
		t.Fatal(err)
	}
	if err := tables.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if err := add(); err != nil {
		t.Errorf("after a seal: got %v", err)
	}
	if err := tables.Close(); err != nil {
		t.Fatal(err)
	}
	if tables, err = OpenTables(settings); err != nil {
		t.Fatal(err)
	}
	if n := tables.rows(); n != 1 {
		t.Errorf("%d rows are no segment, want the last", n)
	}
	if err := tables.Close(); err != nil {
		t.Fatal(err)
	}
}
