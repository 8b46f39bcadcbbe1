package develop

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// perPage is how many rows a list shows.
const perPage = 50

// experimentRow is one line of the list.
type experimentRow struct {
	tracking.Experiment
	Runs int64
	Last time.Time // start of the newest run, zero when there is none
	Tags []kit.Pair
}

type experimentList struct {
	Rows   []experimentRow
	Filter kit.Filter
	Order  kit.Order
	Pages  kit.Pages
}

// idle reports whether all experiments are shown and none has a run.
func (l experimentList) idle() bool {
	return len(l.Rows) > 0 && l.Filter.Value == "" && l.Pages.First == "" && l.Pages.Next == "" &&
		!slices.ContainsFunc(l.Rows, func(e experimentRow) bool { return e.Runs > 0 })
}

func (p *Pages) experiments(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	q := readList(r)
	list := experimentList{Filter: q.line("name LIKE 'flight%' and tags.team = 'ops'"), Order: q.order()}
	page, err := p.Tracking.SearchExperiments(ctx, tracking.ExperimentSearch{
		Filter: q.filter, OrderBy: q.orderBy(), Max: perPage, Token: q.after,
	})
	status := http.StatusOK
	if fault.Is(err, fault.Invalid) {
		list.Filter.Error, list.Filter.Remedy, status = fault.Sentence(err), fault.HintOf(err), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	ids := make([]string, len(page.Experiments))
	for i, e := range page.Experiments {
		ids[i] = e.ID
	}
	sums, err := p.Tracking.SumUpRuns(ctx, ids)
	if err != nil && !fault.Is(err, fault.Denied) { // who may read no run reads experiments all the same
		return err
	}
	for _, e := range page.Experiments {
		sum := sums[e.ID]
		list.Rows = append(list.Rows, experimentRow{Experiment: e, Runs: sum.Runs, Last: format.At(sum.Last), Tags: ownTags(e.Tags)})
	}
	list.Pages = q.pages("experiments", len(page.Experiments), page.Next)
	return p.Site.Serve(w, r, kit.Page{Title: "Experiments", Here: here, Status: status}, experimentsBody(list))
}

// listQuery is what the address of a list says.
type listQuery struct {
	path   string // link of the list without its query
	filter string
	by     string // what it is ordered by, in the grammar of the API
	desc   bool
	after  string // page token
	at     int    // rows before the page
	keep   url.Values
}

// readList reads the address of a list; keep names more of its parameters.
func readList(r *http.Request, keep ...string) listQuery {
	v := r.URL.Query()
	q := listQuery{
		path: link(r.Context(), r.URL.Path), filter: strings.TrimSpace(v.Get("filter")),
		by: v.Get("by"), desc: v.Get("desc") == "1", after: v.Get("after"), at: kit.At(r), keep: url.Values{},
	}
	for _, name := range keep {
		if values, ok := v[name]; ok {
			q.keep[name] = values
		}
	}
	return q
}

func (q listQuery) orderBy() []string {
	if q.by == "" {
		return nil
	}
	if q.desc {
		return []string{q.by + " DESC"}
	}
	return []string{q.by + " ASC"}
}

// address is the list's, in another order or on another page, before which
// there are at rows.
func (q listQuery) address(by string, desc bool, after string, at int) string {
	v := url.Values{"filter": {q.filter}, "by": {by}, "after": {after}}
	if after != "" {
		v.Set("at", strconv.Itoa(at))
	}
	if desc {
		v.Set("desc", "1")
	}
	for name, values := range q.keep {
		v[name] = values
	}
	return kit.With(q.path, v)
}

// export is the address of the same list in another form.
func (q listQuery) export(path string) string {
	v := url.Values{"filter": {q.filter}, "by": {q.by}}
	if q.desc {
		v.Set("desc", "1")
	}
	return kit.With(path, v)
}

func (q listQuery) order() kit.Order {
	return kit.Order{By: q.by, Desc: q.desc, Link: func(by string, desc bool) string { return q.address(by, desc, "", 0) }}
}

func (q listQuery) line(hint string) kit.Filter {
	keep := url.Values{"by": {q.by}}
	if q.desc {
		keep.Set("desc", "1")
	}
	return kit.Filter{Action: q.path, Name: "filter", Value: q.filter, Hint: hint, Keep: keep}
}

func (q listQuery) pages(noun string, shown int, next string) kit.Pages {
	pages := kit.Pages{At: q.at, Shown: shown, Noun: noun}
	if q.after != "" {
		pages.First = q.address(q.by, q.desc, "", 0)
	}
	if next != "" {
		pages.Next = q.address(q.by, q.desc, next, q.at+shown)
	}
	return pages
}

// ownTags are the tags that people set: without those of the client.
func ownTags(all []tracking.Tag) []kit.Pair {
	var own []kit.Pair
	for _, t := range all {
		if !strings.HasPrefix(t.Key, "mlflow.") {
			own = append(own, kit.Pair{Key: t.Key, Value: t.Value})
		}
	}
	return own
}

func clientTags(all []tracking.Tag) []kit.Pair {
	var theirs []kit.Pair
	for _, t := range all {
		if strings.HasPrefix(t.Key, "mlflow.") {
			theirs = append(theirs, kit.Pair{Key: t.Key, Value: t.Value})
		}
	}
	return theirs
}

func tag(all []tracking.Tag, key string) string {
	for _, t := range all {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}

// experimentCrumbs is the way to an experiment; the zero one may not be read.
func experimentCrumbs(ctx context.Context, e tracking.Experiment) []kit.Crumb {
	crumbs := []kit.Crumb{{Name: "Experiments", Href: kit.To(ctx, "experiments")}}
	if e.ID != "" {
		crumbs = append(crumbs, kit.Crumb{Name: e.Name, Href: kit.To(ctx, "experiments", e.ID)})
	}
	return crumbs
}
