package inspect

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// A link in a folder is told as one, with where it leads; one that leads out of the
// folder is a finding.
func TestLinksOfFolders(t *testing.T) {
	t.Parallel()
	blob := "../../blobs/" + strings.Repeat("0a", 32)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "own.pkl"), []byte("N."), 0o600); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"model.pkl": "/etc/passwd", "up.pkl": "../x.pkl", "in.pkl": "own.pkl", "blob.bin": blob, "no.bin": "/blobs/" + strings.Repeat("0a", 32)}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]bool{"model.pkl": true, "up.pkl": true, "no.bin": true}
	err := inspector(t).Tree(context.Background(), Disk(folder), func(p Part) error {
		to, isLink := links[p.Path]
		switch {
		case !isLink:
		case p.Status != pickle.Inconclusive, !strings.Contains(p.Reason, to), p.Format[0] != "link":
			t.Errorf("%s: %s, %q, %q", p.Path, p.Status, p.Format, p.Reason)
		case out[p.Path] != (len(p.Findings) == 1):
			t.Errorf("%s: %+v", p.Path, p.Findings)
		case out[p.Path] && (p.Findings[0].Rule != RuleLink || p.Findings[0].Severity != pickle.High || !strings.Contains(p.Findings[0].Why, to)):
			t.Errorf("%s: %+v", p.Path, p.Findings[0])
		}
		delete(links, p.Path)
		return nil
	})
	if err != nil || len(links) > 0 {
		t.Errorf("%v were not told of: %v", links, err)
	}
}
