package lineage

import (
	"encoding/json"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Whatever is sent is refused, or makes an event that fits into the log and
// whose names can be read back.
func FuzzUnderstand(f *testing.F) {
	for _, seed := range []string{
		`{"eventType":"START","eventTime":"2026-01-02T03:04:05Z","producer":"p","run":{"runId":"0192f0c1-0000-7000-8000-000000000001","facets":{"a":{}}},"job":{"namespace":"n","name":"j"},"inputs":[{"namespace":"w","name":"a","facets":{"version":{"datasetVersion":"1"}}}]}`,
		`{"eventTime":"2026-01-02T03:04:05Z","producer":"p","job":{"namespace":"tacit:x","name":"j"},"outputs":[{"namespace":"tacit:team","name":"tacit:run/1"}]}`,
		`{"eventTime":"2026-01-02T03:04:05Z","producer":"<<<","dataset":{"namespace":"n","name":"é\u0001","facets":{"x":null}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := understand(body, "default")
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Limit) {
				t.Fatalf("%v fault: %v", fault.KindOf(err), err)
			}
			return
		}
		data, err := json.Marshal(e.Data)
		if err != nil || len(data) > event.MaxData || len(e.Links) > event.MaxLinks {
			t.Fatalf("%d bytes of data, %d links, %v", len(data), len(e.Links), err)
		}
		for _, u := range append([]urn.URN{e.Subject}, ends(e)...) {
			again, err := urn.Parse(u.String())
			if err != nil || again.String() != u.String() || len(u.String()) > maxURN {
				t.Fatalf("%q reads back as %q: %v", u, again, err)
			}
		}
	})
}

func ends(e event.Event) []urn.URN {
	var all []urn.URN
	for _, l := range e.Links {
		all = append(all, l.To)
	}
	return all
}
