package sharing_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// copy is a working copy, of git too, with a remote in a folder beside it.
type copy struct {
	t        *testing.T
	root     string
	fileRoot string // of the file system, where a test has one of its own
}

func open(t *testing.T) *copy {
	t.Helper()
	c := &copy{t: t, root: filepath.Join(t.TempDir(), "repository")}
	c.write(".dvc/config", "[core]\n    remote = near\n['remote \"near\"']\n    url = ../../near\n['remote \"other\"']\n    url = ../../other\n")
	c.write(".dvc/.gitignore", "/tmp\n/cache\n")
	datasettest.Git(t, c.root, "init", "-q")
	return c
}

func (c *copy) write(path, content string) {
	c.t.Helper()
	datasettest.Write(c.t, filepath.Join(c.root, filepath.FromSlash(path)), content)
}

func (c *copy) remote(name string) string { return filepath.Join(filepath.Dir(c.root), name) }

// sharing opens the working copy as it is now.
func (c *copy) sharing() *sharing.Config {
	c.t.Helper()
	env := repository.Environment{Getenv: func(name string) string {
		return map[string]string{"DVC_SYSTEM_CONFIG_DIR": "/absent", "DVC_GLOBAL_CONFIG_DIR": "/absent"}[name]
	}, Home: "/absent", Chance: draw.Reader(c.t), Now: time.Now}
	r, err := repository.Open(c.root, env)
	if err != nil {
		c.t.Fatal(err)
	}
	return &sharing.Config{Repo: r, FileRoot: c.fileRoot, Warn: func(text string) { c.t.Log(text) }, Open: func(ctx context.Context, name string) (*remote.Remote, error) {
		options, err := r.Config().Remote(name)
		if err != nil {
			return nil, err
		}
		return remote.Open(ctx, name, options, remote.Surroundings{Random: draw.Reader(c.t)})
	}}
}

func (c *copy) cache(layout object.Layout) *cache.Cache {
	return cache.New(filepath.Join(c.root, ".dvc", "cache"), layout, draw.Reader(c.t))
}

func file(content string) object.ID { return object.ID{Sum: md5.Sum([]byte(content))} }

// track has a folder of files in the cache, and its .dvc file, with some lines more.
func (c *copy) track(name string, files map[string]string, more ...string) object.ID {
	c.t.Helper()
	var text []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		text = append(text, fmt.Sprintf(`{"md5": "%s", "relpath": "%s"}`, file(files[path]), path))
		datasettest.Must(c.t, c.cache(object.Current).PutBytes(file(files[path]), []byte(files[path])))
	}
	listing := "[" + strings.Join(text, ", ") + "]"
	id := object.ID{Sum: md5.Sum([]byte(listing)), Dir: true}
	datasettest.Must(c.t, c.cache(object.Current).PutBytes(id, []byte(listing)))
	c.write(name+".dvc", fmt.Sprintf("outs:\n- md5: %s\n  size: 1\n  nfiles: %d\n  hash: md5\n  path: %s\n%s", id, len(files), filepath.Base(name), strings.Join(more, "")))
	return id
}

func (c *copy) push(q sharing.Request) *sharing.Result {
	c.t.Helper()
	q.Cwd = c.root
	r, err := c.sharing().Push(context.Background(), q)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *copy) fetch(q sharing.Request) *sharing.Result {
	c.t.Helper()
	q.Cwd = c.root
	r, err := c.sharing().Fetch(context.Background(), q)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *copy) status(q sharing.Request) string {
	c.t.Helper()
	q.Cwd = c.root
	all, err := c.sharing().Status(context.Background(), q)
	if err != nil {
		c.t.Fatal(err)
	}
	var said []string
	for _, d := range all {
		said = append(said, string(d.State)+" "+d.Name)
	}
	return strings.Join(said, ", ")
}

// forget empties the cache.
func (c *copy) forget() {
	c.t.Helper()
	datasettest.Must(c.t, os.RemoveAll(filepath.Join(c.root, ".dvc", "cache")))
}

var data = map[string]string{"sub/1": "1", "sub/2": "2", "rest": "rest"}

