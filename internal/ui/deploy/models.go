package deploy

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
	"github.com/tacit-ml/tacit/internal/ui/measure"
)

// perPage is how many rows a list shows.
const perPage = 50

type modelRow struct {
	registry.Model
	Newest int64 // number of its newest version, 0 when it has none
	Tags   []kit.Pair
}

type modelList struct {
	Rows   []modelRow
	Filter kit.Filter
	Order  kit.Order
	Pages  kit.Pages
}

func (p *Pages) models(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	v := r.URL.Query()
	text, by, desc, after := strings.TrimSpace(v.Get("filter")), v.Get("by"), v.Get("desc") == "1", v.Get("after")
	path := kit.To(ctx, "models")
	address := func(by string, desc bool, after, at string) string {
		q := url.Values{"filter": {text}, "by": {by}, "after": {after}, "at": {at}}
		if desc {
			q.Set("desc", "1")
		}
		return kit.With(path, q)
	}
	list := modelList{
		Filter: kit.Filter{Action: path, Name: "filter", Value: text, Hint: "name LIKE 'flight%' and tags.team = 'ops'", Keep: url.Values{"by": {by}, "desc": {v.Get("desc")}}},
		Order:  kit.Order{By: by, Desc: desc, Link: func(by string, desc bool) string { return address(by, desc, "", "") }},
	}
	search := registry.ModelSearch{Filter: text, Max: perPage, Token: after}
	if by != "" {
		search.OrderBy = []string{by + direction(desc)}
	}
	page, err := p.Registry.SearchModels(ctx, search)
	status := http.StatusOK
	if fault.Is(err, fault.Invalid) {
		list.Filter.Error, list.Filter.Remedy, status = fault.Sentence(err), fault.HintOf(err), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	for _, m := range page.Models {
		row := modelRow{Model: m, Tags: pairs(m.Tags)}
		for _, latest := range m.Latest {
			row.Newest = max(row.Newest, latest.Number)
		}
		list.Rows = append(list.Rows, row)
	}
	list.Pages = kit.Pages{At: kit.At(r), Shown: len(list.Rows), Noun: "models"}
	if after != "" {
		list.Pages.First = address(by, desc, "", "")
	}
	if page.Next != "" {
		list.Pages.Next = address(by, desc, page.Next, strconv.Itoa(list.Pages.At+list.Pages.Shown))
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Models", Here: here, Status: status}, modelsBody(list))
}

func direction(desc bool) string {
	if desc {
		return " DESC"
	}
	return " ASC"
}

// versionRow is one version in a model's list, with the run it came from.
type versionRow struct {
	registry.Version
	Run     *tracking.Run // nil when it is not there, or no run made it
	Metrics map[string]float64
}

type modelView struct {
	Model   registry.Model
	Tags    []kit.Pair
	Rows    []versionRow
	Metrics []metricColumn
	Pages   kit.Pages
	Newest  *versionView // of the newest version, nil when there is none
}

// metricColumn is a metric of the versions' runs.
type metricColumn struct {
	Key   string
	write func(float64) string
}

func (p *Pages) model(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	m, err := p.Registry.Model(ctx, r.PathValue("name"))
	if err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	path := kit.To(ctx, "models", m.Name)
	page, err := p.Registry.SearchVersions(ctx, registry.VersionSearch{
		Filter: kit.Equals("name", m.Name), OrderBy: []string{"version_number DESC"}, Max: perPage, Token: after,
	})
	if err != nil {
		return err
	}
	v := modelView{Model: m, Tags: pairs(m.Tags), Pages: kit.Pages{At: kit.At(r), Shown: len(page.Versions), Noun: "versions"}}
	if after != "" {
		v.Pages.First = path
	}
	if page.Next != "" {
		v.Pages.Next = kit.With(path, url.Values{"after": {page.Next}, "at": {strconv.Itoa(v.Pages.At + v.Pages.Shown)}})
	}
	if v.Rows, err = p.rowsOf(ctx, page.Versions); err != nil {
		return err
	}
	v.Metrics = metricsOf(v.Rows)
	if len(v.Rows) > 0 && after == "" {
		newest, err := p.viewOf(ctx, v.Rows[0].Version)
		if err != nil {
			return err
		}
		v.Newest = &newest
	}
	crumbs := []kit.Crumb{{Name: "Models", Href: kit.To(ctx, "models")}, {Name: m.Name, Href: path}}
	return p.Site.Serve(w, r, kit.Page{Title: m.Name, Here: here, Crumbs: crumbs}, modelBody(v))
}

// rowsOf joins versions with the runs they came from.
func (p *Pages) rowsOf(ctx context.Context, versions []registry.Version) ([]versionRow, error) {
	reads, err := kit.ReadsOf(ctx, p.Access)
	if err != nil {
		return nil, err
	}
	var rows []versionRow
	runs := map[string]*tracking.Run{}
	for _, v := range versions {
		row := versionRow{Version: v, Metrics: map[string]float64{}}
		if v.RunID != "" {
			run, ok := runs[v.RunID]
			if !ok {
				if run, err = p.runOf(ctx, v.RunID, reads); err != nil {
					return nil, err
				}
				runs[v.RunID] = run
			}
			row.Run = run
		}
		if row.Run != nil {
			for _, m := range row.Run.Metrics {
				row.Metrics[m.Key] = m.Value
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// runOf gives a run, nil when it may not be read or is not there: runs are
// deleted, versions stay.
func (p *Pages) runOf(ctx context.Context, id string, reads kit.Reads) (*tracking.Run, error) {
	if may, err := reads(tracking.RunURN(id)); err != nil || !may {
		return nil, err
	}
	run, err := p.Runs.Run(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &run, nil
}

// metricsOf are the up to three metrics that a reader looks for first.
func metricsOf(rows []versionRow) []metricColumn {
	values := map[string][]float64{}
	for _, r := range rows {
		for k, v := range r.Metrics {
			values[k] = append(values[k], v)
		}
	}
	keys := slices.Collect(maps.Keys(values))
	measure.Sort(keys)
	var columns []metricColumn
	for _, k := range keys[:min(len(keys), 3)] {
		columns = append(columns, metricColumn{k, format.Column(values[k])})
	}
	return columns
}

func pairs(tags []registry.Tag) []kit.Pair {
	var all []kit.Pair
	for _, t := range tags {
		if !strings.HasPrefix(t.Key, "mlflow.") {
			all = append(all, kit.Pair{Key: t.Key, Value: t.Value})
		}
	}
	return all
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// activity is the address of what happened to a model or version.
func activity(ctx context.Context, path ...string) string {
	return kit.With(kit.To(ctx, "activity"), url.Values{"subject": {urn.New("model", path...).String()}})
}
