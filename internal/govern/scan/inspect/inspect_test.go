package inspect

import (
	"context"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// vetted is read once: it never changes.
var vetted = sync.OnceValues(func() (*pickle.Vetting, error) { return pickle.NewVetting("") })

func inspector(t *testing.T) *Inspector {
	t.Helper()
	v, err := vetted()
	if err != nil {
		t.Fatal(err)
	}
	return New(v, DefaultBudget())
}

func tree(t *testing.T, fsys fs.FS) map[string]Part {
	t.Helper()
	parts := map[string]Part{}
	err := inspector(t).Tree(context.Background(), fsys, func(p Part) error {
		if n := p.Coverage.Size(); n != p.Size {
			t.Errorf("%s: the coverage has %d bytes, the file %d", p.Path, n, p.Size)
		}
		parts[p.Path] = p
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func TestPickles(t *testing.T) {
	parts := tree(t, fstest.MapFS{
		"good.pkl":   {Data: []byte("(lp0\nI1\na.")},
		"evil.model": {Data: []byte("cposix\nsystem\n(S'id'\ntR.")},
	})
	if p := parts["good.pkl"]; p.Verdict != pickle.Clean || p.Status != pickle.Complete {
		t.Errorf("a list: %+v", p)
	}
	p := parts["evil.model"]
	if p.Verdict != pickle.Malicious || len(p.Findings) == 0 || p.Findings[0].Module != "posix" || p.Findings[0].Member != "evil.model" {
		t.Errorf("a command: %+v", p)
	}
	if len(p.SHA256) != 64 {
		t.Errorf("sha256 %q", p.SHA256)
	}
}

func TestRules(t *testing.T) {
	rules, err := Rules()
	if err != nil || len(rules) == 0 {
		t.Fatalf("%d rules, %v", len(rules), err)
	}
	if _, err := parseRule("x", "# T\nseverity: low\n\n## What\na\n"); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a page without sections: %v", err)
	}
}
