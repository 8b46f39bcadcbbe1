package workingcopy_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/dataset/checkout"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// place is a repository that is worked on.
type place struct {
	*datasettest.Place
	env  repository.Environment
	said []string
}

// begin makes a repository with files, in git.
func begin(t *testing.T, files map[string]string) *place {
	p := &place{Place: datasettest.Begin(t), env: repository.Environment{Getenv: func(string) string { return "" }, Home: t.TempDir(), Chance: draw.Reader(t), Now: time.Now}}
	datasettest.Must(t, workingcopy.Init(context.Background(), p.Root, workingcopy.Initial{}, p.env))
	datasettest.WriteAll(t, p.Root, files)
	return p
}

func (p *place) config() workingcopy.Config {
	p.T.Helper()
	r, err := repository.Open(p.Root, p.env)
	datasettest.Must(p.T, err)
	say := func(text string) { p.said = append(p.said, text) }
	return workingcopy.Config{Repo: r, Cwd: p.Root, Command: "test", Warn: say, Say: say}
}

func (p *place) add(targets ...string) []string {
	p.T.Helper()
	touched, err := p.config().Add(context.Background(), targets, workingcopy.Adding{})
	datasettest.Must(p.T, err)
	return touched
}

func (p *place) refuses(kind fault.Kind, words string, targets ...string) {
	p.T.Helper()
	if _, err := p.config().Add(context.Background(), targets, workingcopy.Adding{}); !fault.Is(err, kind) || !strings.Contains(err.Error(), words) {
		p.T.Errorf("add %q: %v; want %v with %q", targets, err, kind, words)
	}
}

func (p *place) checkout(how workingcopy.CheckingOut, targets ...string) (*workingcopy.CheckedOut, error) {
	return p.config().Checkout(context.Background(), targets, how)
}

func (p *place) mustCheckout(targets ...string) *workingcopy.CheckedOut {
	p.T.Helper()
	r, err := p.checkout(workingcopy.CheckingOut{}, targets...)
	datasettest.Must(p.T, err)
	return r
}

// data are the files that belong to nobody else.
func (p *place) data() (all []string) {
	for _, line := range datasettest.Tree(p.T, p.Root) {
		if !strings.HasPrefix(line, ".") {
			all = append(all, line)
		}
	}
	return all
}

// TestAddChangesWhatIsNew: what says the same is not written, not even anew.
func TestAddChangesWhatIsNew(t *testing.T) {
	p := begin(t, map[string]string{"d/a": "a", "d/b/c": "c", "f": "f", ".gitignore": "other\n"})
	if touched := p.add("d", "f"); !slices.Equal(touched, []string{".gitignore", "d.dvc", "f.dvc"}) {
		t.Errorf("git is to be told of %q", touched)
	}
	if got := p.Read(".gitignore"); got != "other\n/d\n/f\n" {
		t.Errorf(".gitignore is %q", got)
	}
	before := map[string]os.FileInfo{}
	names := []string{"d.dvc", "f.dvc", ".gitignore"}
	for _, n := range names {
		before[n], _ = os.Stat(filepath.Join(p.Root, n))
	}
	if touched := p.add("d", "f"); !slices.Equal(touched, []string{"d.dvc", "f.dvc"}) {
		t.Errorf("the second time git is to be told of %q", touched)
	}
	for _, n := range names {
		now, err := os.Stat(filepath.Join(p.Root, n))
		if err != nil || !os.SameFile(now, before[n]) || now.ModTime() != before[n].ModTime() {
			t.Errorf("%s was written although nothing changed: %v", n, err)
		}
	}
}

