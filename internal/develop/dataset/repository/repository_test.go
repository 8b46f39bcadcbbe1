package repository_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const sum = "acbd18db4cc2f85cedef654fccc4a4d8"

// dvcFile is the text of a .dvc file with one out.
func dvcFile(p string) string {
	return fmt.Sprintf("outs:\n- md5: %s\n  size: 3\n  hash: md5\n  path: %s\n", sum, p)
}

func environment(t *testing.T) repository.Environment {
	home := t.TempDir()
	return repository.Environment{Getenv: func(string) string { return "" }, Home: home, Chance: draw.Reader(t), Now: time.Now}
}

func open(t *testing.T, root string, env repository.Environment) *repository.Repository {
	t.Helper()
	root, err := filepath.EvalSymlinks(root)
	datasettest.Must(t, err)
	r, err := repository.Open(root, env)
	datasettest.Must(t, err)
	return r
}

// project is a repository with stages of each kind, and with files that look like some.
func project(t *testing.T) string {
	root := t.TempDir()
	datasettest.Git(t, root, "init", "-q")
	datasettest.WriteAll(t, root, map[string]string{
		".dvc/config": "", ".dvc/.gitignore": "/tmp\n/cache\n",
		"a.dvc": dvcFile("a"), "sub/b.dvc": dvcFile("b"), "sub/wdir.dvc": "wdir: ../other\n" + dvcFile("w"),
		"data.dvc":      "outs:\n- md5: d751713988987e9331980363e24189ce.dir\n  nfiles: 0\n  hash: md5\n  path: data\n",
		"data/in.dvc":   dvcFile("in"), // data: not a stage
		"legacy.dvc":    fmt.Sprintf("outs:\n- md5: %s\n  path: legacy\n  remote: r\n  push: false\n", sum),
		".gitignore":    "/ignored/\n",
		".dvcignore":    "passed/\n",
		"ignored/c.dvc": dvcFile("c"), "passed/d.dvc": dvcFile("d"),
		"nested/.dvc/config": "", "nested/e.dvc": dvcFile("e"),
		"pipe/dvc.yaml": "stages:\n  train:\n    cmd: x\n    deps: [../a]\n    outs:\n    - model:\n        cache: false\n    metrics:\n    - m/${v}.json:\n        push: false\n" +
			"  each:\n    foreach: [1]\n    do:\n      cmd: y\n      outs: ['o${item}']\n  idle:\n    cmd: z\n    outs: [later]\n",
		"pipe/dvc.lock": "schema: '2.0'\nstages:\n  train:\n    cmd: x\n    deps:\n    - path: ../a\n      hash: md5\n      md5: " + sum + "\n    outs:\n" +
			"    - path: m/1.json\n      hash: md5\n      md5: " + sum + "\n    - path: model\n      hash: md5\n      md5: " + sum + "\n" +
			"  each@1:\n    cmd: y\n    outs:\n    - path: o1\n      hash: md5\n      md5: " + sum + "\n  gone:\n    cmd: q\n    outs:\n    - path: old\n      hash: md5\n      md5: " + sum + "\n",
	})
	datasettest.Git(t, root, "add", "-f", ".")
	datasettest.Git(t, root, "commit", "-q", "-m", "all")
	return root
}

func told(ix *repository.Index) (all []string) {
	for _, o := range ix.Outs {
		line := fmt.Sprintf("%s owns %s", o.Stage.Address(o.Stage.File), o.Path)
		for word, holds := range map[string]bool{"unknown": !o.Known, "legacy": o.Layout == object.Legacy, "uncached": o.NoCache, "unpushed": o.NoPush, "at " + o.Remote: o.Remote != ""} {
			if holds {
				line += ", " + word
			}
		}
		all = append(all, line)
	}
	return all
}

