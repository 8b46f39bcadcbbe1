package inspect

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/pickle"
)

func TestSevenZip(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("testdata/sevenzip/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if p := one(t, "good.7z", read("good.7z")); p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Coverage.Unparsed) > 0 {
		t.Errorf("%s, %s: %s %v", p.Status, p.Verdict, p.Reason, p.Findings)
	}
	for name, data := range map[string]string{"evil.7z": read("evil.7z"), "evil.pt.gz": gzipOf(t, read("evil.7z")), "behind.7z": read("good.7z") + evil} {
		p := one(t, name, data)
		if p.Verdict != pickle.Malicious || !slices.ContainsFunc(p.Findings, func(f Finding) bool {
			return strings.HasSuffix(f.Member, ":model/weights") || strings.Contains(f.Member, "(bytes at")
		}) {
			t.Errorf("%s: %s, %s: %s %v", name, p.Status, p.Verdict, p.Reason, p.Findings)
		}
	}
	if p := one(t, "cut.7z", read("good.7z")[:100]); p.Status != pickle.Inconclusive || p.Verdict == pickle.Clean {
		t.Errorf("cut off: %s, %s", p.Status, p.Verdict)
	}
}
