package inspect

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestArrow: a type that pyarrow unpickles is found in each place where it reads it.
func TestArrow(t *testing.T) {
	all, err := filepath.Glob("testdata/arrow/*")
	if err != nil || len(all) != 9 {
		t.Fatal(all, err)
	}
	for _, at := range all {
		b, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		p := tree(t, fstest.MapFS{"table": {Data: b}})["table"]
		rules := map[string]bool{}
		for _, f := range p.Findings {
			rules[f.Rule] = true
		}
		verdict := pickle.Clean
		if strings.Contains(at, "shell") {
			verdict = pickle.Malicious
		}
		if p.Verdict != verdict || p.Status != pickle.Complete || rules[RuleArrowExtension] != (verdict != pickle.Clean) || len(p.Coverage.Raw) == 0 {
			t.Errorf("%s: %s %s %+v", at, p.Verdict, p.Reason, p.Findings)
		}
		if b = bytes.Clone(b); strings.HasSuffix(at, "parquet") {
			b[len(b)-8]++
		} else if strings.HasSuffix(at, "arrows") {
			b = b[:len(b)-16] // the end, and the last bytes of a body
		} else {
			b[len(b)-9] = 0xff
		}
		if p = tree(t, fstest.MapFS{"table": {Data: b}})["table"]; p.Status == pickle.Complete {
			t.Errorf("%s with another length: %s", at, p.Verdict)
		}
	}
}
