package govern

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/audit"
)

// An entry that tacit did not write has its page, with its mark and no proof.
func TestAForgedEntryHasItsPage(t *testing.T) {
	t.Parallel()
	e := audit.Entry{Event: event.Event{ID: "e1", Actor: urn.New("user", "eve"), Verb: "a.b.made", Subject: urn.New("run", "r"), Outcome: event.Done, Mark: event.Forged}, Index: audit.Pending}
	var b strings.Builder
	if err := auditEntryBody(audit.Proof{Entry: e, Fault: "It has no leaf."}).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"Entry, forged", "It has no leaf.", "eve", "it has none"} {
		if !strings.Contains(b.String(), word) {
			t.Errorf("the page does not say %q", word)
		}
	}
	e.Mark = ""
	var gone strings.Builder
	if err := auditEntryBody(audit.Proof{Entry: e, Fault: "The leaf is gone."}).Render(t.Context(), &gone); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"Entry without its leaf", "The leaf is gone.", "proof does not hold"} {
		if !strings.Contains(gone.String(), word) {
			t.Errorf("the page of one whose leaf is gone does not say %q", word)
		}
	}
	for _, word := range []string{"proof holds", "-1", "Way up"} {
		if strings.Contains(b.String(), word) {
			t.Errorf("the page says %q", word)
		}
	}
}