// TestAddRefuses what dvc refuses, and leaves all as it was: also what other targets
// would have got, and the lines of .gitignore that were there.
func TestAddRefuses(t *testing.T) {
	p := begin(t, map[string]string{"good": "g", "tracked": "t", "d/a": "a", "x.tmp": "x", ".gitignore": "/mine\n", ".dvcignore": "*.tmp\n", "patterns/.dvcignore": "", "p/q": "q"})
	datasettest.Git(t, p.Root, "add", "tracked")
	p.add("d", "p/q")
	datasettest.Must(t, os.Symlink("nowhere", filepath.Join(p.Root, "broken")))
	datasettest.Must(t, os.Symlink("d", filepath.Join(p.Root, "linked")))
	before := datasettest.Tree(t, filepath.Join(p.Root, "d"))
	text := p.Read(".gitignore")
	p.refuses(fault.NotFound, "output 'none' does not exist", "good", "none")
	p.refuses(fault.Conflict, "is already tracked by SCM", "good", "tracked")
	p.refuses(fault.Invalid, "is ignored by .dvcignore:1:*.tmp", "good", "x.tmp")
	p.refuses(fault.Invalid, "cannot be an output", "good", "d.dvc")
	p.refuses(fault.Invalid, "outside of DVC project", "good", "../x")
	p.refuses(fault.Invalid, "symlinked directories", "good", "linked/a")
	p.refuses(fault.Invalid, "is not a file or directory", "good", "broken")
	p.refuses(fault.Invalid, "should not be in collected dir path", "good", "patterns")
	p.refuses(fault.Conflict, "overlapping with other DVC tracked output", "good", "p")
	p.refuses(fault.NotFound, "No such file", "good", "d/none")
	p.refuses(fault.Invalid, "The repository itself", ".")
	if _, err := os.Stat(filepath.Join(p.Root, "good.dvc")); err == nil || p.Read(".gitignore") != text {
		t.Errorf("a refused add left something: .gitignore is %q", p.Read(".gitignore"))
	}
	if diff := cmp.Diff(before, datasettest.Tree(t, filepath.Join(p.Root, "d"))); diff != "" {
		t.Error(diff)
	}
	for _, line := range datasettest.Tree(t, filepath.Join(p.Root, ".dvc")) {
		if strings.Contains(line, ".tmp ") {
			t.Errorf("left behind: %s", line)
		}
	}
}

// TestAddOfAnotherRepository tells that nothing of it is added.
func TestAddOfAnotherRepository(t *testing.T) {
	p := begin(t, map[string]string{"d/.dvc/config": "", "d/a": "1", "e/.dvc": "", "e/a": "1"})
	p.add("d", "e")
	if len(p.said) != 1 || !strings.Contains(p.said[0], "'d' is a repository of DVC of its own") || !strings.Contains(p.Read("d.dvc"), "nfiles: 0") {
		t.Errorf("%q, and d.dvc is\n%s", p.said, p.Read("d.dvc"))
	}
}

// TestParts: a part of a folder is added while the rest is not there, and taken out of it.
func TestParts(t *testing.T) {
	p := begin(t, map[string]string{"d/a": "1", "d/s/b": "22"})
	p.add("d")
	whole := p.Read("d.dvc")
	datasettest.Must(t, os.RemoveAll(filepath.Join(p.Root, "d")))
	p.Write("d/s/c", "333")
	p.add("d/s/c")
	if got := p.Read("d.dvc"); !strings.Contains(got, "size: 6\n  nfiles: 3") {
		t.Errorf("after a file was added:\n%s", got)
	}
	p.mustCheckout("d")
	if got := p.Read("d/s/b") + p.Read("d/a"); got != "221" {
		t.Errorf("the rest has %q", got)
	}
	datasettest.Must(t, os.RemoveAll(filepath.Join(p.Root, "d/s/c")))
	p.add("d/s/c")
	if got := strings.ReplaceAll(whole, "  size: 3\n", ""); p.Read("d.dvc") != got {
		t.Errorf("after it was taken out:\n%s, want\n%s", p.Read("d.dvc"), got)
	}
	p.add("d")
	if got := p.Read("d.dvc"); len(got) != len(whole) || !strings.Contains(got, "size: 3") { // a key that comes back stands last
		t.Errorf("all of it:\n%s", p.Read("d.dvc"))
	}
}

