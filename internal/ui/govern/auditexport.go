package govern

import (
	"encoding/csv"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/audit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// exportedAtOnce is how many entries an export reads at once.
const exportedAtOnce = 1000

// auditExport gives all entries that a search finds, the newest first, as a
// table (csv) or as JSON lines (jsonl). They are written as they are read; a
// failure when that has begun cuts the file off.
func (p *Pages) auditExport(w http.ResponseWriter, r *http.Request, _ any) error {
	s, err := readSearch(r)
	if err != nil {
		return err
	}
	q := s.query()
	if s.Wrong != "" {
		return fault.New(fault.Invalid, "%s", s.Wrong)
	}
	kind, name := "text/csv; charset=utf-8", "audit.csv"
	write := csvEntries(w)
	switch r.URL.Query().Get("format") {
	case "csv":
	case "jsonl":
		kind, name = "application/x-ndjson", "audit.jsonl"
		write = p.jsonEntries(w)
	default:
		return fault.WithHint(fault.New(fault.Invalid, "An export is format=csv or format=jsonl."), "follow a link of the audit page")
	}
	q.Limit = exportedAtOnce
	for begun := false; ; begun = true {
		all, err := p.Audit.List(r.Context(), q)
		if err != nil {
			return err
		}
		if !begun {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
			w.Header().Set("Cache-Control", "no-store")
		}
		if err := write(all, !begun); err != nil || len(all) < exportedAtOnce {
			return err
		}
		q.Before = all[len(all)-1].Position
	}
}

// jsonEntries writes entries as the API gives them, one a line.
func (p *Pages) jsonEntries(w io.Writer) func([]audit.Entry, bool) error {
	return func(all []audit.Entry, _ bool) error {
		for _, e := range all {
			text, err := p.Audit.Line(e)
			if err != nil {
				return err
			}
			if _, err := w.Write(append(text, '\n')); err != nil {
				return nil // who reads went away
			}
		}
		return nil
	}
}

// csvEntries writes entries as rows of a table, below a head; no text is a
// formula.
func csvEntries(w io.Writer) func([]audit.Entry, bool) error {
	out := csv.NewWriter(w)
	return func(all []audit.Entry, first bool) error {
		if first {
			_ = out.Write([]string{"entry", "time", "workspace", "who", "action", "verb", "object", "outcome", "address", "client", "request", "cause", "before", "after", "data", "id"})
		}
		for _, e := range all {
			entry := ""
			if e.Index != audit.Pending {
				entry = strconv.FormatInt(e.Index, 10)
			}
			row := []string{entry, e.Time.UTC().Format(time.RFC3339Nano), e.Workspace, e.Actor.String(), e.Action, e.Verb, e.Subject.String(), string(e.Outcome),
				e.Origin.Address, e.Origin.Client, e.Origin.Request, e.Cause, e.Before, e.After, dataLine(e.Data), e.ID}
			for i := range row {
				row[i] = format.Cell(row[i])
			}
			_ = out.Write(row) // an error stays, and is that of who reads
		}
		out.Flush()
		return nil
	}
}