// TestIndex finds what dvc finds, in the working copy and in a revision.
func TestIndex(t *testing.T) {
	root := project(t)
	r := open(t, root, environment(t))
	want := []string{
		"a.dvc owns a", "data.dvc owns data", "legacy.dvc owns legacy", "pipe/dvc.yaml:train owns pipe/model", "pipe/dvc.yaml:train owns pipe/m/1.json",
		"pipe/dvc.yaml:each@1 owns pipe/o1", "pipe/dvc.yaml:idle owns pipe/later", "sub/b.dvc owns sub/b", "sub/wdir.dvc owns other/w",
	}
	words := map[int]string{2: "legacy unpushed at", 3: "uncached", 4: "unpushed", 6: "unknown"}
	check := func(rev string, want []string) {
		t.Helper()
		ix, err := r.Index(context.Background(), rev)
		if err != nil {
			t.Fatal(err)
		}
		got := told(ix)
		for i := range got {
			for w := range strings.FieldsSeq(words[i]) {
				if !strings.Contains(got[i], w) {
					t.Errorf("%q: %q is not %s", rev, got[i], w)
				}
			}
			if before, _, cut := strings.Cut(got[i], ","); cut == (words[i] != "") {
				got[i] = before
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outs of %q (-want +got):\n%s", rev, diff)
		}
	}
	check("", want)
	datasettest.Must(t, os.RemoveAll(filepath.Join(root, "sub")))
	datasettest.Must(t, os.WriteFile(filepath.Join(root, "a.dvc"), []byte("<<<<<<< ours\n"), 0o644))
	datasettest.Git(t, root, "rm", "-q", "-r", "--cached", "ignored") // what is tracked counts in a revision, as with dvc
	datasettest.Git(t, root, "commit", "-q", "-m", "without")
	check("HEAD", want)
	if _, err := r.Index(context.Background(), ""); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "a.dvc") {
		t.Errorf("a file that git could not merge: %v", err)
	}
	for _, rev := range []string{"nowhere", "--all", ""} {
		if _, err := r.Index(context.Background(), rev); rev != "" && !fault.Is(err, fault.NotFound) {
			t.Errorf("the revision %q: %v", rev, err)
		}
	}
}

// TestSelect reads targets as dvc does.
func TestSelect(t *testing.T) {
	root := project(t)
	r := open(t, root, environment(t))
	ix, err := r.Index(context.Background(), "")
	datasettest.Must(t, err)
	for _, c := range []struct {
		cwd, target string
		flags       repository.Flags
		want        string // outs with what lies within, or a part of the error
	}{
		{"", "a", repository.Flags{}, "a"}, {"", "a.dvc", repository.Flags{}, "a"}, {"", "data/x/y", repository.Flags{}, "data:x/y"},
		{"sub", "b.dvc", repository.Flags{}, "sub/b"}, {"sub", "../data/", repository.Flags{}, "data"}, {"pipe", "train", repository.Flags{}, "pipe/model pipe/m/1.json"},
		{"", "pipe/dvc.yaml:each", repository.Flags{}, "pipe/o1"}, {"", "pipe/dvc.yaml:train", repository.Flags{WithDeps: true}, "a pipe/model pipe/m/1.json"},
		{"", "sub", repository.Flags{Recursive: true}, "sub/b other/w"}, {"sub", ".", repository.Flags{Recursive: true}, "sub/b other/w"},
		{"", "sub", repository.Flags{}, "'sub' does not exist as an output or a stage name in 'dvc.yaml'"}, {"", "x.dvc", repository.Flags{}, "x.dvc' does not exist"},
		{"", "pipe/dvc.yaml:none", repository.Flags{}, "Stage 'none' not found"}, {"", "a/b", repository.Flags{Stages: true}, "does not exist"},
	} {
		found, err := r.Select(ix, filepath.Join(r.Root, c.cwd), []string{c.target}, c.flags)
		var got []string
		for _, s := range found {
			got = append(got, strings.TrimSuffix(s.Out.Path+":"+s.Sub, ":"))
		}
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s in %q: %v, want %q", c.target, c.cwd, err, c.want)
			}
		} else if strings.Join(got, " ") != c.want {
			t.Errorf("%s in %q: %q, want %q", c.target, c.cwd, got, c.want)
		}
	}
}

// TestVersions: a part of a folder is sent without the listing, which would vouch for all of it.
func TestVersions(t *testing.T) {
	root := t.TempDir()
	datasettest.WriteAll(t, root, map[string]string{".dvc/config": "[core]\n    no_scm = True\n",
		"d.dvc": "outs:\n- md5: 229c98eca28b624c5de0dc05f5fa60bd.dir\n  hash: md5\n  path: d\n",
		".dvc/cache/files/md5/22/9c98eca28b624c5de0dc05f5fa60bd.dir": `[{"md5": "acbd18db4cc2f85cedef654fccc4a4d8", "relpath": "a"}, {"md5": "c157a79031e1c40f85931829bc5fc552", "relpath": "b/c"}]`,
	})
	r := open(t, root, environment(t))
	ix, err := r.Index(context.Background(), "")
	datasettest.Must(t, err)
	out := ix.Outs[0]
	l, err := r.Listing(context.Background(), out.Layout, out.ID)
	datasettest.Must(t, err)
	for sub, want := range map[string]string{"": "[{229c98eca28b624c5de0dc05f5fa60bd.dir [acbd18db4cc2f85cedef654fccc4a4d8 c157a79031e1c40f85931829bc5fc552]}]", "b": "[{c157a79031e1c40f85931829bc5fc552 []}]", "b/c": "[{c157a79031e1c40f85931829bc5fc552 []}]", "b/d": "[]"} {
		if got := fmt.Sprint(repository.Selected{Out: out, Sub: sub}.Versions(l)); got != want {
			t.Errorf("%q: %s, want %s", sub, got, want)
		}
	}
	if _, err := r.Index(context.Background(), "HEAD"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a revision without git: %v", err)
	}
	datasettest.Must(t, os.Remove(r.Cache(object.Current).Path(out.ID)))
	datasettest.Write(t, r.Cache(object.Current).Path(out.ID), "[]")
	if _, err := r.Listing(context.Background(), out.Layout, out.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a listing that is damaged: %v", err)
	}
}

