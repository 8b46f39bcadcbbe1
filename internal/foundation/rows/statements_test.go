package rows

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

func TestUnnumbered(t *testing.T) {
	t.Parallel()
	sqlite := newStatements(&sql.DB{})
	for text, want := range map[string]string{
		"SELECT 1":          "SELECT 1",
		"a = $1 AND b = $2": "a = ? AND b = ?",
		"VALUES ($1,$2),($3,$4),($5,$6),($7,$8),($9,$10)": "VALUES (?,?),(?,?),(?,?),(?,?),(?,?)",
		"a = $1 OR b = $1":       "a = $1 OR b = $1",
		"a = $2 AND b = $1":      "a = $2 AND b = $1",
		"a = $1 AND b = $3":      "a = $1 AND b = $3",
		"a = '$2' AND b = $1":    "a = '$2' AND b = ?",
		"a->>'$.x' = $1":         "a->>'$.x' = ?",
		`"$2" = $1`:              `"$2" = ?`,
		"a = '' || '''$1' || $1": "a = '' || '''$1' || ?",
		"a = $1 -- $2":           "a = $1 -- $2",
		"a = 'open $1":           "a = 'open $1",
		"a = $1 AND b = ?":       "a = $1 AND b = ?",
	} {
		if got := sqlite.unnumbered(text); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
	if got := newStatements(nil).unnumbered("a = $1"); got != "a = $1" {
		t.Errorf("on PostgreSQL it became %s", got)
	}
}

// TestStatementsPushOut: texts without end do not fill memory, what is used all
// the time stays, and what is pushed out while it is used does its work.
func TestStatementsPushOut(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := Open(ctx, filepath.Join(t.TempDir(), "tacit.db"), Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Spread: func(time.Duration) time.Duration { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const most = 32
	db.readers.most, db.writer.cache.most = most, most
	const hot = "SELECT $1 + 0"
	first := db.readers.prepared(ctx, hot)
	first.release()
	ask := func(r Reader, statement string, n int64) error {
		got, err := One(ctx, r, Column[int64], statement, n)
		if err == nil && got != n {
			err = fmt.Errorf("%s answers %d for %d", statement, got, n)
		}
		return err
	}
	var all errgroup.Group
	for worker := range int64(8) {
		all.Go(func() error {
			for i := range int64(100) {
				text := fmt.Sprintf("SELECT $1 + 0 AS c%d", worker*100+i)
				if err := errors.Join(ask(db.Read(), text, i), ask(db.Read(), hot, i)); err != nil {
					return err
				}
				if err := db.Write(ctx, func(tx *Tx) error { return errors.Join(ask(tx, text, i), ask(tx, hot, i)) }); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*statements{"readers": db.readers, "writer": db.writer.cache} {
		s.mu.Lock() // the writer prepares after it has answered
		if len(s.kept) != most || s.order.Len() != most || len(s.wanted) > maxWanted {
			t.Errorf("%s: %d kept, %d in order, %d wanted", name, len(s.kept), s.order.Len(), len(s.wanted))
		}
		if s.kept[hot] == nil {
			t.Errorf("%s: the statement used most was pushed out", name)
		}
		s.mu.Unlock()
	}
}

// TestAStatementThatIsHeldIsNotClosed holds one over its being pushed out.
func TestAStatementThatIsHeldIsNotClosed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "tacit.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	s := newStatements(db)
	s.most = 1
	held := s.prepared(ctx, "SELECT 1")
	s.prepared(ctx, "SELECT 2").release()
	answer, err := held.QueryContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	held.release()
	if !answer.Next() {
		t.Error("what ran when its statement was closed gave no answer")
	}
	_ = answer.Close()
	if _, err := held.QueryContext(ctx); err == nil {
		t.Error("a statement that was pushed out and let go is still open")
	}
}
