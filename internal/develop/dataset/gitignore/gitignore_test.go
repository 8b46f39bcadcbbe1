package gitignore_test

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/gitignore"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson/pyjsontest"
)

// What dvc add wrote for names of all sorts, but where git would not ignore the
// file by it: a name with a space at its end, or with the end of a line in it.
func TestLinesAreDvcs(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "added.jsonl", func(line int, parts []json.RawMessage) {
		raw, err := hex.DecodeString(pyjsontest.Text(t, parts[0]))
		if err != nil {
			t.Fatal(err)
		}
		want := pyjsontest.Text(t, parts[2])
		got := string(gitignore.Add(nil, string(raw)))
		if odd := strings.HasSuffix(string(raw), " ") || strings.Contains(string(raw), "\n"); (got == want) == odd {
			t.Errorf("line %d: %q, want %q", line, got, want)
		}
		if left := gitignore.Remove([]byte("x\r\n"+want+" y"), string(raw)); string(left) != "x\r\n y" && !strings.Contains(string(raw), "\n") {
			t.Errorf("line %d: %q is left", line, left)
		}
		if left := gitignore.Remove([]byte(got), string(raw)); left != nil {
			t.Errorf("line %d: %q is left of its own", line, left)
		}
	})
}

func TestOthersLinesStay(t *testing.T) {
	t.Parallel()
	const others = "# mine\r\n*.pyc\n/data/\n  /data2"
	with := gitignore.Add([]byte(others), "data")
	if string(with) != others+"\n/data\n" {
		t.Errorf("%q", with)
	}
	if again := gitignore.Add(with, "data"); string(again) != string(with) {
		t.Errorf("%q", again)
	}
	if left := gitignore.Remove(with, "data"); string(left) != others+"\n" {
		t.Errorf("%q", left)
	}
	if left := gitignore.Remove([]byte(others), "data"); string(left) != others {
		t.Errorf("%q", left)
	}
	if left := gitignore.Remove([]byte("/data\n"), "data"); left != nil {
		t.Errorf("%q is left", left)
	}
}