// TestAPartAndThenTheRest: after a push of a part, a push sends the rest; dvc says that everything is up to date, and
// the next clone cannot pull.
func TestAPartAndThenTheRest(t *testing.T) {
	c := open(t)
	listing := c.track("data", data)
	if r := c.push(sharing.Request{Targets: []string{"data/sub"}}); r.Objects != 2 || len(r.Failed) > 0 {
		t.Fatal(r)
	}
	if _, err := os.Stat(filepath.Join(c.remote("near"), listing.Path(object.Current))); err == nil {
		t.Error("the listing is in the remote without all its files")
	}
	if got := c.status(sharing.Request{}); got != "new data, new data/rest" {
		t.Error(got)
	}
	if r := c.push(sharing.Request{}); r.Objects != 2 || len(r.Failed) > 0 {
		t.Error(r)
	}
	if got := c.status(sharing.Request{}); got != "" {
		t.Error(got)
	}
	c.forget()
	if got := c.status(sharing.Request{}); got != "deleted data, deleted data/rest, deleted data/sub/1, deleted data/sub/2" {
		t.Error(got)
	}
	if r := c.fetch(sharing.Request{Targets: []string{"data/sub"}}); r.Objects != 3 || len(r.Failed) > 0 {
		t.Error(r)
	}
	if r := c.fetch(sharing.Request{}); r.Objects != 1 || len(r.Failed) > 0 { // the listing came with the part
		t.Error(r)
	}
	// What another program left: the listing, and not all of its files.
	datasettest.Must(t, os.Remove(filepath.Join(c.remote("near"), file("rest").Path(object.Current))))
	if r := c.push(sharing.Request{}); r.Objects != 1 || len(r.Failed) > 0 {
		t.Error("a listing in the remote was taken for a proof of its files:", r)
	}
}

// TestRevisions: what older commits have goes to the remote that the settings name now; dvc takes a relative one from
// the root of the file system.
func TestRevisions(t *testing.T) {
	c := open(t)
	commit := func(message string) {
		datasettest.Git(t, c.root, "add", "-A")
		datasettest.Git(t, c.root, "commit", "-q", "-m", message)
	}
	old := c.track("data", map[string]string{"f": "old"})
	commit("old")
	datasettest.Git(t, c.root, "tag", "v1")
	c.track("data", map[string]string{"f": "new"})
	commit("new")
	if r := c.push(sharing.Request{}); r.Objects != 2 {
		t.Error(r)
	}
	for _, q := range []sharing.Request{{Tags: true}, {Commits: true}, {Branches: true}} {
		want := 2
		if !q.Tags {
			want = 0 // they were pushed with the tag, and no branch leads to them alone
		}
		if r := c.push(q); r.Objects != want || len(r.Failed) > 0 {
			t.Errorf("%+v: %+v", q, r)
		}
	}
	if _, err := os.Stat(filepath.Join(c.remote("near"), filepath.FromSlash(old.Path(object.Current)))); err != nil {
		t.Error(err)
	}
	c.forget()
	if r := c.fetch(sharing.Request{Commits: true}); r.Objects != 4 {
		t.Error(r)
	}
}

// TestAbsent: what is nowhere is a failure, and named; dvc fetch ends as if all was there.
func TestAbsent(t *testing.T) {
	c := open(t)
	listing := c.track("data", data)
	if r := c.push(sharing.Request{}); r.Objects != 4 {
		t.Fatal(r)
	}
	near := func(id object.ID) string {
		return filepath.Join(c.remote("near"), filepath.FromSlash(id.Path(object.Current)))
	}
	c.forget()
	datasettest.Must(t, os.Remove(near(file("1"))))
	r := c.fetch(sharing.Request{})
	if r.Objects != 2 || len(r.Failed) != 2 || !slices.Contains(r.Absent, file("1")) {
		t.Errorf("%+v", r)
	}
	if missing, err := c.cache(object.Current).Missing(context.Background(), []object.ID{listing}); err != nil || len(missing) != 1 {
		t.Error("the listing came without its file:", missing, err)
	}
	if got := c.status(sharing.Request{}); got != "deleted data, missing data/sub/1" {
		t.Error(got)
	}
	datasettest.Must(t, os.Remove(near(listing)))
	if r := c.fetch(sharing.Request{}); len(r.Failed) != 1 || !slices.Contains(r.Absent, listing) {
		t.Errorf("%+v", r)
	}
	if r := c.push(sharing.Request{}); len(r.Failed) != 1 || !slices.Contains(r.Absent, listing) {
		t.Errorf("%+v", r)
	}
	if got := c.status(sharing.Request{}); got != "missing data" {
		t.Error(got)
	}
}

