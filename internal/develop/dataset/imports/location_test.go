package imports_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func look(t *testing.T, url, cwd string, config *dvcconfig.Config) *imports.Found {
	t.Helper()
	l, err := imports.Locate(url, cwd, config, dvcconfig.Over{}, around(t).Remotes)
	datasettest.Must(t, err)
	t.Cleanup(func() { datasettest.Must(t, l.Close()) })
	found, err := l.Look(context.Background())
	datasettest.Must(t, err)
	return found
}

// TestLocation finds files and folders of this machine, by paths and by remotes.
func TestLocation(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	datasettest.WriteAll(t, folder, map[string]string{"d/x": "1\n", "d/sub/y": "2\n", "d/z": "3\n", "f": "hello\n"})
	config, err := dvcconfig.Load(t.TempDir(), dvcconfig.Source{Path: filepath.Join(folder, "config"), Content: []byte("['remote \"r\"']\n    url = " + folder + "\n")})
	datasettest.Must(t, err)
	for _, url := range []string{"d", filepath.Join(folder, "d"), "remote://r/d"} {
		found := look(t, url, folder, config)
		data, err := found.Data(ctx, 0)
		datasettest.Must(t, err)
		size, n := int64(6), int64(3)
		if diff := cmp.Diff(dvcfile.Data{MD5: "b7b8905a300165c617a2734fc3c4eebb.dir", Size: &size, NFiles: &n}, data); diff != "" { // dvc's
			t.Error(url, diff)
		}
		to := filepath.Join(t.TempDir(), "new")
		datasettest.Must(t, found.Download(ctx, to, 2))
		if diff := cmp.Diff(datasettest.Tree(t, filepath.Join(folder, "d")), datasettest.Tree(t, to)); diff != "" {
			t.Error(url, diff)
		}
	}
	here, there := cache.New(t.TempDir(), object.Current, draw.Reader(t)), cache.New(t.TempDir(), object.Current, draw.Reader(t))
	fetched, err := look(t, "d", folder, nil).Fetch(ctx, "", here, 0)
	datasettest.Must(t, err)
	all, err := look(t, "d", folder, nil).Objects(ctx, 0)
	datasettest.Must(t, err)
	done, err := transfer.Transfer(ctx, all, there, []transfer.Version{all.Version}, 2)
	if err != nil || done.Sent != 4 || fetched.Objects != 3 || fetched.ID != all.Version.ID {
		t.Errorf("sent %+v, fetched %+v: %v", done, fetched, err)
	}
	if diff := cmp.Diff(datasettest.Tree(t, here.Folder()), datasettest.Tree(t, there.Folder())); diff != "" {
		t.Error(diff)
	}
	for url, kind := range map[string]fault.Kind{"none": fault.NotFound, "remote://none/x": fault.NotFound, "foo://h/x": fault.Invalid, "hdfs://h/x": fault.Unsupported} {
		l, err := imports.Locate(url, folder, config, dvcconfig.Over{}, around(t).Remotes)
		if err == nil {
			_, err = l.Look(ctx)
		}
		if !fault.Is(err, kind) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestWeb knows a file of a web server by its tag, or by fsspec's number of what the
// server says.
func TestWeb(t *testing.T) {
	ctx := context.Background()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/tagged":
			w.Header().Set("ETag", `"a tag"`)
		case "/plain":
			w.Header().Set("Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT")
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		default:
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", "6")
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte("hello\n"))
		}
	}))
	defer server.Close()
	data, err := look(t, server.URL+"/tagged", "", nil).Data(ctx, 0)
	if err != nil || data.Checksum != `"a tag"` || *data.Size != 6 {
		t.Errorf("%+v, %v", data, err)
	}
	first, err := look(t, server.URL+"/plain", "", nil).Data(ctx, 0)
	datasettest.Must(t, err)
	if len(first.Checksum) < 30 || strings.Trim(first.Checksum, "0123456789") != "" {
		t.Errorf("%q is no number", first.Checksum)
	}
	to := filepath.Join(t.TempDir(), "f")
	datasettest.Must(t, look(t, server.URL+"/plain", "", nil).Download(ctx, to, 0))
	if got := datasettest.Read(t, to); got != "hello\n" {
		t.Errorf("%q came", got)
	}
	l, err := imports.Locate(server.URL+"/none", "", nil, dvcconfig.Over{}, around(t).Remotes)
	datasettest.Must(t, err)
	if _, err := l.Look(ctx); !fault.Is(err, fault.NotFound) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestFetch brings an import that is in no cache here from its source: all of it, and a
