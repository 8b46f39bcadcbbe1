package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// things is a schema with a column of every type.
var things = rows.Schema{Name: "things", Files: fstest.MapFS{
	"sqlite/0001_all.sql": {Data: []byte(`-- +goose Up
CREATE TABLE things_all (
    workspace TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    small     INT,
    "select"  REAL,
    word      TEXT,
    octets    BLOB,
    yes       INTEGER,
    document  TEXT,
    half      INTEGER GENERATED ALWAYS AS (number / 2) STORED,
    PRIMARY KEY (workspace, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE things_none (id TEXT NOT NULL PRIMARY KEY) STRICT;`)},
	"postgres/0001_all.sql": {Data: []byte(`-- +goose Up
CREATE TABLE things_all (
    workspace TEXT     COLLATE "C" NOT NULL,
    number    BIGINT   NOT NULL,
    small     SMALLINT,
    "select"  DOUBLE PRECISION,
    word      VARCHAR(1000),
    octets    BYTEA,
    yes       BOOLEAN,
    document  JSONB,
    half      BIGINT GENERATED ALWAYS AS (number / 2) STORED,
    PRIMARY KEY (workspace, number)
);
CREATE TABLE things_none (id TEXT NOT NULL PRIMARY KEY);`)},
}}

func schemas() []rows.Schema {
	return []rows.Schema{event.Schema(), secret.Schema(), things}
}

