package workingcopy_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestPreCommit writes the hooks into the list of the program pre-commit, once, however
// that list is indented.
func TestPreCommit(t *testing.T) {
	const name = ".pre-commit-config.yaml"
	for _, before := range []string{"", "repos:\n- repo: x\n  hooks: []\n", "fail_fast: true\nrepos:\n  - repo: x\n    hooks: []"} {
		p := begin(t, nil)
		if before != "" {
			p.Write(name, before)
		}
		for range 2 {
			datasettest.Must(t, workingcopy.InstallPreCommit(context.Background(), p.config().Repo, "tacit data"))
		}
		text := datasettest.Read(t, filepath.Join(p.Root, name))
		root, err := yamltext.Parse([]byte(text))
		datasettest.Must(t, err)
		repos := root.Get("repos").Items
		last := repos[len(repos)-1]
		if !strings.HasPrefix(text, strings.TrimSuffix(before, "\n")) || len(repos) != 1+strings.Count(before, "repo: x") || len(last.Get("hooks").Items) != 3 {
			t.Errorf("%q became\n%s", before, text)
		}
		if entry := last.Get("hooks").Items[1].Get("entry"); entry == nil || entry.Value != any("tacit data git-hook pre-push") {
			t.Errorf("%q: %v", before, entry)
		}
	}
	p := begin(t, map[string]string{name: "repos:\n- repo: x\nfail_fast: true\n"})
	if err := workingcopy.InstallPreCommit(context.Background(), p.config().Repo, "tacit data"); !fault.Is(err, fault.Unsupported) {
		t.Errorf("a list that is not at the end: %v", err)
	}
}
