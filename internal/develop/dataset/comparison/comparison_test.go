package comparison_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/develop/dataset/comparison"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// place is a repository with one commit.
type place struct {
	*datasettest.Place
	env repository.Environment
}

func begin(t *testing.T, files map[string]string, outs ...string) *place {
	p := &place{datasettest.Begin(t), repository.Environment{Getenv: func(string) string { return "" }, Home: t.TempDir(), Chance: draw.Reader(t), Now: time.Now}}
	datasettest.Must(t, workingcopy.Init(context.Background(), p.Root, workingcopy.Initial{}, p.env))
	datasettest.WriteAll(t, p.Root, files)
	p.add(outs...)
	p.Commit()
	return p
}

func (p *place) repo() *repository.Repository {
	p.T.Helper()
	r, err := repository.Open(p.Root, p.env)
	datasettest.Must(p.T, err)
	return r
}

func (p *place) add(targets ...string) {
	p.T.Helper()
	_, err := workingcopy.Config{Repo: p.repo(), Cwd: p.Root, Command: "test"}.Add(context.Background(), targets, workingcopy.Adding{})
	datasettest.Must(p.T, err)
}

// told are changes as text.
func told(changes []comparison.Change) (all []string) {
	words := []string{"modified", "unknown", "renamed", "added", "deleted", "unchanged"}
	for _, c := range changes {
		line := words[c.Kind] + " " + c.Shown()
		if c.Kind == comparison.Renamed {
			line = "renamed " + c.Old.Shown() + " " + c.New.Shown()
		}
		all = append(all, line)
	}
	return all
}

// TestDiff finds what changed between commits and the working copy, and what moved.
func TestDiff(t *testing.T) {
	ctx := context.Background()
	p := begin(t, map[string]string{"d/a": "a", "d/s/b": "b", "d/s/c": "c", "f": "f", "g": "g"}, "d", "f", "g")
	p.Write("d/a", "A")
	p.Remove("d/s/b")
	p.Write("d/new", "new")
	datasettest.Must(t, os.Rename(filepath.Join(p.Root, "d/s/c"), filepath.Join(p.Root, "d/moved")))
	p.Remove("g")
	diff := func(a, b string, targets ...string) []string {
		t.Helper()
		d, err := comparison.Diff(ctx, p.repo(), p.Root, a, b, targets, nil)
		datasettest.Must(t, err)
		return told(d.Changes)
	}
	want := []string{"modified d/", "modified d/a", "renamed d/s/c d/moved", "added d/new", "deleted d/s/b", "deleted g"}
	check(t, want, diff("HEAD", ""))
	check(t, []string{"renamed d/s/c d/moved", "deleted d/s/b"}, diff("HEAD", "", "d/s", "d/moved"))
	p.add("d")
	p.Commit()
	check(t, want[:5], diff("HEAD^", "HEAD"))
	check(t, nil, diff("HEAD", "HEAD"))
	p.Write("other", "f")
	p.add("other")
	p.Remove("f")
	p.Remove("f.dvc")
	check(t, []string{"renamed f other", "deleted g"}, diff("HEAD", ""))
	if _, err := comparison.Diff(ctx, p.repo(), p.Root, "HEAD", "", []string{"none"}, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("a target that no side has: %v", err)
	}
	if _, err := comparison.Diff(ctx, p.repo(), p.Root, "none", "", nil, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("a revision that is none: %v", err)
	}
}

func check(t *testing.T, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
}

// elsewhere is what lies outside of a repository: the repository "moved" has another
// commit, and the data at "http://h/new" differ.
type elsewhere struct{}

func (elsewhere) Newest(_ context.Context, spec *dvcfile.Repo) (string, error) {
	if spec.URL == "moved" {
		return "2222222222222222222222222222222222222222", nil
	}
	return "1a11111111111111111111111111111111111111", nil
}

func (elsewhere) Differs(_ context.Context, _ string, d dvcfile.Dep) (string, error) {
	if d.Path == "http://h/new" {
		return "modified", nil
	}
	return "", nil
}

