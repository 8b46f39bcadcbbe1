package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
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
	"github.com/klauspost/compress/zstd"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
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

// TestOldBooleans: archives used to hold PostgreSQL's booleans as words.
func TestOldBooleans(t *testing.T) {
	t.Parallel()
	first, from := rowstest.SQLite(t, schemas()), rowstest.Postgres(t, schemas())
	fill(t, first, 10)
	want := dump(t, first)
	if _, err := restored(from, bytesIn(t), write(t, first, bytesIn(t))); err != nil {
		t.Fatal(err)
	}
	words := strings.NewReplacer(`"yes":1`, `"yes":true`, `"yes":0`, `"yes":false`)
	changed, size := sha256.New(), int64(0)
	archive := rewrite(t, write(t, from, bytesIn(t)), func(h *tar.Header, b []byte) (string, []byte) {
		var v any
		switch {
		case h.Name == headName:
			h := decode[head](t, b)
			for i := range h.Tables {
				for j, c := range h.Tables[i].Columns {
					if c.Name == "yes" {
						h.Tables[i].Columns[j].Kind = boolean
					}
				}
			}
			v = h
		case h.Name == tailName:
			m := decode[tail](t, b)
			m.Tables["things_all"] = sum{m.Tables["things_all"].Count, size, hex.EncodeToString(changed.Sum(nil))}
			v = m
		case strings.HasPrefix(h.Name, rowsName+"things_all/"):
			b = []byte(words.Replace(string(b)))
			changed.Write(b)
			size += int64(len(b))
			return h.Name, b
		default:
			return h.Name, b
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return h.Name, b
	})
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		if _, err := restored(db, bytesIn(t), archive); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, dump(t, db)); diff != "" {
			t.Errorf("restored (-want +got):\n%s", diff)
		}
	})
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

// TestSubscribersGoOnAfterRestore: who got two of three events before the backup
// gets the third and the new one after it, on either engine.
func TestSubscribersGoOnAfterRestore(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, from *rows.DB) {
		fill(t, from, 10)
		got := take(t, from, 2)
		archive := write(t, from, bytesIn(t))
		for _, to := range []*rows.DB{rowstest.SQLite(t, schemas()), rowstest.Postgres(t, schemas())} {
			if _, err := restored(to, bytesIn(t), archive); err != nil {
				t.Fatal(err)
			}
			ctx := caller.With(context.Background(), caller.Local("team"))
			err := to.Write(ctx, func(tx *rows.Tx) error {
				return events(to).Append(ctx, tx, event.Event{Verb: "things.thing.made", Subject: urn.New("thing", "new")})
			})
			if err != nil {
				t.Fatal(err)
			}
			after := take(t, to, 2)
			if diff := cmp.Diff([]int64{1, 2, 3, 4}, slices.Concat(got, after)); diff != "" {
				t.Errorf("%s to %s: positions (-want +got):\n%s", from.Dialect(), to.Dialect(), diff)
			}
		}
	})
}

// take has a subscriber get so many events and stop; it gives their positions.
func take(t *testing.T, db *rows.DB, many int) (positions []int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log := events(db)
	log.Subscribe("taker", func(_ context.Context, e event.Event) error {
		if len(positions) == many {
			return errors.New("enough")
		}
		if positions = append(positions, e.Position); len(positions) == many {
			cancel()
		}
		return nil
	})
	if err := log.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return positions
}

// TestEventsGoOnAfterRestore: positions rise from where they were, and a new
// subscriber gets the restored events before the new one.
func TestEventsGoOnAfterRestore(t *testing.T) {
	t.Parallel()
	from := rowstest.SQLite(t, schemas())
	fill(t, from, 1000)
	archive := write(t, from, bytesIn(t))
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		if _, err := restored(db, bytesIn(t), archive); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(caller.With(context.Background(), caller.Local("team")))
		defer cancel()
		log := events(db)
		var positions []int64
		log.Subscribe("test", func(_ context.Context, e event.Event) error {
			if positions = append(positions, e.Position); len(positions) == 4 {
				cancel()
			}
			return nil
		})
		err := db.Write(ctx, func(tx *rows.Tx) error {
			return log.Append(ctx, tx, event.Event{Verb: "things.thing.made", Subject: urn.New("thing", "new")})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{1, 2, 3, 4}, positions); diff != "" {
			t.Errorf("positions (-want +got):\n%s", diff)
		}
	})
}

func mustBeEmpty(t testing.TB, db *rows.DB, store blobs.Store) {
	t.Helper()
	for name, lines := range dump(t, db) {
		if len(lines) > 0 {
			t.Errorf("%d records stayed in %s", len(lines), name)
		}
	}
	left, err := store.List(context.Background(), blobs.List{Deep: true})
	if err != nil || len(left) > 0 {
		t.Errorf("bytes stayed: %v, %v", left, err)
	}
}

