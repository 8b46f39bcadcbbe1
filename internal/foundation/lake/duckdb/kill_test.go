package duckdb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// The child's folder and how often it was started before.
const (
	childFolder = "TACIT_LAKE_FOLDER"
	childRound  = "TACIT_LAKE_ROUND"
)

// rounds of killing.
const rounds = 30

// inRound is how many numbers a round has for its rows.
const inRound = 1_000_000

var rowsOf = lake.Table{Workspace: "w", Name: "rows"}

// named makes names of a round: no two rounds may have the same.
type named struct{ round int }

func (n named) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(n.round >> (8 * (i % 4)))
	}
	return len(b), nil
}

// tablesOf opens the tables of a round, with files and segments so small that
// all happens all the time.
func tablesOf(t *testing.T, folder string, round int) *lake.Tables {
	t.Helper()
	store, err := disk.Open(filepath.Join(folder, "blobs"), draw.Reader(t))
	if err != nil {
		t.Fatal(err)
	}
	var ticks atomic.Int64
	tables, err := lake.OpenTables(lake.TableSettings{
		Folder: filepath.Join(folder, "tables"), Blobs: store, Random: named{round}, SealBytes: 2000, Least: 2, Grace: 40 * time.Second,
		Now:   func() time.Time { return time.Unix(1_795_780_000+int64(round)*3600+ticks.Add(1), 0) },
		Local: func(key string) (string, bool) { return filepath.Join(store.Address(), filepath.FromSlash(key)), true },
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// TestKilledChild appends, seals and compacts until it is killed. It is started
// by TestKill.
func TestKilledChild(t *testing.T) {
	folder, ok := os.LookupEnv(childFolder)
	if !ok {
		return
	}
	round, err := strconv.Atoi(os.Getenv(childRound))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	tables := tablesOf(t, folder, round)
	n := lake.Column{Name: "n", Kind: lake.Int}
	if err := tables.Declare(ctx, rowsOf, lake.Declaration{Columns: []lake.Column{n}}); err != nil {
		t.Fatal(err)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				from := round*inRound + int(next.Add(3))
				b := lake.NewBatch(n)
				for i := range 3 {
					_ = b.Add(from + i)
				}
				if err := tables.Append(ctx, rowsOf, b); err != nil {
					t.Error(err)
					return
				}
				fmt.Printf("acknowledged %d\n", from)
			}
		})
	}
	for range 3 {
		all.Go(func() {
			for {
				err := tables.Seal(ctx)
				if err == nil {
					_, err = tables.Compact(ctx, rowsOf)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestKill kills a process at 30 moments: what it acknowledged is there, each row
// once, and of what it did not acknowledge nothing is there twice.
func TestKill(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	random := draw.Rand(t)
	acknowledged := map[int64]bool{}
	for round := range rounds {
		for _, from := range killed(t, folder, 2*round, 1+random.IntN(150)) {
			for i := range int64(3) {
				acknowledged[from+i] = true
			}
		}
		s := open(t, tablesOf(t, folder, 2*round+1))
		all, err := lake.All(s.Query(context.Background(), lake.Query{SQL: "SELECT n, count(*) FROM r GROUP BY 1", Sources: map[string]lake.Source{"r": {Table: &rowsOf}}}))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for i, n := range all.Vectors[0].Ints {
			if times := all.Vectors[1].Ints[i]; times != 1 {
				t.Fatalf("round %d: the row %d is there %d times", round, n, times)
			}
			if acknowledged[n] {
				found++
			}
		}
		if found != len(acknowledged) {
			t.Fatalf("round %d: of %d acknowledged rows %d are there", round, len(acknowledged), found)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acknowledged) < rounds*3 {
		t.Errorf("%d rows were acknowledged in %d rounds", len(acknowledged), rounds)
	}
	t.Logf("%d rows acknowledged", len(acknowledged))
}

// killed starts a child, kills it when it has acknowledged so many Appends, and
// gives what it acknowledged.
func killed(t *testing.T, folder string, round, after int) []int64 {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestKilledChild$", "-test.timeout=5m")
	c.Env = append(os.Environ(), childFolder+"="+folder, childRound+"="+strconv.Itoa(round))
	var failed strings.Builder
	c.Stderr = &failed
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var all []int64
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "acknowledged ")
		if !ok {
			t.Errorf("the child says: %s", lines.Text())
			continue
		}
		from, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, from); len(all) == after {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait()
	if len(all) < after {
		t.Fatalf("the child ended by itself: %s", failed.String())
	}
	return all
}
