package inspect

import (
	"archive/tar"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// tarOf is a tar file; a member whose data begins with -> is a link.
func tarOf(t testing.TB, members ...file) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.data))}
		if to, link := strings.CutPrefix(m.data, "->"); link {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, to, 0
			m.data = ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTars(t *testing.T) {
	goodTar := tarOf(t, file{"folder/a.pkl", good}, file{"folder/b.txt", "text"}, file{"folder/c", "->a.pkl"}, file{"folder/d", "->../folder/a.pkl"})
	for name, data := range map[string]string{
		"good.tar": goodTar, "good.tar.gz": gzipOf(t, goodTar), "model.nemo": tarOf(t, file{"in.zip", zipOf(t, file{"a.pkl!", good})}),
		"weights.tar": tarOf(t, file{"m/data.pkl", good}, file{"note.md", "# weights\n"}),
	} {
		if p := one(t, name, data); p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Coverage.Unparsed) > 0 {
			t.Errorf("%s: %s, %s: %s %v", name, p.Status, p.Verdict, p.Reason, p.Findings)
		}
	}
	for name, c := range map[string]struct{ data, rule, member string }{
		"evil.tar":     {tarOf(t, file{"a", good}, file{"b.dat", evil}), pickle.RuleCall, "b.dat"},
		"evil.tgz":     {gzipOf(t, tarOf(t, file{"b.dat", evil})), pickle.RuleCall, "evil.tar:b.dat"},
		"appended.tar": {goodTar + tarOf(t, file{"b.dat", evil}), pickle.RuleCall, "(bytes at"},
		"behind.tar":   {goodTar + evil, pickle.RuleCall, "(bytes at"},
		"link.tar":     {tarOf(t, file{"a/b", "->../../etc/passwd"}), RuleLink, "a/b"},
		"root.tar":     {tarOf(t, file{"a/b", "->/etc/passwd"}), RuleLink, "a/b"},
		"climb.tar":    {tarOf(t, file{"../a.pkl", good}), archive.RulePath, "../a.pkl"},
		"named.tar":    {tarOf(t, file{system, "nothing"}), pickle.RuleCall, ""},
	} {
		p := one(t, name, c.data)
		if !slices.ContainsFunc(p.Findings, func(f Finding) bool {
			return f.Rule == c.rule && strings.Contains(f.Member, c.member) && f.Severity >= pickle.High
		}) {
			t.Errorf("%s: %s, %s: %s %+v", name, p.Status, p.Verdict, p.Reason, p.Findings)
		}
	}
}
