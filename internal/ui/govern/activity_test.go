package govern

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// A reader sees in words why an event is not as tacit wrote it, whatever outcome it
// claims.
func TestAMarkedEventSaysSo(t *testing.T) {
	t.Parallel()
	for _, mark := range []event.Mark{"", event.Forged, event.Emptied, event.Unsealed} {
		e := event.Event{Verb: "tracking.run.created", Subject: urn.New("run", "1"), Actor: urn.New("user", "ada"), Outcome: event.Done, Mark: mark}
		var b strings.Builder
		if err := eventLine(line{Told: kit.Tell(e)}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		told := false
		for _, word := range []event.Mark{event.Forged, event.Emptied, event.Unsealed} {
			told = told || strings.Contains(b.String(), string(word))
		}
		if told != (mark != "") || !strings.Contains(b.String(), string(mark)) {
			t.Errorf("%q: %s", mark, b.String())
		}
	}
}