const insertThing = `INSERT INTO things_all (workspace, number, small, "select", word, octets, yes, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// fill writes events, a key, records of every value that matters, and many more.
func fill(t testing.TB, db *rows.DB, many int) {
	t.Helper()
	ctx := caller.With(context.Background(), caller.Local("team"))
	log := events(db)
	err := db.Write(ctx, func(tx *rows.Tx) error {
		for i := range 3 {
			e := event.Event{Verb: "things.thing.made", Subject: urn.New("thing", strconv.Itoa(i)), Data: map[string]int{"n": i}}
			if err := log.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		for i, v := range [][]any{
			{"a", int64(math.MaxInt64), int64(math.MaxInt16), 0.1, `quo"te \ <b> & ü 😀` + "\n\t", []byte{0, 255}, true, `{"a": [1, 2]}`},
			{"a", int64(math.MinInt64), int64(math.MinInt16), math.MaxFloat64, "", []byte{}, false, `null`},
			{"b", int64(9007199254740993), int64(0), math.Copysign(0, -1), " ", nil, nil, nil},
			{"b", int64(1), nil, nil, nil, bytes.Repeat([]byte{7}, 5<<20), nil, nil},
			{"c", int64(0), nil, math.Inf(1), nil, nil, nil, nil},
			{"c", int64(-1), nil, math.Inf(-1), nil, nil, nil, nil},
			{"c", int64(2), nil, math.SmallestNonzeroFloat64, nil, nil, nil, nil},
		} {
			if _, err := tx.Exec(ctx, insertThing, v...); err != nil {
				return errors.Join(errors.New("thing "+strconv.Itoa(i)), err)
			}
		}
		for i := range many {
			if _, err := tx.Exec(ctx, insertThing, "many", int64(i), nil, float64(i)/3, strconv.Itoa(i), nil, i%2 == 0, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Open(ctx, secret.Config{DB: db, Now: time.Now, Random: rand.Reader, File: t.TempDir() + "/master.key", Make: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Key(ctx, "page"); err != nil {
		t.Fatal(err)
	}
}

func events(db *rows.DB) *event.Log {
	return event.NewLog(db, id.NewSource(time.Now, rand.Reader), time.Now, slog.New(slog.DiscardHandler))
}

func bytesIn(t testing.TB) *disk.Store {
	t.Helper()
	store, err := disk.Open(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func write(t testing.TB, db *rows.DB, store blobs.Store) []byte {
	t.Helper()
	var archive bytes.Buffer
	_, err := Write(context.Background(), db, schemas(), store, &archive, Options{Version: "1.2.3", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func restored(db *rows.DB, store blobs.Store, archive []byte) (Summary, error) {
	return Restore(context.Background(), db, schemas(), store, bytes.NewReader(archive))
}

// dump is every record as a line, in order.
func dump(t testing.TB, db *rows.DB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := db.Snapshot(context.Background(), func(r rows.Reader) error {
		found, err := tables(context.Background(), r, db.Dialect(), schemas())
		for _, t := range found {
			w := &tableWriter{archiver: &archiver{tar: tar.NewWriter(io.Discard)}, name: t.name, digest: sha256.New()}
			all[t.name] = []string{}
			lines, err := rows.Collect(context.Background(), r, func(s rows.Scanner) (string, error) {
				values, targets := make([]any, len(t.columns)), make([]any, len(t.columns))
				for i := range values {
					targets[i] = &values[i]
				}
				if err := s.Scan(targets...); err != nil {
					return "", err
				}
				w.lines = w.lines[:0]
				if err := w.record(t, values); err != nil {
					return "", err
				}
				return string(w.lines), nil
			}, selection(t))
			if err != nil {
				return err
			}
			slices.Sort(lines)
			all[t.name] = append(all[t.name], lines...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	first, second, third := rowstest.SQLite(t, schemas()), rowstest.Postgres(t, schemas()), rowstest.SQLite(t, schemas())
	fill(t, first, 9000)
	one, two, three := bytesIn(t), bytesIn(t), bytesIn(t)
	contents := map[string][]byte{
		"artifact/team/model.pkl":                              bytes.Repeat([]byte("model"), 1<<18),
		"artifact/team/empty":                                  {},
		"artifact/team/ü ?*" + strings.Repeat("/long", 90):     []byte("x"),
		"artifact/team/" + strings.Repeat("n", 200) + ".jsonl": []byte("y"),
	}
	for key, b := range contents {
		if _, err := one.Put(context.Background(), key, bytes.NewReader(b), int64(len(b))); err != nil {
			t.Fatal(err)
		}
	}
	want := dump(t, first)
	if len(want["things_all"]) != 9007 || len(want["event_log"]) != 3 || len(want["secret_key"]) != 1 {
		t.Fatalf("the store has %d things, %d events, %d keys", len(want["things_all"]), len(want["event_log"]), len(want["secret_key"]))
	}
	if !strings.Contains(strings.Join(want["things_all"], ""), `"octets":"","yes":0`) {
		t.Error("empty bytes are not told from none")
	}
	s, err := restored(second, two, write(t, first, one))
	if err != nil {
		t.Fatal(err)
	}
	if s.Records != 9011 || s.Blobs != 4 || s.Version != "1.2.3" || s.Engine != "sqlite" || len(s.LeftOut) != 1 {
		t.Errorf("summary %+v", s)
	}
	if diff := cmp.Diff(want, dump(t, second)); diff != "" {
		t.Errorf("SQLite to PostgreSQL (-want +got):\n%s", diff)
	}
	if s, err = restored(third, three, write(t, second, two)); err != nil || s.Engine != "postgres" {
		t.Fatalf("%+v, %v", s, err)
	}
	if diff := cmp.Diff(want, dump(t, third)); diff != "" {
		t.Errorf("SQLite to PostgreSQL to SQLite (-want +got):\n%s", diff)
	}
	for key, b := range contents {
		content, _, err := three.Get(context.Background(), key, blobs.Range{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(content)
		_ = content.Close()
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s: %d bytes, %v, want %d", key, len(got), err, len(b))
		}
	}
}

func decode[T any](t testing.TB, b []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestArchivesAreOfOneForm: archives of equal stores are equal table by table,
// whichever the engine.
func TestArchivesAreOfOneForm(t *testing.T) {
	t.Parallel()
	first, second := rowstest.SQLite(t, schemas()), rowstest.Postgres(t, schemas())
	fill(t, first, 500)
	take(t, first, 2)
	fromSQLite := write(t, first, bytesIn(t))
	if _, err := restored(second, bytesIn(t), fromSQLite); err != nil {
		t.Fatal(err)
	}
	want, got := tablesIn(t, fromSQLite), tablesIn(t, write(t, second, bytesIn(t)))
	if len(want["things_all"]) != 508 || !strings.Contains(strings.Join(want["things_all"], ""), `"yes":1`) || len(want["event_cursor"]) != 2 {
		t.Fatalf("the archive has %d things and %d cursors", len(want["things_all"])-1, len(want["event_cursor"])-1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SQLite and PostgreSQL (-want +got):\n%s", diff)
	}
}

// tablesIn is an archive's tables: the layout, and the records in order.
func tablesIn(t testing.TB, archive []byte) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	rewrite(t, archive, func(h *tar.Header, b []byte) (string, []byte) {
		name, isRows := strings.CutPrefix(h.Name, rowsName)
		switch {
		case h.Name == headName:
			for _, l := range decode[head](t, b).Tables {
				all[l.Name] = []string{fmt.Sprint(l)}
			}
		case isRows:
			name, _, _ = strings.Cut(name, "/")
			all[name] = append(all[name], strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")...)
		}
		return h.Name, b
	})
	for _, lines := range all {
		slices.Sort(lines[1:])
	}
	return all
}

// TestBesideAWriter backs up a file that another store writes to.
func TestBesideAWriter(t *testing.T) {
	t.Parallel()
	db, store := rowstest.SQLite(t, schemas()), bytesIn(t)
	fill(t, db, 1000)
	ctx := context.Background()
	beside, err := rows.Open(ctx, db.Path(), rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	if err := beside.Write(ctx, func(*rows.Tx) error { return nil }); err == nil {
		t.Error("a store opened to be read took a write")
	}
	stop, wrote := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := int64(0); ; i++ {
			select {
			case <-stop:
				wrote <- nil
				return
			default:
			}
			// Two records in one transaction: no archive may hold one alone.
			err := db.Write(ctx, func(tx *rows.Tx) error {
				if _, err := tx.Exec(ctx, insertThing, "left", i, nil, nil, nil, nil, nil, nil); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, insertThing, "right", i, nil, nil, nil, nil, nil, nil)
				return err
			})
			if err != nil {
				wrote <- err
				return
			}
		}
	}()
	var archives [][]byte
	for range 5 {
		archives = append(archives, write(t, beside, store))
	}
	close(stop)
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	for _, archive := range archives {
		to := rowstest.SQLite(t, schemas())
		if _, err := restored(to, bytesIn(t), archive); err != nil {
			t.Fatal(err)
		}
		const odd = `SELECT count(*) FROM things_all a WHERE workspace IN ('left', 'right') AND NOT EXISTS
(SELECT 1 FROM things_all b WHERE b.number = a.number AND b.workspace <> a.workspace AND b.workspace IN ('left', 'right'))`
		if n, err := rows.One(ctx, to.Read(), rows.Column[int64], odd); err != nil || n != 0 {
			t.Errorf("%d records without their twin, %v", n, err)
		}
	}
}

// TestLeftOut: a schema names the tables that stay out, and the head says so.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	create := "-- +goose Up\nCREATE TABLE scratch_kept (n INTEGER NOT NULL);\nCREATE TABLE scratch_pad (n INTEGER NOT NULL);\nINSERT INTO scratch_kept VALUES (1);\nINSERT INTO scratch_pad VALUES (2);"
	scratch := rows.Schema{
		Name:    "scratch",
		Files:   fstest.MapFS{"sqlite/0001_scratch.sql": {Data: []byte(create)}, "postgres/0001_scratch.sql": {Data: []byte(create)}},
		LeftOut: []rows.LeftOut{{Tables: []string{"scratch_pad"}, What: "the pad", Why: "nobody reads it again"}},
	}
	rowstest.Each(t, []rows.Schema{scratch}, func(t *testing.T, db *rows.DB) {
		var archive bytes.Buffer
		s, err := Write(t.Context(), db, []rows.Schema{scratch}, nil, &archive, Options{NoBlobs: true, Now: time.Now})
		if err != nil || s.Tables != 1 || s.Records != 1 {
			t.Fatalf("%+v, %v, want the one record that is kept", s, err)
		}
		if !slices.Contains(s.LeftOut, LeftOut{"the pad", "nobody reads it again"}) {
			t.Errorf("left out %v: the pad is not among it", s.LeftOut)
		}
	})
}

func TestNoBlobs(t *testing.T) {
	t.Parallel()
	db, store := rowstest.SQLite(t, schemas()), bytesIn(t)
	if _, err := store.Put(context.Background(), "artifact/a", strings.NewReader("a"), 1); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	s, err := Write(context.Background(), db, schemas(), nil, &archive, Options{NoBlobs: true, Now: time.Now})
	if err != nil || s.Blobs != 0 || len(s.LeftOut) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := restored(rowstest.SQLite(t, schemas()), store, archive.Bytes()); err != nil {
		t.Errorf("records beside bytes that are there: %v", err)
	}
}