// TestDamagedInTheRemote: what was cut short there is never taken; dvc pulls it as good.
func TestDamagedInTheRemote(t *testing.T) {
	c := open(t)
	listing := c.track("data", data)
	c.push(sharing.Request{})
	c.forget()
	for _, id := range []object.ID{file("rest"), listing} {
		path := filepath.Join(c.remote("near"), filepath.FromSlash(id.Path(object.Current)))
		content := datasettest.Read(t, path)
		datasettest.Must(t, os.Chmod(path, 0o644))
		datasettest.Write(t, path, content[:2])
		r, err := c.sharing().Fetch(context.Background(), sharing.Request{Cwd: c.root})
		if id.Dir && !fault.Is(err, fault.Conflict) || !id.Dir && (err != nil || len(r.Failed) != 2 || len(r.Absent) != 0) {
			t.Errorf("%s: %+v, %v", id, r, err)
		}
		if missing, err := c.cache(object.Current).Missing(context.Background(), []object.ID{id}); err != nil || len(missing) != 1 {
			t.Error("it is in the cache:", err)
		}
	}
}

// TestWhichRemote: an out's own, the one that is asked for, or the default; where none is needed none need be set.
func TestWhichRemote(t *testing.T) {
	c := open(t)
	c.track("data", data)
	c.track("elsewhere", map[string]string{"e": "elsewhere"}, "  remote: other\n")
	c.track("kept", map[string]string{"k": "kept"}, "  push: false\n")
	there := func(name string, id object.ID) bool {
		_, err := os.Stat(filepath.Join(c.remote(name), filepath.FromSlash(id.Path(object.Current))))
		return err == nil
	}
	if r := c.push(sharing.Request{Remote: "near"}); r.Objects != 4 || there("other", file("elsewhere")) {
		t.Error(r)
	}
	if r := c.push(sharing.Request{}); r.Objects != 2 || !there("other", file("elsewhere")) || there("near", file("kept")) || there("near", file("elsewhere")) {
		t.Error(r)
	}
	if r := c.push(sharing.Request{Remote: "other", Targets: []string{"data.dvc"}}); r.Objects != 4 || !there("other", file("rest")) {
		t.Error(r)
	}
	if _, err := c.sharing().Push(context.Background(), sharing.Request{Cwd: c.root, Remote: "absent"}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	c.write(".dvc/config", "['remote \"near\"']\n    url = ../../near\n")
	if _, err := c.sharing().Push(context.Background(), sharing.Request{Cwd: c.root}); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), "Setup default remote") {
		t.Error(err)
	}
	if r := c.fetch(sharing.Request{Targets: []string{"data"}}); r.Objects != 0 || len(r.Failed) > 0 {
		t.Error("all is there, and no remote need be asked:", r)
	}
	c.forget()
	if _, err := c.sharing().Fetch(context.Background(), sharing.Request{Cwd: c.root, Targets: []string{"data"}}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestLegacy: what DVC 2 added goes and comes in its own layout.
func TestLegacy(t *testing.T) {
	c := open(t)
	const text = "a\r\nb\r\n"
	id := file("a\nb\n")
	datasettest.Must(t, c.cache(object.Legacy).Store(context.Background(), id, strings.NewReader(text), int64(len(text))))
	c.write("old.csv.dvc", "outs:\n- md5: "+id.String()+"\n  size: 6\n  path: old.csv\n")
	if r := c.push(sharing.Request{}); r.Objects != 1 || len(r.Failed) > 0 {
		t.Fatal(r)
	}
	if got := datasettest.Read(t, filepath.Join(c.remote("near"), filepath.FromSlash(id.Path(object.Legacy)))); got != text {
		t.Errorf("%q", got)
	}
	c.forget()
	if r := c.fetch(sharing.Request{}); r.Objects != 1 || len(r.Failed) > 0 {
		t.Fatal(r)
	}
	if got := datasettest.Read(t, c.cache(object.Legacy).Path(id)); got != text {
		t.Errorf("%q", got)
	}
}

// TestPartInAClone: of a folder of which the cache has nothing a part is fetched, with
// the listing by which a checkout finds it; the rest comes later.
func TestPartInAClone(t *testing.T) {
	c := open(t)
	id := c.track("data", map[string]string{"sub/a": "1", "b": "2"})
	if _, err := c.sharing().Push(context.Background(), sharing.Request{Cwd: c.root}); err != nil {
		t.Fatal(err)
	}
	datasettest.Must(t, os.RemoveAll(filepath.Join(c.root, ".dvc", "cache")))
	r, err := c.sharing().Fetch(context.Background(), sharing.Request{Cwd: c.root, Targets: []string{"data/sub"}})
	if err != nil || r.Objects != 2 || len(r.Failed) != 0 {
		t.Fatal(r, err)
	}
	if missing, err := c.cache(object.Current).Missing(context.Background(), []object.ID{id, file("1"), file("2")}); err != nil || len(missing) != 1 || missing[0] != file("2") {
		t.Error(missing, err)
	}
	if r, err := c.sharing().Fetch(context.Background(), sharing.Request{Cwd: c.root}); err != nil || r.Objects != 1 {
		t.Error(r, err)
	}
}