// TestOrigins tells which imports could be brought up to date, and which deps at URLs
// differ.
func TestOrigins(t *testing.T) {
	ctx := context.Background()
	p := begin(t, map[string]string{"f": "f"}, "f")
	out := strings.TrimPrefix(datasettest.Read(t, filepath.Join(p.Root, "f.dvc")), "outs:\n")
	for name, dep := range map[string]string{
		"moved": "frozen: true\ndeps:\n- path: d\n  repo:\n    url: moved\n    rev_lock: 1a11111111111111111111111111111111111111\n",
		"rests": "frozen: true\ndeps:\n- path: d\n  repo:\n    url: rests\n    rev_lock: 1a11111111111111111111111111111111111111\n",
		"new":   "deps:\n- checksum: aaa\n  path: http://h/new\n", "old": "deps:\n- checksum: aaa\n  path: http://h/old\n",
	} {
		p.Write(name, "f")
		p.Write(name+".dvc", dep+"outs:\n"+strings.Replace(out, "path: f", "path: "+name, 1))
	}
	for updates, want := range map[bool][]string{
		true:  {"moved.dvc[{d (moved) update available}]", "new.dvc[{http://h/new modified}]"},
		false: {"new.dvc[{http://h/new modified}]"},
	} {
		st, err := comparison.Local(ctx, p.repo(), p.Root, nil, repository.Flags{}, elsewhere{}, updates)
		datasettest.Must(t, err)
		var got []string
		for _, s := range st.Stages {
			if len(s.Deps) > 0 {
				got = append(got, fmt.Sprint(s.Name, s.Deps))
			}
		}
		check(t, want, got)
	}
}

// TestStatus never says that all is there when it is not.
func TestStatus(t *testing.T) {
	ctx := context.Background()
	p := begin(t, map[string]string{"d/a": "1", "d/b": "2", "e/x": "x", "f": "f", "g": "g"}, "d", "e", "f", "g")
	status := func(targets ...string) (all []string) {
		t.Helper()
		st, err := comparison.Local(ctx, p.repo(), p.Root, targets, repository.Flags{}, elsewhere{}, true)
		datasettest.Must(t, err)
		for _, s := range st.Stages {
			all = append(all, fmt.Sprint(s.Name, s.Outs))
		}
		return all
	}
	check(t, nil, status())
	one, _ := object.Parse("c4ca4238a0b923820dcc509a6f75849b")
	c := p.repo().Cache(object.Current)
	datasettest.Must(t, c.Remove(one))
	check(t, []string{"d.dvc[{d not in cache}]"}, status())
	damaged := c.Path(object.ID{Sum: [16]byte{0x9d, 0xd4, 0xe4, 0x61, 0x26, 0x8c, 0x80, 0x34, 0xf5, 0xc8, 0x56, 0x4e, 0x15, 0x5c, 0x67, 0xa6}}) // x
	datasettest.Must(t, os.Chmod(damaged, 0o644))
	datasettest.Must(t, os.WriteFile(damaged, []byte("y"), 0o644))
	p.Write("f", "F")
	p.Remove("g")
	check(t, []string{"d.dvc[{d not in cache}]", "e.dvc[{e not in cache}]", "f.dvc[{f modified}]", "g.dvc[{g deleted}]"}, status())
	check(t, []string{"f.dvc[{f modified}]"}, status("f"))
	p.Write("f.dvc", "frozen: true\n"+datasettest.Read(t, filepath.Join(p.Root, "f.dvc")))
	if st, err := comparison.Local(ctx, p.repo(), p.Root, []string{"f"}, repository.Flags{}, elsewhere{}, true); err != nil || len(st.Warnings) != 1 {
		t.Errorf("a frozen stage: %+v, %v", st, err)
	}
}

