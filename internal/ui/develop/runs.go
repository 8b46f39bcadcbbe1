package develop

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
	"github.com/tacit-ml/tacit/internal/ui/measure"
)

// defaultColumns is how many metrics, and how many params, stand in the table
// when nobody chose.
const defaultColumns = 6

// mostColumns is how many metrics and params an address may choose.
const mostColumns = 200

// column is a metric, a metric's curve or a param of runs.
type column struct {
	Param  bool
	Curve  bool // of the metric, drawn
	Key    string
	Shown  bool
	Number bool // of a param: all its values read as numbers
	write  func(float64) string
}

// id names a column in the address: "m:auc", "p:depth".
func (c column) id() string {
	if c.Param {
		return "p:" + c.Key
	}
	return "m:" + c.Key
}

// by is the column in the grammar of orders.
func (c column) by() string {
	quoted := "`" + c.Key + "`"
	if strings.Contains(c.Key, "`") {
		quoted = `"` + c.Key + `"`
	}
	if c.Param {
		return "params." + quoted
	}
	return "metrics." + quoted
}

func (c column) head() kit.Column {
	if c.Curve {
		return kit.Column{Name: c.Key + ", curve", Title: "How " + c.Key + " went in each run, on a scale of its own"}
	}
	return kit.Column{Name: c.Key, By: c.by(), Num: !c.Param || c.Number}
}

// runRow is one run in the table.
type runRow struct {
	tracking.Run
	Start, End time.Time
	Data       string // digest of its first dataset, "" for none
	Metrics    map[string]float64
	Params     map[string]string
	Curve      chart.Spark // of the list's metric
}

type runList struct {
	Experiment tracking.Experiment
	Note       string
	Tags       []kit.Pair
	Rows       []runRow
	Columns    []column
	Curve      string // key of the metric whose curve is drawn in each row, "" for none
	HasData    bool
	HasUser    bool
	Total      int64
	Filter     kit.Filter
	Order      kit.Order
	Pages      kit.Pages
	Export     string // address of the same runs as CSV
}

func (l runList) shown() []column {
	return slices.DeleteFunc(slices.Clone(l.Columns), func(c column) bool { return !c.Shown })
}