func TestDamagedArchivesLeaveNothing(t *testing.T) {
	t.Parallel()
	from, store := rowstest.SQLite(t, schemas()), bytesIn(t)
	fill(t, from, 1000)
	content := make([]byte, 300<<10)
	if _, err := io.ReadFull(draw.Reader(t), content); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"artifact/a", "artifact/b"} {
		if _, err := store.Put(context.Background(), key, bytes.NewReader(content), int64(len(content))); err != nil {
			t.Fatal(err)
		}
	}
	archive := write(t, from, store)
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		to := bytesIn(t)
		fails := func(name string, archive []byte, want fault.Kind) {
			t.Helper()
			if _, err := restored(db, to, archive); !fault.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			mustBeEmpty(t, db, to)
		}
		for _, part := range []int{0, 1, 100, len(archive) / 4, len(archive) - 200_000, len(archive) - 500, len(archive) - 4, len(archive) - 1} {
			fails("the first "+strconv.Itoa(part)+" bytes", archive[:part], fault.Invalid)
		}
		for _, at := range []int{len(archive) / 8, len(archive) - 250_000, len(archive) - 600, len(archive) - 2} {
			changed := bytes.Clone(archive)
			changed[at] ^= 1
			fails("a changed byte at "+strconv.Itoa(at), changed, fault.Invalid)
		}
		fails("bytes behind the end", append(bytes.Clone(archive), "more"...), fault.Invalid)
		for name, c := range tampered(t, archive) {
			fails(name, c.archive, c.want)
		}
		if _, err := restored(db, to, archive); err != nil {
			t.Fatalf("the whole archive after all that: %v", err)
		}
		if _, err := restored(db, bytesIn(t), archive); !fault.Is(err, fault.Conflict) {
			t.Errorf("into a store with records: %v, want a conflict", err)
		}
		if n := len(dump(t, db)["things_all"]); n != 1007 {
			t.Errorf("%d records after a refused restore, want 1007", n)
		}
	})
	full := rowstest.SQLite(t, schemas())
	if _, err := restored(full, store, archive); !fault.Is(err, fault.Conflict) {
		t.Errorf("into a store with bytes: %v, want a conflict", err)
	}
	if left, err := store.List(context.Background(), blobs.List{Deep: true}); err != nil || len(left) != 2 {
		t.Errorf("the refused restore left %v, %v", left, err)
	}
}

type tamperedArchive struct {
	archive []byte
	want    fault.Kind
}

// tampered are archives whose sums fit, and that must be refused all the same.
func tampered(t *testing.T, archive []byte) map[string]tamperedArchive {
	t.Helper()
	change := func(name string, change func(string) string) []byte {
		return rewrite(t, archive, func(h *tar.Header, b []byte) (string, []byte) {
			if h.Name == name {
				return h.Name, []byte(change(string(b)))
			}
			return h.Name, b
		})
	}
	replace := func(name, old, new string) []byte {
		return change(name, func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("%s does not hold %q", name, old)
			}
			return strings.Replace(s, old, new, 1)
		})
	}
	renamed := func(old, new string) []byte {
		return rewrite(t, archive, func(h *tar.Header, b []byte) (string, []byte) {
			if h.Name == old {
				return new, b
			}
			return h.Name, b
		})
	}
	return map[string]tamperedArchive{
		"a newer format":      {replace(headName, `"format": 1`, `"format": 2`), fault.Conflict},
		"a newer schema":      {replace(headName, `"version": 1`, `"version": 99`), fault.Conflict},
		"an unknown schema":   {replace(headName, `"name": "things"`, `"name": "later"`), fault.Conflict},
		"an unknown table":    {replace(headName, `"name": "things_none"`, `"name": "things_later"`), fault.Conflict},
		"a table twice":       {replace(headName, `"name": "things_none"`, `"name": "things_all"`), fault.Invalid},
		"an unknown column":   {replace(headName, `"name": "word"`, `"name": "later"`), fault.Conflict},
		"another kind":        {replace(headName, `"kind": "float"`, `"kind": "bytes"`), fault.Conflict},
		"one record more":     {change("rows/things_all/000002.jsonl", func(s string) string { return s + s[:strings.Index(s, "\n")+1] }), fault.Invalid},
		"one record less":     {change("rows/event_log/000001.jsonl", func(s string) string { return s[strings.Index(s, "\n")+1:] }), fault.Invalid},
		"a changed value":     {replace("rows/event_log/000001.jsonl", "things.thing.made", "things.thing.mode"), fault.Invalid},
		"a value less":        {replace("rows/event_log/000001.jsonl", `"position":1,`, ``), fault.Invalid},
		"no number":           {replace("rows/event_log/000001.jsonl", `"position":1,`, `"position":1.5,`), fault.Invalid},
		"a changed blob":      {change("blobs/artifact/a", func(s string) string { return "x" + s[1:] }), fault.Invalid},
		"a blob under .. ":    {renamed("blobs/artifact/a", "blobs/../a"), fault.Invalid},
		"an unknown file":     {renamed("blobs/artifact/a", "etc/passwd"), fault.Invalid},
		"a file left out":     {renamed("rows/things_all/000001.jsonl", "rows/things_all/000002.jsonl"), fault.Invalid},
		"rows of no table":    {renamed("rows/event_log/000001.jsonl", "rows/sqlite_master/000001.jsonl"), fault.Invalid},
		"no head":             {renamed(headName, "head.json"), fault.Invalid},
		"no manifest":         {renamed(tailName, "blobs/manifest.json"), fault.Invalid},
		"no end of the lines": {change("rows/event_log/000001.jsonl", func(s string) string { return strings.TrimSuffix(s, "\n") }), fault.Invalid},
	}
}

