package govern

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/audit"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// auditHere is the navigation's item of the audit log's pages.
const auditHere = "/audit"

// verifyAction is asked of who has the log verified.
const verifyAction = "audit.verify"

// AuditItem is the line of the navigation for the audit log.
func AuditItem() kit.Item {
	return kit.Item{Name: "Audit", Icon: kit.IconAudit, Path: auditHere, Key: "u"}
}

// auditRoutes are the addresses of the audit log's pages.
func (p *Pages) auditRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/audit", Action: audit.ReadAction, Objects: overseen, Serve: p.auditLog},
		{Method: "GET", Pattern: "/audit/export", Action: audit.ReadAction, Objects: overseen, Serve: p.auditExport},
		{Method: "GET", Pattern: "/audit/entries/{id}", Action: audit.ReadAction, Serve: p.auditEntry,
			Objects: func(r *http.Request, _ any) []route.Object { return route.On(urn.New("event", r.PathValue("id"))) }},
		{Method: "POST", Pattern: "/audit/verify", Action: verifyAction, Decode: decodeForm, Serve: p.auditVerify,
			Objects: func(*http.Request, any) []route.Object { return route.On(audit.LogURN()) }},
	}
}

// mostForm bounds a posted form, in bytes.
const mostForm = 4 << 10

// decodeForm reads a posted form.
func decodeForm(r *http.Request) (any, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		return nil, fault.Because(err, fault.Invalid, "The form cannot be read, or is larger than 4 KB.")
	}
	return nil, nil
}

// overseen asks for the workspace, or for all where the address wants them.
func overseen(r *http.Request, _ any) []route.Object {
	if r.URL.Query().Get("workspace") != "" {
		return []route.Object{route.For(audit.OverseeAction, urn.URN{})}
	}
	return nil
}

// search is what the form of the page asks for, as it was typed.
type search struct {
	Who, Action, Verb, Object, Outcome, From, To string
	Everywhere                                   bool
	before                                       int64
	Wrong                                        string // what cannot be understood, "" when all can
	Field                                        string // which field that is
}

func readSearch(r *http.Request) (search, error) {
	q := r.URL.Query()
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	s := search{
		Who: get("who"), Action: get("action"), Verb: get("verb"), Object: get("object"), Outcome: get("outcome"),
		From: get("from"), To: get("to"), Everywhere: get("workspace") != "",
	}
	var err error
	s.before, err = position(q)
	return s, err
}

// any says that the form asks for less than all.
func (s search) any() bool {
	return s.Who+s.Action+s.Verb+s.Object+s.Outcome+s.From+s.To != ""
}

// values are the form as an address says it.
func (s search) values() url.Values {
	v := url.Values{"who": {s.Who}, "action": {s.Action}, "verb": {s.Verb}, "object": {s.Object}, "outcome": {s.Outcome}, "from": {s.From}, "to": {s.To}}
	if s.Everywhere {
		v.Set("workspace", "*")
	}
	return v
}

// query is what the room is asked; s.Wrong tells what cannot be understood.
func (s *search) query() audit.Query {
	q := audit.Query{Action: s.Action, VerbPrefix: s.Verb, Outcome: event.Outcome(s.Outcome), Everywhere: s.Everywhere, Before: s.before}
	wrong := func(field, text string) {
		if s.Wrong == "" {
			s.Field, s.Wrong = field, text
		}
	}
	var err error
	if q.Actor, err = named(s.Who, "tacit:user/"); err != nil {
		wrong("who", "Who did it is a user's name, or a URN as in tacit:system/tracking: "+err.Error()+".")
	}
	if q.Subject, err = named(s.Object, "tacit:"); err != nil {
		wrong("object", "An object is a URN, as in tacit:run/<id> or tacit:model/churn/3: "+err.Error()+".")
	}
	switch q.Outcome {
	case "", event.Done, event.Refused, event.Failed:
	default:
		wrong("outcome", "An outcome is done, refused or failed.")
	}
	if q.Since, err = day(s.From); err != nil {
		wrong("from", "The first day is a date, as in 2026-01-31.")
	}
	if q.Until, err = day(s.To); err != nil {
		wrong("to", "The last day is a date, as in 2026-01-31.")
	}
	if !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1) // the day itself too
	}
	return q
}

// named is the URN of what was typed, which may leave away how it begins.
func named(text, prefix string) (string, error) {
	if text == "" {
		return "", nil
	}
	if strings.HasPrefix(text, "tacit:") {
		prefix = ""
	} else if strings.Contains(text, "/") {
		prefix = "tacit:"
	}
	u, err := urn.Parse(prefix + text)
	return u.String(), err
}

// day is midnight of a date, in UTC.
func day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, text)
}

// auditView is the page of the log.
type auditView struct {
	search
	Entries    []audit.Entry
	Checkpoint audit.Checkpoint // zero when none was signed yet
	Verified   audit.Verified
	Exports    []audit.Exported
	Oversees   bool // may see all workspaces
	Verifies   bool // may have the log verified
	Asked      bool // a verification was asked for just now
	Path       string
	Pages      kit.Pages
}

