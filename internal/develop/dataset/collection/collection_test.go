package collection_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/collection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

func file(content string) object.ID { return object.ID{Sum: md5.Sum([]byte(content))} }

func filled(t *testing.T, folder string, contents ...string) *cache.Cache {
	t.Helper()
	c := cache.New(folder, object.Current, draw.Reader(t))
	for _, content := range contents {
		datasettest.Must(t, c.PutBytes(file(content), []byte(content)))
		datasettest.Must(t, c.PutBytes(object.ID{Sum: file(content).Sum, Dir: true}, []byte(content)))
	}
	return c
}

// TestCacheAndBack: what is used stays, the rest goes to the trash and comes back as it was.
func TestCacheAndBack(t *testing.T) {
	ctx, now := context.Background(), time.Now()
	c := filled(t, t.TempDir(), "a", "bb", "ccc")
	used := map[object.ID]bool{file("a"): true, {Sum: file("bb").Sum, Dir: true}: true}
	before := datasettest.Tree(t, c.Folder())
	dry, err := collection.Cache(ctx, c, used, collection.How{Now: now, Dry: func(string) {}})
	if err != nil || dry != (collection.Removed{Objects: 4, Bytes: 1 + 2 + 3 + 3}) {
		t.Fatal(dry, err)
	}
	if after := datasettest.Tree(t, c.Folder()); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("a dry collection changed something")
	}
	if r, err := collection.Cache(ctx, c, used, collection.How{Now: now}); err != nil || r != dry {
		t.Fatal(r, err)
	}
	if missing, err := c.Missing(ctx, []object.ID{file("a"), file("bb"), file("ccc"), {Sum: file("bb").Sum, Dir: true}}); err != nil || len(missing) != 2 {
		t.Error(missing, err)
	}
	datasettest.Must(t, c.PutBytes(file("ccc"), []byte("ccc"))) // added again meanwhile
	if n, err := collection.Undo(ctx, c.Folder()); err != nil || n != 4 {
		t.Error(n, err)
	}
	if after := datasettest.Tree(t, c.Folder()); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("not as it was:\n%v\n%v", after, before)
	}
	if n, err := collection.Undo(ctx, c.Folder()); err != nil || n != 0 {
		t.Error("nothing is left to bring back:", n, err)
	}
}

// TestTheTrashForgets what lies in it for too long.
func TestTheTrashForgets(t *testing.T) {
	ctx, now := context.Background(), time.Now()
	c := filled(t, t.TempDir(), "a")
	for i, at := range []time.Time{now, now.Add(collection.Kept + time.Second)} {
		datasettest.Must(t, c.PutBytes(file(fmt.Sprint(i)), []byte(fmt.Sprint(i))))
		if _, err := collection.Cache(ctx, c, nil, collection.How{Now: at}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := collection.Undo(ctx, c.Folder()); err != nil || n != 1 {
		t.Error(n, err)
	}
	if n, err := collection.Undo(ctx, c.Folder()); err != nil || n != 0 {
		t.Error("older than a week:", n, err)
	}
}

// TestRemote: what came within the last day stays, whatever uses it here.
func TestRemote(t *testing.T) {
	ctx, now := context.Background(), time.Now()
	folder := t.TempDir()
	c := filled(t, folder, "used", "old", "fresh")
	datasettest.Must(t, os.Chtimes(c.Path(file("old")), now, now.Add(-collection.Fresh-time.Minute)))
	config, err := dvcconfig.Load("/", dvcconfig.Source{Level: dvcconfig.Repo, Path: "/r/.dvc/config", Content: []byte("['remote \"r\"']\nurl = " + folder + "\n")})
	datasettest.Must(t, err)
	options, err := config.Remote("r")
	datasettest.Must(t, err)
	r, err := remote.Open(ctx, "r", options, remote.Surroundings{Random: draw.Reader(t)})
	datasettest.Must(t, err)
	got, err := collection.Remote(ctx, r.Side(object.Current), map[object.ID]bool{file("used"): true}, collection.How{Now: now})
	if err != nil || got != (collection.Removed{Objects: 1, Bytes: 3, Fresh: 4}) {
		t.Error(got, err)
	}
	if missing, err := r.Side(object.Current).Missing(ctx, []object.ID{file("used"), file("old"), file("fresh")}); err != nil || len(missing) != 1 || missing[0] != file("old") {
		t.Error(missing, err)
	}
	if n, err := collection.Undo(ctx, folder); err != nil || n != 1 {
		t.Error(n, err)
	}
	if _, err := os.Stat(filepath.Join(folder, file("old").Path(object.Current))); err != nil {
		t.Error(err)
	}
}
