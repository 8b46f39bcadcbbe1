package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

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