// TestData tells committed from uncommitted, and what cannot be known.
func TestData(t *testing.T) {
	ctx := context.Background()
	p := begin(t, map[string]string{"d/a": "1", "d/s/b": "2", "f": "f", "same": "s"}, "d", "f", "same")
	data := func(a comparison.DataAsked, targets ...string) *comparison.DataStatus {
		t.Helper()
		d, err := comparison.Data(ctx, p.repo(), p.Root, targets, a)
		datasettest.Must(t, err)
		return d
	}
	all := comparison.DataAsked{Granular: true, Untracked: true, Unchanged: true}
	d := data(all)
	check(t, []string{"d/", "d/a", "d/s/b", "f", "same"}, d.Unchanged)
	p.Write("d/s/c", "3")
	p.add("d")
	p.Write("d/a", "changed")
	p.Write("stranger", "")
	d = data(all)
	check(t, []string{"modified d/", "added d/s/c"}, told(d.Committed))
	check(t, []string{"modified d/", "modified d/a"}, told(d.Uncommitted))
	check(t, []string{"d/s/b", "f", "same"}, d.Unchanged)
	check(t, []string{"stranger"}, d.Untracked)
	check(t, []string{"modified d/"}, told(data(comparison.DataAsked{}).Uncommitted))
	check(t, []string{"added d/s/c"}, told(data(all, "d/s").Committed))
	for _, o := range datasettest.Tree(t, filepath.Join(p.Root, ".dvc/cache")) {
		if name, _, _ := strings.Cut(o, " "); strings.HasSuffix(name, ".dir") {
			p.Remove(".dvc/cache/" + name)
		}
	}
	d = data(comparison.DataAsked{Granular: true})
	check(t, []string{"modified d/", "unknown d/a", "unknown d/s", "unknown d/s/b", "unknown d/s/c"}, plain(told(d.Uncommitted)))
	if len(d.NotInCache) != 1 || d.NotInCache[0].Shown() != "d/" {
		t.Errorf("not in the cache: %v", d.NotInCache)
	}
}

// plain takes the slash off folders that are only told of with their files.
func plain(lines []string) []string {
	for i, l := range lines {
		if strings.HasPrefix(l, "unknown") {
			lines[i] = strings.TrimSuffix(l, "/")
		}
	}
	return lines
}

// TestChangesAgreeWithTheFiles: whatever two versions of a folder hold, what is told is what
// differs between them.
func TestChangesAgreeWithTheFiles(t *testing.T) {
	ctx := context.Background()
	names := []string{"a", "a.b", "a-b", "s/x", "s/y", "s.z", "t/u/v"}
	p := begin(t, map[string]string{"d/keep": "k", "f": "f"}, "d")
	p.Write(".dvc/config", "[core]\n    no_scm = True\n")
	draw.Check(t, func(rt *rapid.T) {
		versions := [2]map[string]string{}
		for i := range versions {
			datasettest.Must(t, os.RemoveAll(filepath.Join(p.Root, "d")))
			versions[i] = rapid.MapOf(rapid.SampledFrom(names), rapid.SampledFrom([]string{"1", "2", "3"})).Draw(rt, "files")
			p.Write("d/keep", "k")
			for n, c := range versions[i] {
				p.Write("d/"+n, c)
			}
			if i == 0 {
				p.add("d")
			}
		}
		d, err := comparison.Data(ctx, p.repo(), p.Root, nil, comparison.DataAsked{Granular: true})
		datasettest.Must(t, err)
		var got []string
		for _, c := range d.Uncommitted {
			if c.Old != nil && !c.Old.ID.Dir {
				got = append(got, "-"+c.Old.Path)
			}
			if c.New != nil && !c.New.ID.Dir {
				got = append(got, "+"+c.New.Path)
			}
		}
		var want []string
		for _, n := range names {
			old, was := versions[0][n]
			now, is := versions[1][n]
			if was && (!is || old != now) {
				want = append(want, "-d/"+n)
			}
			if is && (!was || old != now) {
				want = append(want, "+d/"+n)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
