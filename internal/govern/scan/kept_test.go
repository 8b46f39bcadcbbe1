package scan_test

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// What was judged last is told of many versions at once, and why of one file.
func TestKept(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"1/models/m-1/artifacts", "1/models/m-2/artifacts", "s3://elsewhere/model"}
		r.files["1/models/m-1/artifacts/model.pkl"] = list
		r.files["1/models/m-2/artifacts/model.pkl"] = command
		for _, n := range []string{"1", "2", "3"} {
			r.tell(t, "registry.version.created", version(n))
		}
		r.work(t)
		if _, err := r.Override(r.ctx, "churn", 2, "reviewed"); err != nil {
			t.Fatal(err)
		}
		clean, malicious := scan.VersionRef{Name: "churn", Number: 1}, scan.VersionRef{Name: "churn", Number: 2}
		all, err := r.Kept(r.ctx, []scan.VersionRef{clean, malicious, {Name: "churn", Number: 3}, {Name: "other", Number: 1}})
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		if v := all[clean]; v.Judgement.Verdict != "clean" || v.Report != nil || v.Override != nil {
			t.Errorf("%+v", v)
		}
		if v := all[malicious]; v.Judgement.Verdict != "malicious" || len(v.Report.Artifacts[0].Findings) == 0 || v.Override == nil || v.Override.Reason != "reviewed" {
			t.Errorf("%+v", v)
		}
		if none, err := r.Kept(r.ctx, nil); err != nil || len(none) != 0 {
			t.Errorf("%v, %v", none, err)
		}
		text, err := r.Why(r.ctx, "churn", 2, "model.pkl")
		if err != nil || !strings.Contains(text, "system") || !strings.Contains(text, "# bytes around") {
			t.Errorf("%q, %v", text, err)
		}
		for file, kind := range map[string]fault.Kind{"gone.pkl": fault.NotFound, "../model.pkl": fault.NotFound, "": fault.NotFound} {
			if _, err := r.Why(r.ctx, "churn", 2, file); !fault.Is(err, kind) {
				t.Errorf("%q: %v", file, err)
			}
		}
		if _, err := r.Why(r.ctx, "churn", 3, "model.pkl"); !fault.Is(err, fault.Invalid) {
			t.Errorf("files elsewhere: %v", err)
		}
	})
}
