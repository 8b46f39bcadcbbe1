//go:build corpus

package inspect

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestCorpus reads a folder that test/conformance/scan/benign.py and malicious.py
// wrote: each file below malicious is flagged, and each other one complete and
// clean.
//
//	TACIT_TEST_MODELS=FOLDER go test -tags corpus ./internal/govern/scan/inspect -run Corpus
func TestCorpus(t *testing.T) {
	root := os.Getenv("TACIT_TEST_MODELS")
	if root == "" {
		t.Fatal("TACIT_TEST_MODELS names no folder")
	}
	counts := map[string]int{}
	err := inspector(t).Tree(context.Background(), os.DirFS(root), func(p Part) error {
		sums(t, p)
		kind := strings.SplitN(p.Path, "/", 2)[0]
		counts[kind+": "+p.Status.String()+", "+p.Verdict.String()]++
		if kind == "malicious" && p.Verdict < pickle.Suspicious || kind != "malicious" && (p.Status != pickle.Complete || p.Verdict != pickle.Clean) {
			t.Errorf("%s: %s, %s: %s %v", p.Path, p.Status, p.Verdict, p.Reason, p.Findings)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(counts)
}
