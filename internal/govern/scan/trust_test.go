package scan_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// A key that becomes trusted, and one that is trusted no more, are told of with the
// versions whose files it signed.
func TestTrustChanges(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		folder := t.TempDir()
		mine := signer(t, folder, "mine.pub")
		signer(t, folder, "other.pub")
		r.models.roots = []string{"a"}
		r.files["a/model.pkl"] = list
		r.tell(t, "registry.version.created", version("1"))
		r.work(t)
		r.settings.Locate(filepath.Join(folder, "tacit.yaml"))
		trust := func(key string) {
			t.Helper()
			r.settings.Policy.Signature = scan.SignatureRule{Required: true, Keys: []string{key}}
			if err := errors.Join(r.settings.Validate(), r.TellSettings(r.ctx)); err != nil {
				t.Fatal(err)
			}
			r.work(t)
		}
		trust("other.pub")
		if v, err := r.SignVersion(r.ctx, "churn", 1, r.signed(t, mine)); err != nil || v.State != scan.Unverified {
			t.Fatalf("%+v, %v", v, err)
		}
		r.work(t)
		told := func(want ...string) {
			t.Helper()
			var states []string
			for _, e := range r.told(t, "scan.signature.judged") {
				var data struct{ State string }
				if err := json.Unmarshal(e.Data.(json.RawMessage), &data); err != nil {
					t.Fatal(err)
				}
				states = append(states, data.State)
			}
			if slices.Reverse(states); !slices.Equal(states, want) {
				t.Errorf("told %q, want %q", states, want)
			}
		}
		told("unverified")
		trust("mine.pub")
		told("unverified", "verified")
		if e := r.told(t, "scan.signature.judged")[0]; len(e.Links) != 1 || e.Links[0].Relation != event.ApprovedBy || e.Before == "" {
			t.Errorf("%+v", e)
		}
		trust("mine.pub") // as it is already
		told("unverified", "verified")
		if _, err := r.Admit(r.ctx, "churn", 1, scan.Target{Alias: "champion"}); err != nil {
			t.Fatal(err)
		}
		r.models.uses[1] = []scan.Target{{Alias: "champion"}}
		trust("other.pub")
		told("unverified", "verified", "unverified")
		if v, err := r.OfVersion(r.ctx, "churn", 1); err != nil || v.Failing == nil || !strings.Contains(v.Failing.Why, "signature does not hold") || !strings.HasSuffix(r.models.tags[1], "(in use: alias champion)") {
			t.Errorf("%+v, %v, tag %q", v.Failing, err, r.models.tags[1])
		}
		trust("mine.pub")
		if v, err := r.OfVersion(r.ctx, "churn", 1); err != nil || v.Failing != nil || r.models.tags[1] != "" {
			t.Errorf("%+v, %v, tag %q", v.Failing, err, r.models.tags[1])
		}
	})
}
