package scan_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// A version that has a file which was made of another version's comes from that one,
// and this is told once.
func TestFixesLeadToTheirSource(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a", "b"}
		r.files["a/model.pkl"], r.files["b/model.json"], r.files["b/notes.txt"] = command, `{"coef": [1]}`, "notes"
		sum := func(text string) string { s := sha256.Sum256([]byte(text)); return hex.EncodeToString(s[:]) }
		r.tell(t, "registry.version.created", version("1"))
		r.work(t)
		for _, pair := range [][2]string{{sum("other"), sum("x")}, {"short", sum("x")}, {sum(command), "short"}} {
			if err := r.Fixed(r.ctx, "churn", 1, pair[0], pair[1]); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q is taken: %v", pair, err)
			}
		}
		if err := r.Fixed(r.ctx, "churn", 1, sum(command), sum(r.files["b/model.json"])); err != nil {
			t.Fatal(err)
		}
		r.tell(t, "registry.version.created", version("2"))
		r.work(t)
		if _, err := r.Again(r.ctx, "churn", 2); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		all := r.told(t, "scan.version.derived")
		if len(all) != 1 || all[0].Subject.String() != "tacit:model/churn/2" || len(all[0].Links) != 1 || all[0].Links[0].Relation != event.DerivedFrom || all[0].Links[0].To.String() != "tacit:model/churn/1" {
			t.Errorf("%+v", all)
		}
		if fixed := r.told(t, "scan.version.fixed"); len(fixed) != 1 || !strings.Contains(fixed[0].Subject.String(), "churn/1") {
			t.Errorf("%+v", fixed)
		}
	})
}