func (p *Pages) auditLog(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	asked, err := readSearch(r)
	if err != nil {
		return err
	}
	v := auditView{search: asked, Path: kit.To(ctx, "audit"), Asked: r.URL.Query().Get("asked") != ""}
	q := v.query()
	status := http.StatusOK
	if v.Wrong != "" {
		status = http.StatusBadRequest
	} else {
		q.Limit = perPage + 1
		all, err := p.Audit.List(ctx, q)
		if err != nil {
			return err
		}
		v.fill(all, kit.At(r))
	}
	if err := p.state(ctx, &v); err != nil {
		return err
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Audit", Here: auditHere, Status: status}, auditBody(v))
}

// state is how the log stands, whatever is looked for in it.
func (p *Pages) state(ctx context.Context, v *auditView) (err error) {
	if v.Oversees, err = p.may(ctx, audit.OverseeAction); err != nil {
		return err
	}
	if v.Verifies, err = p.may(ctx, verifyAction); err != nil {
		return err
	}
	if v.Checkpoint, err = p.Audit.LastCheckpoint(ctx); err != nil {
		return err
	}
	if v.Verified, err = p.Audit.LastVerified(ctx); err != nil || !v.Oversees {
		return err
	}
	v.Exports, err = p.Audit.Exports(ctx)
	return err
}

// may says whether who looks may do something to the workspace as a whole.
func (p *Pages) may(ctx context.Context, action string) (bool, error) {
	_, err := p.Access.Visible(ctx, action)
	if fault.Is(err, fault.Denied) {
		return false, nil
	}
	return err == nil, err
}

func (v *auditView) fill(all []audit.Entry, at int) {
	more := len(all) > perPage
	if more {
		all = all[:perPage]
	}
	v.Entries = all
	v.Pages = kit.Pages{At: at, Shown: len(all), Noun: "entries"}
	if v.before > 0 {
		v.Pages.First = kit.With(v.Path, v.values())
	}
	if more {
		next := v.values()
		next.Set("before", strconv.FormatInt(all[len(all)-1].Position, 10))
		next.Set("at", strconv.Itoa(at+len(all)))
		v.Pages.Next = kit.With(v.Path, next)
	}
}

// exportTo is the address of the export of what is looked for.
func (v auditView) exportTo(ctx context.Context, format string) string {
	q := v.values()
	q.Set("format", format)
	return kit.With(kit.To(ctx, "audit", "export"), q)
}

// auditVerify has the log verified beside requests.
func (p *Pages) auditVerify(w http.ResponseWriter, r *http.Request, _ any) error {
	if _, err := p.Audit.EnqueueVerify(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, kit.With(kit.To(r.Context(), "audit"), url.Values{"asked": {"1"}}), http.StatusSeeOther)
	return nil
}

// auditEntry is one entry with its proof.
func (p *Pages) auditEntry(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	proof, err := p.Audit.Prove(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	title := entryTitle(proof.Entry)
	return p.Site.Serve(w, r, kit.Page{Title: title, Here: auditHere, Crumbs: []kit.Crumb{
		{Name: "Audit", Href: kit.To(ctx, "audit")}, {Name: title, Href: kit.To(ctx, "audit", "entries", proof.Entry.ID)},
	}}, auditEntryBody(proof))
}

// entryTitle names an entry by its place in the tree; one that has none by its mark,
// or by that.
func entryTitle(e audit.Entry) string {
	switch {
	case e.Index == audit.Pending && e.Mark == "":
		return "Entry without its leaf"
	case e.Index == audit.Pending:
		return "Entry, " + string(e.Mark)
	}
	return "Entry " + format.Count(e.Index)
}

// whoDid is the actor of an entry as the page says it.
func whoDid(e audit.Entry) string {
	switch {
	case e.Emptied:
		return "(emptied)"
	case e.Actor.Kind == "user":
		return e.Actor.Name()
	}
	return strings.TrimPrefix(e.Actor.String(), "tacit:")
}

// toneOf is how an outcome looks.
func toneOf(o event.Outcome) kit.Tone {
	if o == event.Done {
		return kit.Good
	}
	return kit.Bad
}

// auditMeta is what the head says of the log.
func auditMeta(v auditView) []templ.Component {
	var all []templ.Component
	if v.Checkpoint.Note != "" {
		all = append(all, kit.FactTime(counted(int(v.Checkpoint.Size), "entry", "entries")+" signed", v.Checkpoint.Time))
	}
	if v.Verified.Event != "" {
		all = append(all, kit.FactTime("verified", v.Verified.Time))
	}
	for _, e := range v.Exports {
		all = append(all, kit.Fact(kit.IconGet, e.Target+" has all but "+format.Count(e.Waiting)))
	}
	return all
}

// auditActs are what can be done with the log.
func auditActs(v auditView) []templ.Component {
	acts := []templ.Component{refusedOnly(v)}
	if v.Verifies {
		acts = append(acts, auditButton(v))
	}
	return append(acts, exportButton(v, "csv", "CSV"), exportButton(v, "jsonl", "JSON lines"))
}

// refusedQuery asks for what was refused, and else for the same.
func refusedQuery(v auditView) url.Values {
	q := v.values()
	q.Set("outcome", string(event.Refused))
	return q
}

// entryAt is the address of an entry, in its own workspace.
func entryAt(ctx context.Context, e audit.Entry) string {
	return kit.To(ctx, "audit", "entries", e.ID)
}

func orNone(text string) string {
	if text == "" {
		return format.None
	}
	return text
}

// counted is a number with its noun.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return format.Count(int64(n)) + " " + more
}

// dataLine is an event's data on one line, "" when it has none.
func dataLine(data any) string {
	raw, _ := data.(json.RawMessage)
	return string(raw)
}

// problems counts what does not hold.
func problems(n int) string {
	if n == 1 {
		return "1 problem"
	}
	return format.Count(int64(n)) + " problems"
}

// breaking is a name of words between dots and underscores, behind each of which a line may end.
func breaking(name string) templ.Component {
	return templ.Raw(strings.NewReplacer(".", ".<wbr>", "_", "_<wbr>").Replace(html.EscapeString(name)))
}
