package inspect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

func database(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "sqlite", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSQLite: what programs unpickle of a database is read as they do, wherever it
// lies; values that are data stay data.
func TestSQLite(t *testing.T) {
	for name, verdict := range map[string]Verdict{
		"shelve.db": pickle.Malicious, "overflow.db": pickle.Malicious, "norowid.db": pickle.Malicious, "view.db": pickle.Malicious,
		"default.db": pickle.Malicious, "packed.db": pickle.Malicious, "cast.db": pickle.NotKnown, "good.db": pickle.Clean, "texts.db": pickle.Clean,
	} {
		b := database(t, name)
		p := tree(t, fstest.MapFS{"m": {Data: b}})["m"]
		if complete := p.Status == pickle.Complete; p.Verdict != verdict || complete != (name != "cast.db") || p.Format[0] != "sqlite" {
			t.Errorf("%s: %s %s %s %v", name, p.Verdict, p.Status, p.Reason, p.Format)
		}
	}
	p := tree(t, fstest.MapFS{"m": {Data: append(database(t, "good.db"), "cposix\nsystem\n(S'id'\ntR."...)}})["m"]
	if p.Verdict != pickle.Malicious {
		t.Errorf("bytes behind: %s %s", p.Verdict, p.Reason)
	}
	b := database(t, "texts.db")
	b[4096] = 7 // a page of no kind
	p = tree(t, fstest.MapFS{"m": {Data: b}})["m"]
	if p.Verdict != pickle.NotKnown || !strings.Contains(p.Reason, "not known") {
		t.Errorf("damaged: %s %s", p.Verdict, p.Reason)
	}
}
