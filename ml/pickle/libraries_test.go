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

// TestOldVectors: the counts that gensim keeps of a word, under the name that they had,
// are data.
func TestOldVectors(t *testing.T) {
	t.Parallel()
	counts := "cgensim.models.keyedvectors\nVocab\n)\x81}X\x05\x00\x00\x00countK\x01sb"
	for value, want := range map[string]bool{counts: true, "cnobody.knows\nVocab\n)\x81": false, "cposix\nsystem\n": false} {
		model := "\x80\x02cgensim.models.doc2vec\nDoc2Vec\n)\x81}X\x03\x00\x00\x00cat" + value + "sb."
		if r := scan(t, []byte(model)); (r.Verdict == Clean && r.Status == Complete) != want {
			t.Errorf("%q: %s, %s, %+v", value, r.Status, r.Verdict, r.Findings)
		}
	}
}
