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
