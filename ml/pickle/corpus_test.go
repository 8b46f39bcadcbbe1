//go:build corpus

package pickle

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpus reads a folder, such as testdata/corpus.py writes: each file below
// malicious is not clean, and each other one complete and clean.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root := os.Getenv("TACIT_TEST_PICKLES")
	if root == "" {
		t.Fatal("TACIT_TEST_PICKLES names no folder that testdata/corpus.py wrote")
	}
	v := vetting(t)
	counts := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		r := Scan(f, info.Size(), v, DefaultBudget())
		covers(t, r)
		malicious := strings.Contains(path, "/malicious/")
		counts[r.Status.String()+" "+r.Verdict.String()]++
		if malicious && (r.Verdict == Clean || r.Verdict == NotKnown) || !malicious && (r.Status != Complete || r.Verdict != Clean) {
			t.Errorf("%s: %s, %s: %s %v", path, r.Status, r.Verdict, r.Reason, r.Findings)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(counts)
}
