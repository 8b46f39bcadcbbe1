package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

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