// TestFind goes up, and tells where there is none.
func TestFind(t *testing.T) {
	root := t.TempDir()
	datasettest.WriteAll(t, root, map[string]string{".dvc/config": "", "a/b/c": ""})
	want, err := filepath.EvalSymlinks(root)
	datasettest.Must(t, err)
	if got, err := repository.Find(filepath.Join(root, "a/b")); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	for _, start := range []string{t.TempDir(), filepath.Join(root, "none")} {
		if _, err := repository.Find(start); !errors.Is(err, repository.ErrOutside) {
			t.Errorf("%s: %v", start, err)
		}
	}
}

// TestOpen heeds the levels of the settings, and takes the lock.
func TestOpen(t *testing.T) {
	root, global := t.TempDir(), t.TempDir()
	env := environment(t)
	env.Getenv = func(name string) string { return map[string]string{"DVC_GLOBAL_CONFIG_DIR": global}[name] }
	datasettest.Write(t, filepath.Join(global, "config"), "[cache]\n    dir = ../elsewhere\n[core]\n    remote = g\n")
	datasettest.WriteAll(t, root, map[string]string{".dvc/config": "[core]\n    remote = r\n", ".dvc/config.local": "[cache]\n    dir = here\n"})
	r := open(t, root, env)
	if got := r.Config().DefaultRemote(); got != "r" {
		t.Errorf("the default remote is %q", got)
	}
	if got := r.Cache(object.Current).Folder(); got != r.In("here") {
		t.Errorf("the cache is %q", got)
	}
	held, err := r.Lock(context.Background(), false)
	datasettest.Must(t, err)
	if text := datasettest.Read(t, r.In("tmp/lock")); strings.TrimSpace(text) != fmt.Sprint(os.Getpid()) {
		t.Errorf("the lock says %q", text)
	}
	datasettest.Must(t, held.Release())
	datasettest.Write(t, filepath.Join(root, ".dvc/config"), "[core]\n    tacit = x\n")
	if _, err := repository.Open(r.Root, env); !fault.Is(err, fault.Invalid) {
		t.Errorf("a setting that dvc does not know: %v", err)
	}
}

// TestWalk passes over what dvc does, and refuses patterns within data.
func TestWalk(t *testing.T) {
	root := t.TempDir()
	datasettest.WriteAll(t, root, map[string]string{".dvc/config": "[core]\n    no_scm = True\n", ".dvcignore": "*.tmp\n", "in/.dvcignore": "!keep.tmp\n/d/not\n",
		"in/d/x": "", "in/d/x.tmp": "", "in/d/keep.tmp": "", "in/d/not": "", "in/d/other/.dvc/config": "", "in/d/other/y": ""})
	r := open(t, root, environment(t))
	files, err := r.Walk(context.Background(), "in/d")
	datasettest.Must(t, err)
	var got []string
	for _, f := range files {
		got = append(got, f.Path)
	}
	if diff := cmp.Diff([]string{"in/d/keep.tmp", "in/d/x"}, got); diff != "" {
		t.Error("walk (-want +got):\n" + diff)
	}
	datasettest.Write(t, filepath.Join(root, "in/d/e/.dvcignore"), "")
	if _, err := r.Walk(context.Background(), "in/d"); !fault.Is(err, fault.Invalid) {
		t.Errorf("patterns within data: %v", err)
	}
	if ignored, by, err := r.Ignores("in/d/x.tmp", false); err != nil || !ignored || by[0].String() != ".dvcignore:1:*.tmp" {
		t.Errorf("%v, %v, %v", ignored, by, err)
	}
}

// TestExpand matches as Python's glob does.
func TestExpand(t *testing.T) {
	root := t.TempDir()
	datasettest.WriteAll(t, root, map[string]string{"a.csv": "", "b.csv": "", "d/c.csv": "", "d/e/f.csv": "", ".h.csv": "", "[x]": ""})
	for pattern, want := range map[string]string{"*.csv": "a.csv b.csv", "**/*.csv": "a.csv b.csv d/c.csv d/e/f.csv", "d/**": "d/ d/c.csv d/e d/e/f.csv", "[!a].csv": "b.csv", "a.csv": "a.csv", ".*.csv": ".h.csv", "[[]x]": "[x]"} {
		got, err := repository.Expand(root, []string{pattern})
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v; want %q", pattern, got, err, want)
		}
	}
	if _, err := repository.Expand(root, []string{"none*"}); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "Glob ['none*'] has no matches.") {
		t.Error(err)
	}
}

