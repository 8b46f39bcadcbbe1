package govern

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// TestAnUnsealedEventSaysSo holds that a reader sees in words what the red mark
// means: that the line is not as tacit wrote it, whatever outcome it claims.
func TestAnUnsealedEventSaysSo(t *testing.T) {
	t.Parallel()
	for _, foreign := range []bool{false, true} {
		e := event.Event{Verb: "tracking.run.created", Subject: urn.New("run", "1"), Actor: urn.New("user", "ada"), Outcome: event.Done, Foreign: foreign}
		var b strings.Builder
		if err := eventLine(line{Told: kit.Tell(e)}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "unsealed"); got != foreign {
			t.Errorf("foreign %v: %s", foreign, b.String())
		}
	}
}
