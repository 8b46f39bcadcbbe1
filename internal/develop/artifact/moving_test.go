package artifact

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// Until the files of a moved workspace are brought they are read, listed and
// deleted where they will be, pages included; what another workspace of the name
// stores later is none of them.
func TestFilesOnTheirWay(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, []rows.Schema{{Name: "artifact", Files: Room().Migrations}}, func(t *testing.T, db *rows.DB) {
		ctx := context.Background()
		store, err := disk.Open(t.TempDir(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		m := moving{store, db}
		put := func(key, text string) {
			t.Helper()
			if _, err := store.Put(ctx, root+key, strings.NewReader(text), blobs.Unknown); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 7 {
			put(fmt.Sprintf("team/3/r/%d", i), "old")
		}
		put("default/moved-1/3/r/2", "new")
		put("default/moved-1/3/r/9", "new")
		until := time.Now()
		err = db.Write(ctx, func(tx *rows.Tx) error {
			_, err := tx.Exec(ctx, insertMove, "default", "moved-1", "team", until.UnixMicro())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(until.Add(1100 * time.Millisecond))) // a file's time may be of a second's step
		put("team/3/r/later", "theirs")
		const at = root + "default/moved-1/3/r/"
		if err := m.Delete(ctx, at+"5"); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"0": "old", "2": "new", "9": "new", "5": "", "later": "", "none": ""} {
			r, info, err := m.Get(ctx, at+name, blobs.Range{})
			stat, statErr := m.Stat(ctx, at+name)
			if want == "" {
				if !fault.Is(err, fault.NotFound) || !fault.Is(statErr, fault.NotFound) {
					t.Errorf("%s: %v, %v", name, err, statErr)
				}
				continue
			}
			if err != nil || statErr != nil {
				t.Fatal(name, err, statErr)
			}
			text, err := io.ReadAll(r)
			_ = r.Close()
			if string(text) != want || err != nil || info.Key != at+name || stat.Key != at+name {
				t.Errorf("%s: %q of %s and %s, %v", name, text, info.Key, stat.Key, err)
			}
		}
		for _, limit := range []int{1, 2, 3, 100} {
			got, after := "", ""
			for {
				page, err := m.List(ctx, blobs.List{Prefix: at, Deep: true, After: after, Limit: limit})
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page {
					after = e.Key
					got += strings.TrimPrefix(e.Key, at)
				}
				if len(page) < limit {
					break
				}
			}
			if got != "0123469" {
				t.Errorf("listed by %d: %s", limit, got)
			}
		}
		if all, err := m.List(ctx, blobs.List{Prefix: root + "default/moved-1/"}); err != nil || len(all) != 1 || !all[0].Folder || all[0].Key != root+"default/moved-1/3/" {
			t.Errorf("the folder holds %+v, %v", all, err)
		}
	})
}

// bringing is a store in which a file is brought to its new place right after the
// first look at anything.
type bringing struct {
	blobs.Store
	bring func()
}

func (b *bringing) came() {
	if bring := b.bring; bring != nil {
		b.bring = nil
		bring()
	}
}

func (b *bringing) Stat(ctx context.Context, key string) (blobs.Info, error) {
	defer b.came()
	return b.Store.Stat(ctx, key)
}

func (b *bringing) Get(ctx context.Context, key string, part blobs.Range) (io.ReadCloser, blobs.Info, error) {
	defer b.came()
	return b.Store.Get(ctx, key, part)
}

func (b *bringing) List(ctx context.Context, l blobs.List) ([]blobs.Entry, error) {
	defer b.came()
	return b.Store.List(ctx, l)
}

// A file that comes while it is looked for is found: when it was brought between two
// looks, and when it was the last of its move.
func TestAFileComesBetweenTwoLooks(t *testing.T) {
	t.Parallel()
	looks := map[string]func(m moving, key string) error{
		"stat": func(m moving, key string) error {
			_, err := m.Stat(context.Background(), key)
			return err
		},
		"get": func(m moving, key string) error {
			r, _, err := m.Get(context.Background(), key, blobs.Range{})
			if err == nil {
				err = r.Close()
			}
			return err
		},
		"list": func(m moving, key string) error {
			all, err := m.List(context.Background(), blobs.List{Prefix: key[:strings.LastIndexByte(key, '/')+1]})
			if err == nil && len(all) != 1 {
				err = fmt.Errorf("listed %+v", all)
			}
			return err
		},
	}
	rowstest.Each(t, []rows.Schema{{Name: "artifact", Files: Room().Migrations}}, func(t *testing.T, db *rows.DB) {
		ctx := context.Background()
		write := func(statement string, args ...any) {
			t.Helper()
			err := db.Write(ctx, func(tx *rows.Tx) error {
				_, err := tx.Exec(ctx, statement, args...)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		for name, look := range looks {
			for _, last := range []bool{false, true} {
				store, err := disk.Open(t.TempDir(), rand.Reader)
				if err != nil {
					t.Fatal(err)
				}
				put := func(key string) {
					if _, err := store.Put(ctx, key, strings.NewReader("x"), 1); err != nil {
						t.Error(err)
					}
				}
				folder := fmt.Sprintf("moved-%s-%t", name, last)
				from, to := root+"team/r/f", root+"default/"+folder+"/r/f"
				put(from)
				write(insertMove, "default", folder, "team", time.Now().Add(time.Hour).UnixMicro())
				m := moving{&bringing{store, func() {
					put(to)
					if err := store.Delete(ctx, from); err != nil {
						t.Error(err)
					}
					if last {
						write(deleteMove, "default", folder)
					}
				}}, db}
				if err := look(m, to); err != nil {
					t.Errorf("%s, the last %t: %v", name, last, err)
				}
			}
		}
	})
}
