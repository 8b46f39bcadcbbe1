package govern

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// here is the navigation's item of these pages.
const here = "/activity"

// perPage is how many events, entries or edges a page shows.
const perPage = 100

// Pages are the pages of the wing.
type Pages struct {
	Site      *kit.Site
	Events    Events
	Access    Visibility
	Lineage   Lineage
	Audit     Audit
	Decisions Decisions
}

// Activity is the line of the navigation for the stream of events.
func Activity() kit.Item {
	return kit.Item{Name: "Activity", Icon: kit.IconActivity, Path: here, Key: "a"}
}

// Routes are the addresses of the pages.
func (p *Pages) Routes() []route.Route {
	return append([]route.Route{
		{Method: "GET", Pattern: "/activity", Action: "event.list", Scope: route.Listed, Serve: p.activity},
		{Method: "GET", Pattern: "/lineage", Action: "lineage.read", Objects: lineageOf, Serve: p.lineage},
		{Method: "GET", Pattern: "/policies", Action: "policy.read", Objects: explained, Serve: p.policies},
	}, p.auditRoutes()...)
}

type stream struct {
	Events  []line
	Verb    string
	Subject string
	Wrong   string // what is wrong with Subject
	Path    string
	Pages   kit.Pages
}

// line is an event of the stream with its data as text.
type line struct {
	kit.Told
	Data string
}

func (p *Pages) activity(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	q := r.URL.Query()
	s := stream{Verb: strings.TrimSpace(q.Get("verb")), Subject: strings.TrimSpace(q.Get("subject")), Path: kit.To(ctx, "activity")}
	before, err := position(q)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if s.Subject != "" {
		if _, err := urn.Parse(s.Subject); err != nil {
			s.Wrong, status = "A subject is a URN, as in tacit:run/<id> or tacit:model/churn/3: "+err.Error()+".", http.StatusBadRequest
		}
	}
	if s.Wrong == "" {
		visible, err := p.Access.Visible(ctx, "event.list")
		if err != nil {
			return err
		}
		events, err := p.Events.List(ctx, event.Query{
			Workspace: caller.Workspace(ctx), Before: before, Limit: perPage + 1, VerbPrefix: s.Verb, Subject: s.Subject, Visible: visible,
		})
		if err != nil {
			return err
		}
		if events, err = p.Access.Told(ctx, events); err != nil {
			return err
		}
		s.fill(events, before, kit.At(r))
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Activity", Here: here, Status: status}, activityBody(s))
}

// position is where a list goes on, 0 for its beginning.
func position(q url.Values) (int64, error) {
	text := q.Get("before")
	if text == "" {
		return 0, nil
	}
	before, err := strconv.ParseInt(text, 10, 64)
	if err != nil || before < 0 {
		return 0, fault.New(fault.Invalid, "The address says before=%s, which is no position in the list.", format.Shorten(text, 40))
	}
	return before, nil
}

func (s *stream) fill(events []event.Event, before int64, at int) {
	more := len(events) > perPage
	if more {
		events = events[:perPage]
	}
	for _, e := range events {
		s.Events = append(s.Events, line{kit.Tell(e), dataText(e.Data)})
	}
	s.Pages = kit.Pages{At: at, Shown: len(events), Noun: "events"}
	address := func(before, at string) string {
		return kit.With(s.Path, url.Values{"verb": {s.Verb}, "subject": {s.Subject}, "before": {before}, "at": {at}})
	}
	if before > 0 {
		s.Pages.First = address("", "")
	}
	if more {
		s.Pages.Next = address(strconv.FormatInt(events[len(events)-1].Position, 10), strconv.Itoa(at+len(events)))
	}
}

// dataText is an event's data as indented JSON, "" when it has none.
func dataText(data any) string {
	raw, ok := data.(json.RawMessage)
	if !ok || len(raw) == 0 {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

// short is a URN without its scheme: ids and digests cut, long names too.
func short(u urn.URN) string {
	parts := strings.Split(strings.TrimPrefix(u.String(), "tacit:"), "/")
	for i, p := range parts {
		parts[i] = kit.ShortID(p)
	}
	if u.Kind == "artifact" && len(parts) > 4 {
		parts = []string{parts[0], parts[2], "…", parts[len(parts)-1]}
	}
	s := strings.Join(parts, "/")
	if r := []rune(s); len(r) > 30 {
		return string(r[:29]) + "…"
	}
	return s
}