// rewrite makes an archive anew, each entry through change.
func rewrite(t testing.TB, archive []byte, change func(*tar.Header, []byte) (string, []byte)) []byte {
	t.Helper()
	plain, err := zstd.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	var out bytes.Buffer
	compressed, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	from, to := tar.NewReader(plain), tar.NewWriter(compressed)
	for {
		h, err := from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		name, b := change(h, b)
		if err := to.WriteHeader(&tar.Header{Name: name, Size: int64(len(b)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.Close(), compressed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestOlderSchema: an archive from before a column was added takes the
// column's default.
func TestOlderSchema(t *testing.T) {
	t.Parallel()
	from := rowstest.SQLite(t, schemas())
	fill(t, from, 1000)
	archive := write(t, from, bytesIn(t))
	files := fstest.MapFS{
		"sqlite/0002_more.sql":   {Data: []byte("-- +goose Up\nALTER TABLE things_all ADD COLUMN more TEXT NOT NULL DEFAULT 'none';")},
		"postgres/0002_more.sql": {Data: []byte("-- +goose Up\nALTER TABLE things_all ADD COLUMN more TEXT NOT NULL DEFAULT 'none';")},
	}
	for name, file := range things.Files.(fstest.MapFS) {
		files[name] = file
	}
	later := append(schemas()[:2], rows.Schema{Name: "things", Files: files})
	rowstest.Each(t, later, func(t *testing.T, db *rows.DB) {
		if _, err := Restore(context.Background(), db, later, bytesIn(t), bytes.NewReader(archive)); err != nil {
			t.Fatal(err)
		}
		n, err := rows.One(context.Background(), db.Read(), rows.Column[int64], `SELECT count(*) FROM things_all WHERE more = 'none'`)
		if err != nil || n != 1007 {
			t.Errorf("%d records with the default, %v", n, err)
		}
	})
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

func FuzzRestore(f *testing.F) {
	db := rowstest.SQLite(f, schemas())
	store := bytesIn(f)
	from := rowstest.SQLite(f, schemas())
	ctx := caller.With(context.Background(), caller.Local("team"))
	err := from.Write(ctx, func(tx *rows.Tx) error {
		return events(from).Append(ctx, tx, event.Event{Verb: "things.thing.made", Subject: urn.New("thing", "1")})
	})
	if err != nil {
		f.Fatal(err)
	}
	var names, bodies [][]byte
	rewrite(f, write(f, from, store), func(h *tar.Header, b []byte) (string, []byte) {
		names, bodies = append(names, []byte(h.Name)), append(bodies, b)
		return h.Name, b
	})
	f.Add(bodies[0], names[1], bodies[1], bodies[2])
	f.Add(bodies[0], []byte("blobs/a"), []byte("a"), bodies[2])
	f.Add([]byte(`{"format":1,"schemas":[{"name":"things","version":1}],"tables":[{"name":"things_all","columns":[{"name":"octets","kind":"bytes"}]}]}`),
		[]byte("rows/things_all/000001.jsonl"), []byte("{\"octets\":\"AA==\"}\n"), []byte(`{"tables":{}}`))
	f.Fuzz(func(t *testing.T, first, name, second, last []byte) {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		for _, e := range []struct {
			name string
			body []byte
		}{{headName, first}, {string(name), second}, {tailName, withSums(last, second)}} {
			if w.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.body)), Mode: 0o600}) != nil {
				return // tar has no such name
			}
			if _, err := w.Write(e.body); err != nil {
				return // the name is a folder's
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := restore(context.Background(), db, schemas(), store, &archive); err == nil {
			for _, table := range []string{"event_log", "event_cursor", "secret_key", "things_all", "things_none"} {
				if _, err := db.SQL().Exec("DELETE FROM " + table); err != nil {
					t.Fatal(err)
				}
			}
			for page := 1; page > 0; {
				entries, err := store.List(context.Background(), blobs.List{Deep: true})
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					_ = store.Delete(context.Background(), e.Key)
				}
				page = len(entries)
			}
		}
		mustBeEmpty(t, db, store)
	})
}

// withSums makes a manifest's digests those of b, so that the fuzzer comes past
// them.
func withSums(manifest, b []byte) []byte {
	var m tail
	if json.Unmarshal(manifest, &m) != nil {
		return manifest
	}
	digest := sha256.Sum256(b)
	for name, s := range m.Tables {
		if s.Count > 0 {
			s.Bytes, s.SHA256 = int64(len(b)), hex.EncodeToString(digest[:])
			m.Tables[name] = s
		}
	}
	changed, err := json.Marshal(m)
	if err != nil {
		return manifest
	}
	return changed
}
