package data

import (
	"crypto/md5" //nolint:gosec // the name of an object is its md5
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
)

// TestPullWithoutARemote checks out what the cache has, and fails for the rest, of which
// it leaves what lies there. dvc takes that away.
func TestPullWithoutARemote(t *testing.T) {
	repo := filepath.Join(isolated(t), "repo")
	datasettest.WriteAll(t, repo, map[string]string{"d/a": "a", "d/b": "b", "f": "f"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "add", "-q", "d", "f")
	datasettest.Write(t, filepath.Join(repo, "d", "a"), "changed")
	in(t, repo, 0, "pull", "-q", "-f")
	if got := datasettest.Read(t, filepath.Join(repo, "d", "a")); got != "a" {
		t.Errorf("the cache has all of it, and %q lies there", got)
	}
	for _, gone := range []string{".dvc/cache/files/md5/0c", "f", "d/a"} {
		if err := os.RemoveAll(filepath.Join(repo, gone)); err != nil {
			t.Fatal(err)
		}
	}
	if _, errs := in(t, repo, 1, "pull", "-f"); !strings.Contains(errs, "Checkout failed") || !strings.Contains(errs, "No remote provided") {
		t.Error(errs)
	}
	if got := datasettest.Read(t, filepath.Join(repo, "f")) + datasettest.Read(t, filepath.Join(repo, "d", "b")); got != "fb" {
		t.Errorf("of what is there is checked out %q", got)
	}
	in(t, repo, 0, "pull", "-f", "--allow-missing")
}

// TestRemoteNotRefreshed: data status --no-remote-refresh says what the remote had when it
// was asked last, and asks nobody.
func TestRemoteNotRefreshed(t *testing.T) {
	root := isolated(t)
	repo, near := filepath.Join(root, "repo"), filepath.Join(root, "near")
	datasettest.WriteAll(t, repo, map[string]string{"d/a": "a", "f": "f"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "remote", "add", "-q", "-d", "near", near)
	in(t, repo, 0, "add", "-q", "d", "f")
	says := func(when, want string, args ...string) {
		t.Helper()
		out, _ := in(t, repo, 0, append([]string{"data", "status", "--json", "--granular", "--not-in-remote"}, args...)...)
		if got := strings.TrimSpace(out); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	const all, none = `{"not_in_remote": ["d/", "d/a", "f"]}`, `{}`
	in(t, repo, 0, "push", "-q")
	says("nobody asked yet", all, "--no-remote-refresh")
	says("asked", none)
	says("as it was said", none, "--no-remote-refresh")
	if err := os.RemoveAll(near); err != nil {
		t.Fatal(err)
	}
	says("it is gone, and not asked", none, "--no-remote-refresh")
	says("it is gone", all)
	says("it was gone", all, "--no-remote-refresh")
}

// TestPullOfWhatIsNowhere never says that all is up to date.
func TestPullOfWhatIsNowhere(t *testing.T) {
	root := isolated(t)
	repo := filepath.Join(root, "repo")
	datasettest.WriteAll(t, repo, map[string]string{"f": "f"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "remote", "add", "-q", "-d", "near", filepath.Join(root, "near"))
	in(t, repo, 0, "add", "-q", "f")
	datasettest.Must(t, os.RemoveAll(filepath.Join(repo, ".dvc", "cache")))
	if out, errs := in(t, repo, 1, "pull", "-f"); strings.Contains(out, "up to date") || errs == "" {
		t.Error(out, errs)
	}
	datasettest.Must(t, os.Remove(filepath.Join(repo, "f")))
	if out, errs := in(t, repo, 1, "pull"); strings.Contains(out, "up to date") || errs == "" {
		t.Error(out, errs)
	}
}

// TestNoObjectsName: a file that names no object is refused by every command that would
// have to know it.
func TestNoObjectsName(t *testing.T) {
	root := isolated(t)
	repo := filepath.Join(root, "repo")
	datasettest.WriteAll(t, repo, map[string]string{"f": "f"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "remote", "add", "-q", "-d", "near", filepath.Join(root, "near"))
	for _, md5 := range []string{"nonsense", "../../etc/passwd", "8fa14cdd754f91cc6554c9e71929cce", "8fa14cdd754f91cc6554c9e71929cce7.di"} {
		datasettest.Write(t, filepath.Join(repo, "f.dvc"), "outs:\n- md5: "+md5+"\n  hash: md5\n  path: f\n")
		for _, command := range [][]string{{"push"}, {"pull", "-f"}, {"fetch"}, {"checkout", "-f"}, {"status", "-c"}, {"fsck"}, {"gc", "-w", "-f"}} {
			t.Chdir(repo)
			if code, out, errs := run(t, false, "", command...); code == 0 || !strings.Contains(errs, "which no object has") {
				t.Errorf("%s of %s: %d %s %s", command, md5, code, out, errs)
			}
		}
	}
}

// TestListingOfTheToolsOwn: no version writes into a .git or a .dvc below its folder.
func TestListingOfTheToolsOwn(t *testing.T) {
	repo := filepath.Join(isolated(t), "repo")
	datasettest.WriteAll(t, repo, map[string]string{"f": "f"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "add", "-q", "f")
	for _, p := range []string{".git/config", "a/.GIT/hooks/x", ".dvc/config"} {
		text := `[{"md5": "8fa14cdd754f91cc6554c9e71929cce7", "relpath": "` + p + `"}]`
		sum := fmt.Sprintf("%x", md5.Sum([]byte(text)))
		datasettest.Write(t, filepath.Join(repo, ".dvc", "cache", "files", "md5", sum[:2], sum[2:]+".dir"), text)
		datasettest.Write(t, filepath.Join(repo, "d.dvc"), "outs:\n- md5: "+sum+".dir\n  hash: md5\n  path: d\n")
		if _, errs := in(t, repo, 255, "checkout", "-f"); !strings.Contains(errs, "tools' own") {
			t.Error(errs)
		}
		in(t, repo, 0, "get", "-q", "--force", repo, "d", "-o", filepath.Join(repo, "got"))
		for _, folder := range []string{"d", "got"} {
			if _, err := os.Lstat(filepath.Join(repo, folder, p)); err == nil {
				t.Errorf("%s/%s was written", folder, p)
			}
		}
	}
}

// TestAddOfTheToolsOwn: what no checkout would bring is not added, unless it is left out.
func TestAddOfTheToolsOwn(t *testing.T) {
	repo := filepath.Join(isolated(t), "repo")
	datasettest.WriteAll(t, repo, map[string]string{"d/a": "a", "d/.GIT/config": "c"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	t.Chdir(repo)
	if code, out, errs := run(t, false, "", "add", "d"); code == 0 || !strings.Contains(errs, `".GIT/config"`) || !strings.Contains(errs, ".dvcignore") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if _, err := os.Lstat(filepath.Join(repo, "d.dvc")); err == nil {
		t.Error("d.dvc was written")
	}
	datasettest.Write(t, filepath.Join(repo, ".dvcignore"), ".GIT\n")
	in(t, repo, 0, "add", "d")
	in(t, repo, 0, "checkout")
}

// TestLongNames are data as long as DVC's own file beside them has a name.
func TestLongNames(t *testing.T) {
	repo := filepath.Join(isolated(t), "repo")
	name := strings.Repeat("n", 251)
	datasettest.WriteAll(t, repo, map[string]string{name: "f", "d/" + name + "abcd": "g", "d/" + name + "efgh": "h"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "config", "cache.type", "hardlink")
	in(t, repo, 0, "add", "-q", name, "d")
	in(t, repo, 0, "unprotect", name, "d")
	if out, _ := in(t, repo, 0, "status"); out != "Data and pipelines are up to date.\n" {
		t.Error(out)
	}
}
