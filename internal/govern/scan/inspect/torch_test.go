package inspect

import (
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestTorch reads what PyTorch itself wrote, and the libraries that save by it
// (testdata/torch.py): all of it is understood and has nothing against it, and a
// payload in any of its parts is found.
func TestTorch(t *testing.T) {
	t.Parallel()
	parts := tree(t, os.DirFS("testdata/torch"))
	if len(parts) < 90 {
		t.Fatalf("%d files", len(parts))
	}
	for name, p := range parts {
		if strings.HasPrefix(name, "benign/") {
			if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 {
				t.Errorf("%s: %s, %s: %s %v", name, p.Status, p.Verdict, p.Reason, p.Findings)
			}
			continue
		}
		want, rule := pickle.Malicious, pickle.RuleCall
		if strings.HasSuffix(name, "code.pt") {
			want, rule = pickle.Suspicious, RuleScript
		}
		found := false
		for _, f := range p.Findings {
			found = found || f.Rule == rule
		}
		if p.Verdict != want || !found {
			t.Errorf("%s: %s, %s: %v", name, p.Status, p.Verdict, p.Findings)
		}
	}
}
