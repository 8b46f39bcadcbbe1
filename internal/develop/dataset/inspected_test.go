package dataset

import (
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// TestInspected: of each remote what the last inspection found is known, and goes where the remote goes.
func TestInspected(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		if err := l.NoteInspection(l.ctx, "r", inspection.Outcome{}); !fault.Is(err, fault.NotFound) {
			t.Error("a remote that is not there: ", err)
		}
		l.push("r", file("1"), "1")
		l.push("s", file("1"), "1")
		if i, err := l.Inspected(l.ctx, "r"); i != nil || err != nil {
			t.Error(i, err)
		}
		if err := l.NoteInspection(l.ctx, "r", inspection.Outcome{Lost: -1}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		last := inspection.Outcome{Objects: 7, Lost: 1, Unsent: 2, Mended: 3}
		for _, o := range []inspection.Outcome{{Objects: 5}, last} {
			l.now = l.now.Add(time.Second)
			if err := l.NoteInspection(l.ctx, "r", o); err != nil {
				t.Fatal(err)
			}
		}
		i, err := l.Inspected(l.ctx, "r")
		if err != nil || i.Outcome != last || !i.Told.Equal(l.now) || i.Actor == "" || i.Problems() != 3 {
			t.Errorf("%+v %v", i, err)
		}
		if n := l.told("dataset.remote.inspected"); n != 2 {
			t.Errorf("%d inspections were told of", n)
		}
		if i, err := l.Inspected(l.ctx, "s"); i != nil || err != nil {
			t.Error("another remote: ", i, err)
		}
		write := func(do func(tx *rows.Tx) error) {
			t.Helper()
			if err := l.DB.Write(l.ctx, do); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *rows.Tx) error { return l.Move(l.ctx, tx, &room.Move{From: "default", To: "team"}) })
		if i, err := l.Inspected(in("team"), "r"); err != nil || i == nil || i.Outcome != last {
			t.Error("moved: ", i, err)
		}
		if i, err := l.Inspected(l.ctx, "r"); i != nil || err != nil {
			t.Error("left behind: ", i, err)
		}
		write(func(tx *rows.Tx) error { return l.Empty(in("team"), tx) })
		if i, err := l.Inspected(in("team"), "r"); i != nil || err != nil {
			t.Error("emptied: ", i, err)
		}
	})
}
