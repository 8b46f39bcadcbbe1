//go:build unix

package apart_test

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/lake/apart"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
)

// TestMain is also the program that answers, and programs that do not.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "answer":
			os.Exit(apart.Answer(os.Stdin, os.Stdout, engine))
		case "crash":
			_ = syscall.Kill(os.Getpid(), syscall.SIGSEGV)
			select {}
		case "exit":
			os.Exit(0)
		case "sleep":
			select {}
		}
	}
	os.Exit(m.Run())
}

func engine(folder string, memory int64) (lake.Engine, error) {
	return duckdb.Open(duckdb.Settings{Folder: folder, Memory: memory, Threads: 1})
}

func ask(t *testing.T, word string) *apart.Lake {
	t.Helper()
	if !duckdb.Linked() {
		t.Skip("this program was built without DuckDB")
	}
	l, err := apart.Open(apart.Settings{Program: apart.Program{Path: os.Args[0], Args: []string{os.Args[0], word}}, Folder: filepath.Join(t.TempDir(), "asked")})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTheSameIsAnsweredApart as in this process, and nothing is left of it.
func TestTheSameIsAnsweredApart(t *testing.T) {
	l := ask(t, "answer")
	here, err := engine(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	store := lake.New(here, nil)
	ctx := context.Background()
	a := lake.Source{Path: file(t, "id,name,x\n1,ada,0.5\n2,,nan\n3,bob,1e308\n"), Format: lake.CSV}
	b := lake.Source{Path: file(t, "id,name,x\n1,ada,0.5\n2,eve,nan\n4,bob,-1e308\n"), Format: lake.CSV}
	apartly, err := l.Portrait(ctx, a, 2, lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := store.Portrait(ctx, a, 2, lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if want.Values[2].Deviation = min(want.Values[2].Deviation, math.MaxFloat64); want.Values[2].Deviation < 1e308 {
		t.Error("no number is beyond all others: ", want.Values[2].Deviation)
	}
	if !reflect.DeepEqual(apartly, want) || len(want.Head) != 2 || want.Head[1][1] != nil || want.Rows != 3 {
		t.Errorf("%+v\n%+v", apartly, want)
	}
	c := lake.Comparison{A: a, B: b, Key: []string{"id"}, Examples: 10}
	difference, err := l.Compare(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := store.Compare(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(difference, wanted) || wanted.Changed != 1 || wanted.Added != 1 || wanted.Removed != 1 {
		t.Errorf("%+v\n%+v", difference, wanted)
	}
	if left, err := os.ReadDir(l.Folder); err != nil || len(left) != 0 {
		t.Error(left, err)
	}
	_, err = l.Portrait(ctx, lake.Source{Path: file(t, "a,b\n1,2,3\n"), Format: lake.CSV}, 2, lake.Limits{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), "line 2") {
		t.Error(err)
	}
	_, err = l.Compare(ctx, lake.Comparison{A: a, B: lake.Source{Path: "/nowhere", Format: lake.CSV}})
	if !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// TestAnEndWithoutAnAnswer is the file's fault, and not ours; one that takes too long is ended.
func TestAnEndWithoutAnAnswer(t *testing.T) {
	source := lake.Source{Path: file(t, "a\n1\n"), Format: lake.CSV}
	for _, word := range []string{"crash", "exit"} {
		_, err := ask(t, word).Portrait(context.Background(), source, 1, lake.Limits{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), source.Path) {
			t.Errorf("%s: %v", word, err)
		}
	}
	l := ask(t, "sleep")
	l.Time = time.Millisecond
	if _, err := l.Portrait(context.Background(), source, 1, lake.Limits{}); !fault.Is(err, fault.Limit) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("gone"))
	if _, err := ask(t, "sleep").Portrait(ctx, source, 1, lake.Limits{}); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Error(err)
	}
	_, err := ask(t, "answer").Portrait(context.Background(), lake.Source{Path: source.Path}, 1, lake.Limits{Rows: 1, Bytes: 1 << 20})
	if err != nil {
		t.Error(err)
	}
}

// TestWhoAsksIsGone: the program ends with the one that asked, whatever it is about.
func TestWhoAsksIsGone(t *testing.T) {
	ask(t, "answer")
	pipe := file(t, "")
	if err := errors.Join(os.Remove(pipe), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0], "answer")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// It waits for somebody who writes to the pipe.
	_, err = in.Write([]byte(`{"folder":"` + t.TempDir() + `","portrait":{"source":{"Path":"` + pipe + `"}}}`))
	if err = errors.Join(err, in.Close()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ended as if it had answered")
		}
	case <-time.After(time.Minute):
		_ = c.Process.Kill()
		t.Error("it goes on")
	}
}
