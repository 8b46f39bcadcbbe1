package dataset

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// brokenLog is a log of events that fails.
type brokenLog struct{ err error }

func (b brokenLog) Append(context.Context, *rows.Tx, event.Event) error { return b.err }

// TestSweep: bytes that no record names go when they are old, whatever else lies
// there stays, also what another workspace has now.
func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		l.push("r", file("one"), "one")
		l.pushFolder("r", map[string]string{"a": "in a folder"})
		for _, contents := range [][]string{{"packed", "together"}, {"packed alone"}} {
			if _, err := l.PushPack(l.ctx, "r", packed(t, false, contents...)); err != nil {
				t.Fatal(err)
			}
		}
		for _, at := range []string{"runs/x/y", packPath, "dots.in/it.s.name"} {
			if _, err := l.Put(l.ctx, "r", at, strings.NewReader(at)); err != nil {
				t.Fatal(err)
			}
		}
		moved := *l
		moved.ctx = in("before")
		moved.push("m", file("moved"), "moved")
		if err := l.DB.Write(l.ctx, func(tx *rows.Tx) error { return l.Move(moved.ctx, tx, &room.Move{From: "before", To: "after"}) }); err != nil {
			t.Fatal(err)
		}
		named := l.stored()

		events := l.Events
		l.Service.Events = brokenLog{errors.New("the connection was lost")}
		_, err := l.Push(l.ctx, "unheard", file("left").Path(object.Current), strings.NewReader("left"))
		if err == nil || len(l.stored()) != len(named)+1 {
			t.Fatalf("bytes whose record may be there are deleted: %v, %v", err, l.stored())
		}
		l.Service.Events = brokenLog{fault.New(fault.Conflict, "no")}
		if _, err := l.Push(l.ctx, "unheard", file("refused").Path(object.Current), strings.NewReader("refused")); err == nil || len(l.stored()) != len(named)+1 {
			t.Fatalf("bytes that were refused stay: %v, %v", err, l.stored())
		}
		l.Service.Events = events
		l.now = time.Now()
		half := strings.Repeat("half", worthKeeping/4)
		if _, err := l.Resume(l.ctx, "r", file("whole"), 0, io.MultiReader(strings.NewReader(half), iotest.ErrReader(io.ErrUnexpectedEOF))); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}

		sweep := func() []string {
			t.Helper()
			if err := l.WorkSweep(l.ctx, jobs.Work{Progress: func(context.Context, int64, int64, string) error { return nil }}); err != nil {
				t.Fatal(err)
			}
			return l.stored()
		}
		l.now = time.Now().Add(unrecorded - time.Hour)
		if left := sweep(); len(left) != len(named)+2 {
			t.Errorf("what is young went: %v", left)
		}
		if b, err := l.Begun(l.ctx, "r", file("whole")); b.Bytes != worthKeeping || err != nil {
			t.Error(b, err)
		}
		l.now = time.Now().Add(unrecorded + time.Hour)
		if left := sweep(); !slices.Equal(left, named) || l.told("dataset.blobs.cleared") != 1 {
			t.Errorf("left are %v, want %v; told %d times", left, named, l.told("dataset.blobs.cleared"))
		}
		if b, err := l.Begun(l.ctx, "r", file("whole")); b.Bytes != 0 || err != nil {
			t.Error(b, err)
		}
		if got, err := l.read(in("after"), "m", file("moved")); got != "moved" || err != nil {
			t.Error(got, err)
		}
	})
}

// TestAWrongRestLeavesNothing: what does not fit the bytes before it is deleted with the
// answer, not by the sweep.
func TestAWrongRestLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		half := strings.Repeat("half", worthKeeping/4)
		if _, err := l.Resume(l.ctx, "r", file("whole"), 0, io.MultiReader(strings.NewReader(half), iotest.ErrReader(io.ErrUnexpectedEOF))); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		begun := l.stored()
		if _, err := l.Resume(l.ctx, "r", file("whole"), worthKeeping, strings.NewReader("of another")); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
		// The bytes before are deleted by the job that was asked for.
		if left := l.stored(); !slices.Equal(left, begun) || len(l.asked) != 1 {
			t.Errorf("left are %v, %d jobs", left, len(l.asked))
		}
	})
}
