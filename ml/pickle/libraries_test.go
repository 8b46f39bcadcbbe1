package pickle

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLibraries: what testdata/libraries.py wrote by real libraries is clean and complete.
func TestLibraries(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/libraries/*")
	if err != nil || len(files) < 28 {
		t.Fatal(len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if r := scan(t, data); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s: %s, %s, %+v", name, r.Status, r.Verdict, r.Findings)
		}
	}
}