func (p *Pages) experiment(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	e, err := p.Tracking.Experiment(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	q := readList(r, "col")
	if n := len(q.keep["col"]); n > mostColumns {
		return fault.WithHint(fault.New(fault.Invalid, "%s columns are too many for one table.", format.Count(int64(n))), "choose %d at most; the export as CSV holds all", mostColumns)
	}
	list := runList{Experiment: e, Note: tag(e.Tags, "mlflow.note.content"), Tags: ownTags(e.Tags),
		Filter: q.line("metrics.auc > 0.74 and params.max_depth = '8'"), Order: q.order()}
	all := tracking.RunSearch{Experiments: []string{e.ID}, Max: perPage, Brief: true}
	if list.Total, err = p.Tracking.CountRuns(ctx, all); err != nil {
		return err
	}
	search := all
	search.Filter, search.OrderBy, search.Token = q.filter, q.orderBy(), q.after
	status := http.StatusOK
	page, matching, err := p.find(ctx, search, list.Total)
	if fault.Is(err, fault.Invalid) {
		list.Filter.Error, list.Filter.Remedy, status = fault.Sentence(err), fault.HintOf(err), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	if q.filter != "" && err == nil {
		list.Filter.Count = format.Count(matching) + " of " + format.Count(list.Total)
	}
	for _, run := range page.Runs {
		list.Rows = append(list.Rows, rowOf(run))
		list.HasData = list.HasData || len(run.Inputs.Datasets) > 0
		list.HasUser = list.HasUser || run.User != ""
	}
	list.Columns = columnsOf(list.Rows, q.keep["col"])
	if err := p.sketch(ctx, &list); err != nil {
		return err
	}
	list.Pages = q.pages("runs", len(page.Runs), page.Next)
	list.Export = q.export(kit.To(ctx, "experiments", e.ID, "runs.csv"))
	list.Pages.Of, list.Pages.Known = matching, err == nil
	return p.Site.Serve(w, r, kit.Page{Title: e.Name, Here: here, Crumbs: experimentCrumbs(ctx, e), Status: status}, runsBody(list))
}

// find gives a page of runs, and how many match in all.
func (p *Pages) find(ctx context.Context, s tracking.RunSearch, total int64) (tracking.RunPage, int64, error) {
	page, err := p.Tracking.SearchRuns(ctx, s)
	if err != nil || s.Filter == "" {
		return page, total, err
	}
	matching, err := p.Tracking.CountRuns(ctx, s)
	return page, matching, err
}

func rowOf(run tracking.Run) runRow {
	row := runRow{Run: run, Start: format.At(run.Start), End: format.At(run.End), Metrics: map[string]float64{}, Params: map[string]string{}}
	for _, m := range run.Metrics {
		row.Metrics[m.Key] = m.Value
	}
	for _, param := range run.Params {
		row.Params[param.Key] = param.Value
	}
	if len(run.Inputs.Datasets) > 0 {
		row.Data = run.Inputs.Datasets[0].Dataset.Digest
	}
	return row
}

// columnsOf are the metrics and params of the rows, params that differ before
// equal ones, with those shown that were chosen; when none was, the first few
// metrics and the first few params that differ.
func columnsOf(rows []runRow, chosen []string) []column {
	metrics, params := map[string][]float64{}, map[string][]string{}
	for _, r := range rows {
		for k, v := range r.Metrics {
			metrics[k] = append(metrics[k], v)
		}
		for k, v := range r.Params {
			params[k] = append(params[k], v)
		}
	}
	var all []column
	keys := sortedKeys(metrics)
	measure.Sort(keys)
	for _, k := range keys {
		all = append(all, column{Key: k, write: format.Column(metrics[k])})
	}
	firstParam := len(all)
	paramKeys := sortedKeys(params)
	slices.SortStableFunc(paramKeys, func(a, b string) int {
		return cmp.Compare(equalFor(params[a], len(rows)), equalFor(params[b], len(rows)))
	})
	differing := 0
	for _, k := range paramKeys {
		all = append(all, column{Param: true, Key: k, Number: allNumbers(params[k])})
		differing += 1 - equalFor(params[k], len(rows))
	}
	if len(chosen) > 0 {
		return chooseColumns(all, chosen)
	}
	for i := range min(firstParam, defaultColumns) {
		all[i].Shown = true
	}
	if differing == 0 {
		differing = defaultColumns
	}
	for i := firstParam; i < min(len(all), firstParam+min(differing, defaultColumns)); i++ {
		all[i].Shown = true
	}
	return all
}

// chooseColumns shows the chosen ones. One that no row of the page has is kept,
// so that an address shows the same columns under any filter.
func chooseColumns(all []column, chosen []string) []column {
	for i := range all {
		all[i].Shown = slices.Contains(chosen, all[i].id())
	}
	for _, id := range chosen {
		kind, key, _ := strings.Cut(id, ":")
		if key == "" || kind != "m" && kind != "p" || slices.ContainsFunc(all, func(c column) bool { return c.id() == id }) {
			continue
		}
		c := column{Param: kind == "p", Key: key, Shown: true, write: format.Column(nil)}
		at := len(all)
		if first := slices.IndexFunc(all, func(c column) bool { return c.Param }); !c.Param && first >= 0 {
			at = first
		}
		all = slices.Insert(all, at, c)
	}
	return all
}

// equalFor is 1 for a param that is the same in all rows, which tells least.
func equalFor(values []string, rows int) int {
	if len(values) < rows || len(slices.Compact(slices.Sorted(slices.Values(values)))) > 1 {
		return 0
	}
	return 1
}

func allNumbers(values []string) bool {
	for _, v := range values {
		if f, err := strconv.ParseFloat(v, 64); err != nil || math.IsNaN(f) {
			return false
		}
	}
	return len(values) > 0
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// fixed are the columns that every list of runs has.
func (l runList) fixed() []kit.Column {
	all := []kit.Column{
		{Name: "Run", By: "attributes.run_name", Pin2: true}, {Name: "Status", By: "attributes.status"},
		{Name: "Started", By: "attributes.start_time", Late: true}, {Name: "Duration", Num: true},
	}
	if l.HasUser {
		all = append(all, kit.Column{Name: "By", By: "attributes.user_id"})
	}
	if l.HasData {
		all = append(all, kit.Column{Name: "Data"})
	}
	return all
}

// heads are the heads of the shown columns.
func (l runList) heads() []kit.Column {
	var all []kit.Column
	for _, c := range l.withCurve() {
		all = append(all, c.head())
	}
	return all
}

// link is the address of a path that the request named, workspace and all.
func link(ctx context.Context, path string) string {
	return route.Link(ctx, (&url.URL{Path: path}).EscapedPath())
}

// experimentCommand sends a script's runs to one experiment.
func experimentCommand(ctx context.Context, name string) string {
	return "export MLFLOW_TRACKING_URI=" + kit.Here(ctx) + "\nexport MLFLOW_EXPERIMENT_NAME=" + shellQuote(name) + "\npython train.py"
}

func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// trackingCommand points a script at this server, in the workspace of the page.
func trackingCommand(ctx context.Context) string {
	return "export MLFLOW_TRACKING_URI=" + kit.Here(ctx) + "\npython train.py"
}
