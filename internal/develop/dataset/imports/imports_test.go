package imports_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func around(t *testing.T) imports.Around {
	t.Helper()
	env := repository.Environment{Getenv: func(name string) string {
		return map[string]string{"DVC_SYSTEM_CONFIG_DIR": "/absent", "DVC_GLOBAL_CONFIG_DIR": "/absent"}[name]
	}, Home: "/absent", Chance: draw.Reader(t), Now: time.Now}
	return imports.Around{Environment: env, Remotes: remote.Surroundings{Random: draw.Reader(t), Now: time.Now}, Temporary: filepath.Join(t.TempDir(), "clones")}
}

// working is a working copy of git and DVC in a new folder.
func working(t *testing.T) workingcopy.Config {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	datasettest.Must(t, err)
	root = filepath.Join(root, "repository")
	datasettest.Must(t, os.Mkdir(root, 0o777))
	datasettest.Git(t, root, "init", "-q")
	env := around(t).Environment
	datasettest.Must(t, workingcopy.Init(context.Background(), root, workingcopy.Initial{}, env))
	r, err := repository.Open(root, env)
	datasettest.Must(t, err)
	return workingcopy.Config{Repo: r, Cwd: root, Command: "test"}
}

func commit(t *testing.T, w workingcopy.Config) {
	t.Helper()
	datasettest.Git(t, w.Repo.Root, "add", "-A")
	datasettest.Git(t, w.Repo.Root, "commit", "-q", "-m", "m")
}

func add(t *testing.T, w workingcopy.Config, files map[string]string, targets ...string) {
	t.Helper()
	datasettest.WriteAll(t, w.Repo.Root, files)
	_, err := w.Add(context.Background(), targets, workingcopy.Adding{})
	datasettest.Must(t, err)
}

// paths lists all that a source has.
func paths(t *testing.T, s *imports.Source, e *imports.Entry) (all []string) {
	t.Helper()
	entries, err := s.Entries(context.Background(), e)
	datasettest.Must(t, err)
	for _, e := range entries {
		size := "-"
		if e.Size != nil && !e.Dir {
			size = fmt.Sprint(*e.Size)
		}
		all = append(all, fmt.Sprintf("%s dir=%v out=%v size=%s", e.Path, e.Dir, e.Out, size))
		if e.Dir {
			all = append(all, paths(t, s, e)...)
		}
	}
	return all
}

// TestRevision reads a commit of a repository that has moved on, and brings data and
// files of git from it.
func TestRevision(t *testing.T) {
	ctx, w := context.Background(), working(t)
	add(t, w, map[string]string{"data/a": "one", "data/sub/b": "two", "code/x": "print"}, "data")
	commit(t, w)
	datasettest.Git(t, w.Repo.Root, "tag", "v1")
	add(t, w, map[string]string{"data/a": "other", "late": "x"}, "data")
	commit(t, w)
	for _, url := range []string{w.Repo.Root, "file://" + w.Repo.Root} {
		o := imports.Options{Rev: "v1"}
		if url != w.Repo.Root {
			o.Remote, o.RemoteConfig = "r", []imports.Setting{{Key: "url", Value: w.Repo.In("cache")}}
		}
		around := around(t)
		s, err := imports.Open(ctx, url, o, around)
		datasettest.Must(t, err)
		top, err := s.Entry(ctx, "")
		datasettest.Must(t, err)
		want := []string{
			".dvcignore dir=false out=false size=139", ".gitignore dir=false out=false size=6", "code dir=true out=false size=-", "code/x dir=false out=false size=5",
			"data dir=true out=true size=-", "data/a dir=false out=true size=-", "data/sub dir=true out=true size=-", "data/sub/b dir=false out=true size=-", "data.dvc dir=false out=false size=97",
		}
		if diff := cmp.Diff(want, paths(t, s, top)); diff != "" {
			t.Error(url, diff)
		}
		to := t.TempDir()
		datasettest.Must(t, s.Download(ctx, "data", filepath.Join(to, "new"), 2))
		datasettest.Write(t, filepath.Join(to, "there/mine"), "kept")
		datasettest.Must(t, s.Download(ctx, "data/sub", filepath.Join(to, "there"), 0))
		datasettest.Must(t, s.Download(ctx, "code/x", filepath.Join(to, "x"), 0))
		for name, content := range map[string]string{"new/a": "one", "new/sub/b": "two", "there/mine": "kept", "there/b": "two", "x": "print"} {
			if got := datasettest.Read(t, filepath.Join(to, name)); got != content {
				t.Errorf("%s: %s is %q", url, name, got)
			}
		}
		for _, p := range []string{"late", "data/none", "..", "../x", ".git/config", ".dvc/config"} {
			if _, err := s.Entry(ctx, p); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %q: %v", url, p, err)
			}
		}
		datasettest.Must(t, s.Close())
		if left, err := os.ReadDir(around.Temporary); err != nil || len(left) > 0 {
			t.Errorf("%s: %v is left of the clones, %v", url, left, err)
		}
	}
}