// TestVariables: a stage's folder, command and params are what variables say, of params.yaml, of vars
// and of the items that stages come from; what is not read is refused by name.
func TestVariables(t *testing.T) {
	root := filepath.Join(t.TempDir(), "r")
	datasettest.Write(t, filepath.Join(filepath.Dir(root), "secret.yaml"), "secret: s\n")
	datasettest.WriteAll(t, root, map[string]string{
		".dvc/config": "[core]\n    no_scm = True\n", "params.yaml": "n: 1\nat: {folder: sub}\nk: v\nlist: [p, {q: 1}]\nnone:\nf: 1e-05\nopts: {on: true, off: false, deep: {text: a b}, many: [1, two]}\n", "more.yaml": "extra: e\n",
		"dvc.yaml": "vars: [{lr: 5}, more.yaml]\nstages:\n  s:\n    wdir: ${at.folder}\n    cmd: run ${n} ${lr} ${extra} \\${HOME}\n    params: [k, '../${k}.json': [a.b], w.yaml: ]\n    outs: [o]\n" +
			"  each:\n    foreach: [x, y]\n    do:\n      cmd: make ${item}\n      outs: ['${item}']\n  odd:\n    cmd: run ${list}\n    outs: [p]\n  map:\n    cmd: run ${opts} ${list[1]} ${none} ${f}\n    outs: [r]\n  grid:\n    matrix: {a: [1, x-y], b: '${list}'}\n    cmd: run ${item.a} ${item.b} ${key}\n    outs: ['${key}']\n  out:\n    cmd: run ${secret}\n    vars: [../secret.yaml]\n    outs: [q]\n",
		"dvc.lock": "schema: '2.0'\nstages:\n  each@y:\n    cmd: make y\n    outs:\n    - path: y\n      hash: md5\n  grid@x-y-b1:\n    cmd: none\n    outs:\n    - path: x-y-b1\n      hash: md5\n",
	})
	r, err := repository.Open(root, environment(t))
	datasettest.Must(t, err)
	ix, err := r.Index(context.Background(), "")
	datasettest.Must(t, err)
	want := map[string]any{"s": "run 1 5 e ${HOME}", "each@y": "make y", "map": "run --on --deep.text 'a b' --many 1 two --q 1 None 1e-05", "grid@x-y-b1": "run x-y --q 1 x-y-b1",
		"each@x": "make x", "grid@1-p": "run 1 p 1-p", "grid@1-b1": "run 1 --q 1 1-b1", "grid@x-y-p": "run x-y p x-y-p"}
	if len(ix.Stages) != len(want)+2 {
		t.Errorf("%d stages", len(ix.Stages))
	}
	for _, s := range ix.Stages {
		cmd, err := r.Command(s)
		if s.Name == "odd" || s.Name == "out" {
			if !fault.Is(err, fault.Unsupported) {
				t.Errorf("%s, a whole map or a file outside: %v, %v", s.Name, cmd, err)
			}
			continue
		}
		if err != nil || cmd != want[s.Name] {
			t.Errorf("%s: %q, %v", s.Name, cmd, err)
		}
		if s.Name != "s" {
			continue
		}
		asked, err := r.Params(s)
		datasettest.Must(t, err)
		if diff := cmp.Diff([]repository.Asked{{File: "sub/params.yaml", Keys: []string{"k"}}, {File: "v.json", Keys: []string{"a.b"}}, {File: "sub/w.yaml"}}, asked); diff != "" || s.Outs[0].Path != "sub/o" {
			t.Error(s.Outs[0].Path, diff)
		}
	}
}

// TestOwnSettings: settings of a person's own that git keeps came with a clone.
func TestOwnSettings(t *testing.T) {
	root := t.TempDir()
	env := repository.Environment{Getenv: func(string) string { return "" }, Home: filepath.Join(root, "absent")}
	datasettest.Git(t, root, "init", "-q")
	file := repository.SettingsFile(root, dvcconfig.Local, env)
	datasettest.Write(t, file, "['remote \"r\"']\nurl = webdav://h/p\nbearer_token_command = x\n")
	for _, tracked := range []bool{false, true} {
		if tracked {
			datasettest.Git(t, root, "add", "-f", file)
		}
		c, err := repository.Settings(root, env)
		datasettest.Must(t, err)
		if o, err := c.Remote("r"); err != nil || o.Tracked("bearer_token_command") != tracked {
			t.Errorf("in git %v: %v, %v", tracked, o.Tracked("bearer_token_command"), err)
		}
	}
}
