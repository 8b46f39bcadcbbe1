package browser

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/govern/audit"
)

// proven has the log verified and signed, and gives the id of an entry.
func (h *house) proven(t *testing.T) string {
	t.Helper()
	must[audit.Verification](t)(h.audit.Verify(h.ctx, ""))
	must[audit.Checkpoint](t)(h.audit.Checkpoint(h.ctx))
	all := must[[]audit.Entry](t)(h.audit.List(h.ctx, audit.Query{VerbPrefix: "registry.version.", Limit: 1}))
	if len(all) != 1 {
		t.Fatal("no version was announced")
	}
	return all[0].ID
}

// An export holds all that the search finds, as a table in which no text is a
// formula, or as lines of JSON.
func TestAuditExport(t *testing.T) {
	h := open(t)
	run := h.fill(t)
	h.proven(t)
	want := must[[]audit.Entry](t)(h.audit.List(h.ctx, audit.Query{VerbPrefix: "tracking.", Limit: 1 << 20}))
	if len(want) < 200 {
		t.Fatalf("only %d entries", len(want))
	}
	for format, kind := range map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"} {
		answer, err := http.Get(h.URL + "/audit/export?verb=tracking.&format=" + format)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != kind {
			t.Fatalf("%s: %d %s, %v", format, answer.StatusCode, answer.Header.Get("Content-Type"), err)
		}
		lines := strings.Count(string(body), "\n")
		if format == "csv" {
			lines--
		}
		if lines != len(want) || !strings.Contains(string(body), "tacit:run/"+run) || !strings.Contains(string(body), string(event.Done)) {
			t.Errorf("%s: %d lines of %d entries", format, lines, len(want))
		}
		if strings.Contains(string(body), "registry.") {
			t.Errorf("%s: more than was searched for", format)
		}
	}
	for _, address := range []string{"/audit/export", "/audit/export?format=xml", "/audit/export?format=csv&object=run", "/audit?from=yesterday", "/audit?outcome=lost"} {
		answer, err := http.Get(h.URL + address)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", address, answer.StatusCode)
		}
	}
}