// TestCheckoutLosesNothing: files whose bytes are nowhere else keep everything as it was.
func TestCheckoutLosesNothing(t *testing.T) {
	p := begin(t, map[string]string{"d/a": "1", "d/b": "2", "f": "f"})
	p.add("d", "f")
	p.Commit()
	p.Write("d/a", "changed")
	p.Write("d/new", "new")
	datasettest.Must(t, os.Remove(filepath.Join(p.Root, "d/b")))
	before := p.data()
	_, err := p.checkout(workingcopy.CheckingOut{})
	var unsaved *checkout.Unsaved
	if !errors.As(err, &unsaved) || !slices.Equal(unsaved.Paths, []string{"d/a", "d/new"}) {
		t.Fatalf("checkout: %v", err)
	}
	if diff := cmp.Diff(before, p.data()); diff != "" {
		t.Error("a refused checkout changed something:\n" + diff)
	}
	r, err := p.checkout(workingcopy.CheckingOut{Force: true})
	if err != nil || !slices.Equal(r.Modified, []string{"d/"}) || r.Files.Added != 1 || r.Files.Modified != 1 || r.Files.Deleted != 1 {
		t.Errorf("by force: %+v, %v", r, err)
	}
	if r := p.mustCheckout(); len(r.Modified)+len(r.Added)+len(r.Deleted) > 0 {
		t.Errorf("once more: %+v", r)
	}
}

// TestCheckoutOfAnotherRevision brings what it has, and takes away what it has not.
func TestCheckoutOfAnotherRevision(t *testing.T) {
	p := begin(t, map[string]string{"d/a": "1", "mine": "m"})
	p.add("d")
	p.Commit()
	p.Write("d/a", "2")
	p.Write("later/x", "x")
	p.add("d", "later")
	p.Commit()
	datasettest.Git(t, p.Root, "checkout", "-q", "HEAD^")
	if r := p.mustCheckout(); !slices.Equal(r.Modified, []string{"d/"}) || !slices.Equal(r.Deleted, []string{"later/"}) || p.Read("d/a") != "1" || p.Read("mine") != "m" {
		t.Errorf("back: %+v, d/a is %q", r, p.Read("d/a"))
	}
	datasettest.Git(t, p.Root, "checkout", "-q", "-")
	if r := p.mustCheckout(); !slices.Equal(r.Added, []string{"later/"}) || p.Read("later/x") != "x" {
		t.Errorf("forth: %+v", r)
	}
	p.Write("later/x", "changed")
	datasettest.Git(t, p.Root, "checkout", "-q", "HEAD^")
	if r := p.mustCheckout(); len(r.Deleted) > 0 || p.Read("later/x") != "changed" {
		t.Errorf("what has changed since was taken away: %+v", r)
	}
}