// part.
func TestFetch(t *testing.T) {
	ctx, w := context.Background(), working(t)
	add(t, w, map[string]string{"data/a": "one", "data/sub/b": "two", "code/x": "print"}, "data")
	commit(t, w)
	s, err := imports.Open(ctx, w.Repo.Root, imports.Options{Committed: true}, around(t))
	datasettest.Must(t, err)
	defer func() { datasettest.Must(t, s.Close()) }()
	for _, c := range []struct {
		path, sub string
		files     int
		id        string
	}{{"data", "", 2, "data.dvc"}, {"data", "sub", 1, "data.dvc"}, {"data/a", "", 1, ""}, {"code", "", 1, ""}} {
		to := cache.New(t.TempDir(), object.Current, draw.Reader(t))
		done, err := s.Fetch(ctx, c.path, c.sub, to, 2)
		datasettest.Must(t, err)
		if done.Objects != c.files {
			t.Errorf("%s: %+v", c.path, done)
		}
		if c.id != "" && !strings.Contains(datasettest.Read(t, filepath.Join(w.Repo.Root, c.id)), done.ID.String()) {
			t.Errorf("%s is %s", c.path, done.ID)
		}
		missing, err := to.Missing(ctx, []object.ID{done.ID})
		if err != nil || len(missing) > 0 {
			t.Errorf("%s: %v is not there: %v", c.path, missing, err)
		}
	}
}

// TestNewest tells of the commit that a repository has now, cloned or not.
func TestNewest(t *testing.T) {
	ctx, w := context.Background(), working(t)
	datasettest.Write(t, filepath.Join(w.Repo.Root, "f"), "1")
	commit(t, w)
	datasettest.Git(t, w.Repo.Root, "tag", "v1")
	datasettest.Write(t, filepath.Join(w.Repo.Root, "f"), "2")
	commit(t, w)
	head := strings.TrimSpace(datasettest.Git(t, w.Repo.Root, "rev-parse", "HEAD"))
	tagged := strings.TrimSpace(datasettest.Git(t, w.Repo.Root, "rev-parse", "v1"))
	for _, url := range []string{w.Repo.Root, "file://" + w.Repo.Root} {
		for rev, want := range map[string]string{"": head, "v1": tagged, tagged: tagged, "HEAD~1": tagged} {
			got, err := imports.Newest(ctx, &dvcfile.Repo{URL: url, Rev: rev}, around(t))
			if err != nil || got != want {
				t.Errorf("%s at %q: %s, %v", url, rev, got, err)
			}
		}
	}
	if _, err := imports.Newest(ctx, &dvcfile.Repo{URL: "file:///absent"}, around(t)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a repository that is not there: %v", err)
	}
}

// TestMend puts back what a process took away that was killed before it put something
// there, and keeps what lay where something else is now.
func TestMend(t *testing.T) {
	ctx, w := context.Background(), working(t)
	add(t, w, map[string]string{"d/a": "old", "other": "x"}, "d", "other")
	place, own := filepath.Join(w.Repo.Root, "d"), w.Repo.In("tmp", "tacit")
	kill := func(name string) {
		t.Helper()
		datasettest.WriteAll(t, filepath.Join(own, name), map[string]string{"place": "d", "new/a": "new"})
		datasettest.Must(t, os.Rename(place, filepath.Join(own, name, "former")))
	}
	next := func() {
		t.Helper()
		_, err := w.Checkout(ctx, []string{"other"}, workingcopy.CheckingOut{})
		datasettest.Must(t, err)
	}
	kill("import-1")
	next()
	if got := datasettest.Read(t, filepath.Join(place, "a")); got != "old" {
		t.Errorf("%q lies there", got)
	}
	kill("import-2")
	datasettest.Must(t, os.Rename(filepath.Join(own, "import-2/new"), place))
	next()
	if got := datasettest.Read(t, filepath.Join(place, "a")) + datasettest.Read(t, filepath.Join(own, "kept-2/former/a")); got != "newold" {
		t.Errorf("%q lie there and are kept", got)
	}
	datasettest.Write(t, filepath.Join(own, "import-3/new/a"), "unfinished")
	next()
	if _, err := os.Lstat(filepath.Join(own, "import-3")); !os.IsNotExist(err) {
		t.Errorf("what was not finished is left: %v", err)
	}
}
