package data

import (
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