// TestWrongBytes has a remote answer with other bytes: nothing is left of them, of the
// folder that they would be in neither.
func TestWrongBytes(t *testing.T) {
	ctx, w := context.Background(), working(t)
	add(t, w, map[string]string{"data/a": "one", "data/b": "two"}, "data")
	commit(t, w)
	bad := filepath.Join(w.Repo.Root, ".dvc/cache/files/md5/f9/7c5d29941bfb1b2fdab0874906ab82")
	datasettest.Must(t, os.Chmod(bad, 0o644))
	datasettest.Write(t, bad, "evil")
	s, err := imports.Open(ctx, "file://"+w.Repo.Root, imports.Options{Remote: "r", RemoteConfig: []imports.Setting{{Key: "url", Value: w.Repo.In("cache")}}}, around(t))
	datasettest.Must(t, err)
	to := t.TempDir()
	err = s.Download(ctx, "data", filepath.Join(to, "data"), 1)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "does not hash") {
		t.Errorf("wrong bytes: %v", err)
	}
	if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	datasettest.Must(t, s.Close())
}

// TestLinks refuses what a clone's links lead to outside of it.
func TestLinks(t *testing.T) {
	ctx, w := context.Background(), working(t)
	secret := filepath.Join(t.TempDir(), "secret")
	datasettest.Write(t, secret, "word")
	for name, to := range map[string]string{"out": secret, "folder": filepath.Dir(secret), "config": ".git/config", "near": "file"} {
		datasettest.Must(t, os.Symlink(to, filepath.Join(w.Repo.Root, name)))
	}
	datasettest.Write(t, filepath.Join(w.Repo.Root, "file"), "good")
	commit(t, w)
	s, err := imports.Open(ctx, w.Repo.Root, imports.Options{Committed: true}, around(t))
	datasettest.Must(t, err)
	to := filepath.Join(t.TempDir(), "x")
	for _, p := range []string{"out", "folder", "folder/secret", "config"} {
		if err := s.Download(ctx, p, to, 0); err == nil {
			t.Errorf("%s was brought", p)
		}
	}
	datasettest.Must(t, s.Download(ctx, "near", to, 0))
	if got := datasettest.Read(t, to); got != "good" {
		t.Errorf("the link within is %q", got)
	}
	datasettest.Must(t, s.Close())
}

// TestImport imports data of a repository into a second, and from that into a third,
// which reaches them through both: the second has sent them nowhere.
func TestImport(t *testing.T) {
	ctx, first := context.Background(), working(t)
	add(t, first, map[string]string{"data/a": "one", "data/sub/b": "two"}, "data")
	commit(t, first)
	added, err := dvcfile.ParseStage("data.dvc", []byte(datasettest.Read(t, filepath.Join(first.Repo.Root, "data.dvc"))))
	datasettest.Must(t, err)
	url := first.Repo.Root
	for n, name := range []string{"second", "third"} {
		w := working(t)
		around := around(t)
		around.Own = w.Repo
		s, err := imports.Open(ctx, url, imports.Options{Committed: true}, around)
		datasettest.Must(t, err)
		i := workingcopy.Import{To: "data", Known: true, Dep: dvcfile.Dep{Entry: dvcfile.Entry{Path: "data"}, Repo: &dvcfile.Repo{URL: url, RevLock: s.Commit}}}
		i.Bring = func(context.Context, string) error { return fault.New(fault.Unavailable, "broke") }
		if _, err := w.Import(ctx, i); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
		for _, left := range []string{"data", "data.dvc", ".gitignore"} {
			if _, err := os.Lstat(filepath.Join(w.Repo.Root, left)); err == nil {
				t.Errorf("%s: %s is left of an import that broke", name, left)
			}
		}
		i.Bring = func(ctx context.Context, to string) error { return s.Download(ctx, "data", to, 2) }
		_, err = w.Import(ctx, i)
		datasettest.Must(t, err)
		datasettest.Must(t, s.Close())
		if got := datasettest.Read(t, filepath.Join(w.Repo.Root, "data/sub/b")); got != "two" {
			t.Errorf("%s: %q", name, got)
		}
		stage, err := dvcfile.ParseStage("data.dvc", []byte(datasettest.Read(t, filepath.Join(w.Repo.Root, "data.dvc"))))
		datasettest.Must(t, err)
		sum, err := stage.Sum()
		if err != nil || sum != stage.MD5 || !stage.Frozen || stage.Deps[0].Repo.RevLock != s.Commit || stage.Outs[0].MD5 != added.Outs[0].MD5 {
			t.Errorf("%s: %v, sum %s, %+v", name, err, sum, stage.Outs[0].MD5)
		}
		commit(t, w)
		url = w.Repo.Root
		if n == 0 {
			datasettest.Must(t, os.RemoveAll(w.Repo.In("cache")))
			datasettest.Must(t, os.RemoveAll(filepath.Join(w.Repo.Root, "data")))
		}
	}
}
