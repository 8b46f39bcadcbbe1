package rows_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

const makeNotes = `CREATE TABLE full_note (id BIGINT PRIMARY KEY, text TEXT NOT NULL)`

// Many write while SQLite's file may not grow: who is told "done" is there,
// who is refused is not, and with room again writing goes on.
func TestNoSpaceOnSQLite(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), rowstest.SQLite(t, nil)
	if err := db.Write(ctx, func(tx *rows.Tx) error { _, err := tx.Exec(ctx, makeNotes); return err }); err != nil {
		t.Fatal(err)
	}
	bound(t, db, 100)
	insert := func(i int) error {
		return db.Write(ctx, func(tx *rows.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO full_note (id, text) VALUES ($1, $2)`, i, strings.Repeat("x", 5000))
			return err
		})
	}
	var (
		mu            sync.Mutex
		kept, refused = map[int]bool{}, 0
		writers       sync.WaitGroup
	)
	for w := range 8 {
		writers.Go(func() {
			for i := w * 100; i < w*100+40; i++ {
				err := insert(i)
				mu.Lock()
				switch {
				case err == nil:
					kept[i] = true
				case fault.Is(err, fault.Unavailable) && strings.Contains(fault.Sentence(err), "no space left") && fault.HintOf(err) != "":
					refused++
				default:
					t.Errorf("note %d: %v, want unavailable with a remedy", i, err)
				}
				mu.Unlock()
			}
		})
	}
	writers.Wait()
	if len(kept) == 0 || refused == 0 {
		t.Fatalf("%d kept, %d refused: the file was never full", len(kept), refused)
	}
	if err := db.Writable(ctx); err == nil {
		t.Error("the store says that it can be written")
	}
	bound(t, db, 1<<30)
	waitWritable(t, db)
	if err := insert(9999); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	kept[9999] = true
	there, err := rows.Collect(ctx, db.Read(), rows.Column[int64], `SELECT id FROM full_note`)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range there {
		if !kept[int(id)] {
			t.Errorf("note %d was refused and is there", id)
		}
		delete(kept, int(id))
	}
	if len(kept) > 0 {
		t.Errorf("acknowledged and not there: %v", kept)
	}
}

func bound(t *testing.T, db *rows.DB, pages int) {
	t.Helper()
	if _, err := db.SQL().Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
}

func waitWritable(t *testing.T, db *rows.DB) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		err := db.Writable(context.Background())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the store never could be written again: %v", err)
		}
	}
}

// PostgreSQL itself gives the codes of a full and of a failing disk here.
func TestNoSpaceOnPostgres(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), rowstest.Postgres(t, nil)
	for code, sentence := range map[string]string{
		"53100": "There is no space left in the store of records.",
		"58030": "The disk under the store of records cannot be written.",
		"57P01": "The store of records does not answer now.",
	} {
		err := db.Write(ctx, func(tx *rows.Tx) error {
			_, err := tx.Exec(ctx, `DO $$ BEGIN RAISE EXCEPTION 'as the disk would' USING ERRCODE = '`+code+`'; END $$`)
			return fmt.Errorf("insert: %w", err)
		})
		if !fault.Is(err, fault.Unavailable) || fault.Sentence(err) != sentence || fault.HintOf(err) == "" {
			t.Errorf("%s: %v, hint %q; want unavailable: %s", code, err, fault.HintOf(err), sentence)
		}
	}
	waitWritable(t, db)
	left, err := rows.Collect(ctx, db.Read(), rows.Column[string], `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()`)
	if err != nil || len(left) != 0 {
		t.Errorf("the probe left %v, %v", left, err)
	}
}

// Who loses against others each time is told so, with a remedy, and has changed
// nothing. PostgreSQL itself gives the codes here.
func TestOthersAreFasterEachTime(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			ctx, db := t.Context(), rowstest.Postgres(t, accounts(1))
			tries := 0
			err := db.Write(ctx, func(tx *rows.Tx) error {
				tries++
				if _, err := tx.Exec(ctx, insert, "lost", 1); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, `DO $$ BEGIN RAISE EXCEPTION 'as another would' USING ERRCODE = '`+code+`'; END $$`)
				return fmt.Errorf("insert: %w", err)
			})
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Sentence(err), "Others write to the same things") || !strings.Contains(fault.HintOf(err), "repeat the request") || tries < 2 {
				t.Errorf("after %d tries: %v, %q, hint %q; want unavailable with a remedy", tries, err, fault.Sentence(err), fault.HintOf(err))
			}
			if n := number(t, db.Read(), count); n != 0 {
				t.Errorf("%d rows, want none", n)
			}
			if err := db.Writable(ctx); err != nil {
				t.Errorf("the store says that it cannot be written: %v", err)
			}
		})
	}
}

// A start proves that records can be written, and takes away what a probe left
// that was broken off.
func TestProve(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, nil, func(t *testing.T, db *rows.DB) {
		ctx := t.Context()
		if db.Dialect() == rows.SQLite { // PostgreSQL's probe is one transaction
			if _, err := db.SQL().Exec(`CREATE TABLE rows_probe (filler BLOB)`); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Prove(ctx); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(ctx, func(tx *rows.Tx) error {
			_, err := tx.Exec(ctx, `CREATE TABLE rows_probe (filler text)`) // there is none
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	db := rowstest.SQLite(t, nil)
	bound(t, db, 1)
	if err := db.Prove(t.Context()); !writable.Is(err) || fault.HintOf(err) == "" {
		t.Errorf("on a full disk: %v, hint %q", err, fault.HintOf(err))
	}
}