// TestCheckoutLeavesWhatIsWrittenAnew: where no stage has data any more, what a command
// brought goes, and what somebody wrote since stays: with the same bytes, with those of
// another version, and as one file of a folder.
func TestCheckoutLeavesWhatIsWrittenAnew(t *testing.T) {
	files := map[string]string{"f": "1", "g": "1", "d/a": "1", "d/b": "2", "e/a": "1", "moved": "m", "part/a": "1", "part/b": "1", "made/a": "1", "whole/a": "1", "whole/b": "1"}
	p := begin(t, files)
	p.add("f", "g", "d", "e", "moved", "part", "made", "whole")
	p.Write("whole/b", "2")
	p.add("whole/b")
	_, err := p.config().Move(context.Background(), "moved", "m")
	datasettest.Must(t, errors.Join(err, os.RemoveAll(filepath.Join(p.Root, "made"))))
	p.mustCheckout() // it finds whole to be the version
	p.Write("part/b", "2")
	p.add("part/b")
	for _, name := range []string{"f", "g", "d", "e", "m", "part", "made", "whole"} {
		datasettest.Must(t, os.Remove(filepath.Join(p.Root, name+".dvc")))
	}
	for name, content := range map[string]string{"f": "1", "d/a": "1", "part/a": "2"} {
		datasettest.Must(t, os.Remove(filepath.Join(p.Root, name)))
		p.Write(name, content)
	}
	if r := p.mustCheckout(); !slices.Equal(r.Deleted, []string{"e/", "made/", "whole/", "g", "m", "part/b"}) {
		t.Errorf("checkout took away %q", r.Deleted)
	}
	var left []string
	for _, name := range append(slices.Sorted(maps.Keys(files)), "m") {
		if _, err := os.Lstat(filepath.Join(p.Root, name)); err == nil {
			left = append(left, name)
		}
	}
	if want := []string{"d/a", "d/b", "f", "part/a"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}

// TestCheckoutOfMissing makes what can be made, keeps what is there, and names the rest.
func TestCheckoutOfMissing(t *testing.T) {
	p := begin(t, map[string]string{"d/a": "1", "d/b": "2", "g/a": "3"})
	p.add("d", "g")
	c := p.config().Repo.Cache(object.Current)
	ix, err := p.config().Repo.Index(context.Background(), "")
	datasettest.Must(t, err)
	a, _ := object.Parse("c4ca4238a0b923820dcc509a6f75849b")
	datasettest.Must(t, errors.Join(c.Remove(a), c.Remove(ix.Outs[1].ID), os.Remove(filepath.Join(p.Root, "d/a")), os.Remove(filepath.Join(p.Root, "d/b"))))
	r, err := p.checkout(workingcopy.CheckingOut{})
	if err != nil || !slices.Equal(r.Failed, []string{"d", "g"}) || p.Read("d/b") != "2" || p.Read("g/a") != "3" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = p.checkout(workingcopy.CheckingOut{AllowMissing: true}); err != nil || len(r.Failed) > 0 {
		t.Errorf("allowed to be missing: %+v, %v", r, err)
	}
}

// TestCheckoutLeadsNowhereElse: a folder of data that became a link is not followed out.
func TestCheckoutLeadsNowhereElse(t *testing.T) {
	p := begin(t, map[string]string{"d/s/a": "1"})
	p.add("d")
	elsewhere := t.TempDir()
	datasettest.Must(t, errors.Join(os.RemoveAll(filepath.Join(p.Root, "d/s")), os.Symlink(elsewhere, filepath.Join(p.Root, "d/s"))))
	if _, err := p.checkout(workingcopy.CheckingOut{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("checkout: %v", err)
	}
	if left, err := os.ReadDir(elsewhere); err != nil || len(left) > 0 {
		t.Errorf("outside there are %v, %v", left, err)
	}
}

// TestExecutable: that a file may be executed comes back, and never reaches its object.
func TestExecutable(t *testing.T) {
	for _, links := range []string{"copy", "hardlink", "symlink"} {
		p := begin(t, map[string]string{"run": "#!/bin/sh\n", ".dvc/config": "[cache]\n    type = " + links + "\n"})
		datasettest.Must(t, os.Chmod(filepath.Join(p.Root, "run"), 0o755))
		p.add("run")
		datasettest.Must(t, os.Remove(filepath.Join(p.Root, "run")))
		p.mustCheckout()
		info, err := os.Lstat(filepath.Join(p.Root, "run"))
		if err != nil || info.Mode()&0o100 == 0 {
			t.Errorf("%s: the file is %v, %v", links, info, err)
		}
		for _, line := range datasettest.Tree(t, filepath.Join(p.Root, ".dvc/cache")) {
			if !strings.Contains(line, " -r--r--r-- ") {
				t.Errorf("%s: %s", links, line)
			}
		}
	}
}

// TestCommit asks before it makes a change a version; nobody says no.
func TestCommit(t *testing.T) {
	p := begin(t, map[string]string{"d/a": "1", "f": "f"})
	p.add("d", "f")
	p.Write("d/a", "2")
	was := p.Read("d.dvc")
	commit := func(answer func(string) bool, target string, how workingcopy.Committing) error {
		c := p.config()
		c.Confirm = answer
		return c.Commit(context.Background(), target, how)
	}
	if err := commit(nil, "", workingcopy.Committing{}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "unable to commit changed stage: 'd.dvc'") || p.Read("d.dvc") != was {
		t.Errorf("nobody: %v", err)
	}
	asked := ""
	if err := commit(func(q string) bool { asked = q; return true }, "d", workingcopy.Committing{}); err != nil || asked != "outputs ['d'] of stage: 'd.dvc' changed. Are you sure you want to commit it?" || p.Read("d.dvc") == was {
		t.Errorf("asked %q: %v", asked, err)
	}
	datasettest.Must(t, os.Remove(filepath.Join(p.Root, "f")))
	if err := commit(nil, "f.dvc", workingcopy.Committing{Force: true}); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is not there: %v", err)
	}
}

// TestMoveAndRemove keep the data, and git's lines about others.
func TestMoveAndRemove(t *testing.T) {
	ctx := context.Background()
	p := begin(t, map[string]string{"d/a": "1", "f": "f", "to/x": "", ".gitignore": "/other\n"})
	p.add("d", "f")
	_, err := p.config().Move(ctx, "d", "to")
	datasettest.Must(t, err)
	if got := p.Read("to/d/a") + p.Read("to/.gitignore") + p.Read(".gitignore") + p.Read("to/d.dvc"); !strings.HasPrefix(got, "1/d\n/other\n/f\nouts:\n- md5: ") {
		t.Errorf("after the move: %q", got)
	}
	for from, to := range map[string]string{"none": "x", "to/d": "f", "f": "no/where"} {
		if _, err := p.config().Move(ctx, from, to); err == nil {
			t.Errorf("moved %s to %s", from, to)
		}
	}
	datasettest.Must(t, p.config().Remove(ctx, "to/d.dvc", false))
	datasettest.Must(t, p.config().Remove(ctx, "f.dvc", true))
	want := []string{"to/d/a -rw-r--r-- 1", "to/x -rw-r--r-- "}
	if diff := cmp.Diff(want, p.data()); diff != "" || p.Read(".gitignore") != "/other\n" {
		t.Errorf("%q\n%s", p.Read(".gitignore"), diff)
	}
	if r := p.mustCheckout(); len(r.Deleted) > 0 || p.Read("to/d/a") != "1" {
		t.Errorf("a checkout took away what is not tracked any more: %+v", r)
	}
}

// TestLegacy: data that DVC 2 added are what they were, until they change.
func TestLegacy(t *testing.T) {
	const sum = "dd8c6a395b5dd36c56d23275028f526c" // of a\nb\n, which is a\r\nb\r\n here
	p := begin(t, map[string]string{"f": "a\r\nb\r\n", "f.dvc": "outs:\n- md5: " + sum + "\n  size: 6\n  path: f\n", ".dvc/cache/dd/8c6a395b5dd36c56d23275028f526c": "a\r\nb\r\n"})
	if err := p.config().Commit(context.Background(), "", workingcopy.Committing{}); err != nil || strings.Contains(p.Read("f.dvc"), "hash: md5") {
		t.Errorf("nothing changed: %v\n%s", err, p.Read("f.dvc"))
	}
	datasettest.Must(t, os.Remove(filepath.Join(p.Root, "f")))
	if p.mustCheckout(); p.Read("f") != "a\r\nb\r\n" {
		t.Errorf("checked out: %q", p.Read("f"))
	}
	p.Write("f", "a\nb\n")
	if r := p.mustCheckout(); len(r.Modified) > 0 {
		t.Errorf("the same lines are another version: %+v", r)
	}
	p.add("f")
	if got := p.Read("f.dvc"); !strings.Contains(got, "hash: md5") {
		t.Errorf("added again:\n%s", got)
	}
}

// TestMerge is what git's driver does with two versions of a folder.
func TestMerge(t *testing.T) {
	p := begin(t, map[string]string{"d/a": "1", "d/b": "2"})
	p.add("d")
	versions := []string{p.Read("d.dvc")}
	for _, name := range []string{"ours", "theirs"} {
		p.Write("d/"+name, name)
		p.add("d")
		versions = append(versions, p.Read("d.dvc"))
		datasettest.Must(t, os.Remove(filepath.Join(p.Root, "d", name)))
	}
	files := make([]string, 3)
	for i, v := range versions {
		files[i] = filepath.Join(p.Root, fmt.Sprintf("v%d.dvc", i))
		datasettest.Write(t, files[i], v)
	}
	datasettest.Must(t, workingcopy.Merge(context.Background(), p.config().Repo, files[0], files[1], files[2]))
	datasettest.Must(t, os.Rename(files[1], filepath.Join(p.Root, "d.dvc")))
	datasettest.Must(t, errors.Join(os.Remove(files[0]), os.Remove(files[2])))
	p.mustCheckout()
	if got := p.Read("d/ours") + p.Read("d/theirs") + p.Read("d/a") + p.Read("d.dvc"); !strings.HasPrefix(got, "ourstheirs1outs:") || !strings.Contains(got, "size: 12\n  nfiles: 4") {
		t.Errorf("merged: %q", got)
	}
}
