package revision_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestGit asks git all that is asked of it, with names that are hard to read.
func TestGit(t *testing.T) {
	ctx, root := context.Background(), t.TempDir()
	if _, ok := revision.Find(root); ok {
		t.Skip("the folder of temporary files lies in a working copy of git")
	}
	datasettest.Git(t, root, "init", "-q")
	g, ok := revision.Find(filepath.Join(root, "none/below"))
	if !ok || g.Root() != root {
		t.Fatalf("the working copy is %v", g)
	}
	if empty, err := g.Empty(ctx); err != nil || !empty {
		t.Errorf("without a commit: %v, %v", empty, err)
	}
	odd := "d/new\nline \"é\"\xff"
	datasettest.WriteAll(t, root, map[string]string{"a": "one", odd: "two", ".gitignore": "*.tmp\n", "*": "star"})
	datasettest.Git(t, root, "add", ".")
	datasettest.Git(t, root, "commit", "-q", "-m", "first")
	datasettest.Git(t, root, "tag", "-a", "-m", "v1", "v1")
	datasettest.WriteAll(t, root, map[string]string{"a": "changed", "x.tmp": "", "new": ""})
	commit, err := g.Resolve(ctx, "v1")
	datasettest.Must(t, err)
	blobs, err := g.Tree(ctx, commit, "d")
	if err != nil || len(blobs) != 1 || blobs[0].Path != odd {
		t.Fatalf("%v, %v", blobs, err)
	}
	r, err := g.Reader(ctx)
	datasettest.Must(t, err)
	if _, err := r.Read(blobs[0].Hash, 2); !fault.Is(err, fault.Limit) {
		t.Errorf("a blob that is too large: %v", err)
	}
	if content, err := r.Read(blobs[0].Hash, 3); err != nil || string(content) != "two" {
		t.Errorf("%q, %v", content, err)
	}
	if _, err := r.Read(strings.Repeat("0", 40), 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("a blob that is not there: %v", err)
	}
	datasettest.Must(t, r.Close())
	tracked, err := g.Tracked(ctx, "d", "*", "x.tmp")
	if diff := cmp.Diff([]string{"*", odd}, tracked); err != nil || diff != "" {
		t.Error(err, diff)
	}
	ignored, err := g.Ignored(ctx, []string{"a", "x.tmp", "d/y.tmp"})
	if diff := cmp.Diff(map[string]bool{"x.tmp": true, "d/y.tmp": true}, ignored); err != nil || diff != "" {
		t.Error(err, diff)
	}
	datasettest.Must(t, g.Add(ctx, "new"))
	state, err := g.Status(ctx, true)
	if diff := cmp.Diff(&revision.State{Staged: map[string][]string{"add": {"new"}}, Unstaged: []string{"a"}}, state); err != nil || diff != "" {
		t.Error(err, diff)
	}
	tags, err := g.Tags(ctx)
	branches, err2 := g.Branches(ctx)
	commits, err3 := g.Commits(ctx)
	if diff := cmp.Diff([]any{map[string]string{"v1": commit}, map[string]string{"main": commit}, []string{commit}}, []any{tags, branches, commits}); diff != "" {
		t.Error(err, err2, err3, diff)
	}
	for _, rev := range []string{"none", "-h", ""} {
		if _, err := g.Resolve(ctx, rev); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", rev, err)
		}
	}
}
