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

// TestCover: whatever readings say of the bytes, the ranges of a part are in
// order, apart, and the part.
func TestCover(t *testing.T) {
	t.Parallel()
	r := func(from, to int64) Range { return Range{From: from, To: to} }
	for _, of := range [][]Coverage{
		nil,
		{{Parsed: []Range{r(10, 20), r(0, 10)}}},
		{{Raw: []Range{r(12, 20), r(0, 4)}, Parsed: []Range{r(4, 12)}}},
		{{Parsed: []Range{r(0, 10)}, Raw: []Range{r(5, 15)}}, {Raw: []Range{r(14, 99)}}},
		{{Parsed: []Range{r(0, 10)}, Raw: []Range{r(0, 10)}}},
	} {
		c, at := cover(20, of), int64(0)
		kinds := [][]Range{c.Parsed, c.Raw, c.Unparsed}
		for at < 20 {
			found := false
			for i, ranges := range kinds {
				if len(ranges) > 0 && ranges[0].From == at {
					at, kinds[i], found = ranges[0].To, ranges[1:], true
					break
				}
			}
			if !found {
				t.Fatalf("%v is covered by %v: nothing begins at %d", of, c, at)
			}
		}
		if c.Size() != 20 {
			t.Errorf("%v is covered by %v", of, c)
		}
	}
}
