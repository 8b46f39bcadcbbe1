package develop

import (
	"context"
	"encoding/csv"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
	"github.com/tacit-ml/tacit/internal/ui/measure"
)

// What an export holds at most. A table has no more columns than the widest
// sheet that spreadsheets open.
const (
	mostExported        = 50_000 // runs
	mostExportedColumns = 16_000 // metrics and params of the runs
)

// What is read at once.
const (
	exportedAtOnce = 500     // runs
	pointsAtOnce   = 1 << 16 // points of a curve
)

// runsCSV gives the runs of a list in full: its filter and its order, all
// metrics and params, all digits; no text is a formula. The head names what any
// of the runs has, so the list is read twice, a page at a time, and never held.
func (p *Pages) runsCSV(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	e, err := p.Tracking.Experiment(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	q := readList(r)
	search := tracking.RunSearch{Experiments: []string{e.ID}, Filter: q.filter, OrderBy: q.orderBy(), Max: exportedAtOnce, Brief: true}
	n, err := p.Tracking.CountRuns(ctx, search)
	if err != nil {
		return err
	}
	if n > mostExported {
		return fault.WithHint(fault.New(fault.Invalid, "%s runs match, more than the %s of one file.", format.Count(n), format.Count(mostExported)), "narrow the filter, and export in parts")
	}
	keys := newExportedKeys()
	if err := p.eachRun(ctx, search, keys.take); err != nil {
		return err
	}
	columns := keys.columns()
	out := startCSV(w, "runs-"+e.ID+".csv", exportHead(columns))
	return out.end(p.eachRun(ctx, search, func(run tracking.Run) error { return out.row(exportRow(rowOf(run), columns)) }))
}

// eachRun hands over the runs of a search one by one, read in pages.
func (p *Pages) eachRun(ctx context.Context, search tracking.RunSearch, each func(tracking.Run) error) error {
	for {
		page, err := p.Tracking.SearchRuns(ctx, search)
		if err != nil {
			return err
		}
		for _, run := range page.Runs {
			if err := each(run); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		search.Token = page.Next
	}
}

// exportedKeys are the metrics and params that the runs of an export have.
type exportedKeys struct {
	runs    int
	metrics map[string]bool
	params  map[string]*exportedParam
}

// exportedParam is what tells whether a param is equal in all runs.
type exportedParam struct {
	value   string // of the first run that has it
	runs    int    // that have it
	differs bool
}

func newExportedKeys() *exportedKeys {
	return &exportedKeys{metrics: map[string]bool{}, params: map[string]*exportedParam{}}
}

func (k *exportedKeys) take(run tracking.Run) error {
	k.runs++
	for _, m := range run.Metrics {
		k.metrics[m.Key] = true
	}
	for _, param := range run.Params {
		seen := k.params[param.Key]
		if seen == nil {
			seen = &exportedParam{value: param.Value}
			k.params[param.Key] = seen
		}
		seen.runs++
		seen.differs = seen.differs || seen.value != param.Value
	}
	if len(k.metrics)+len(k.params) > mostExportedColumns {
		return fault.WithHint(fault.New(fault.Invalid, "The runs have more than %s metrics and params, too many for one table.", format.Count(mostExportedColumns)), "narrow the filter, and export in parts")
	}
	return nil
}

// columns are in the order of the list's: metrics, params that differ, params
// that are equal in all runs.
func (k *exportedKeys) columns() []column {
	var all []column
	metrics := slices.Sorted(maps.Keys(k.metrics))
	measure.Sort(metrics)
	for _, key := range metrics {
		all = append(all, column{Key: key})
	}
	var equal []column
	for _, key := range slices.Sorted(maps.Keys(k.params)) {
		c := column{Param: true, Key: key}
		if seen := k.params[key]; seen.differs || seen.runs < k.runs {
			all = append(all, c)
		} else {
			equal = append(equal, c)
		}
	}
	return append(all, equal...)
}

func exportHead(columns []column) []string {
	head := []string{"run_id", "name", "status", "user", "start", "end"}
	for _, c := range columns {
		if c.Param {
			head = append(head, "params."+c.Key)
		} else {
			head = append(head, "metrics."+c.Key)
		}
	}
	return head
}

func exportRow(row runRow, columns []column) []string {
	cells := []string{row.ID, format.Cell(row.Name), string(row.Status), format.Cell(row.User), exportTime(row.Start), exportTime(row.End)}
	for _, c := range columns {
		cell := format.Cell(row.Params[c.Key])
		if !c.Param {
			cell = ""
			if v, ok := row.Metrics[c.Key]; ok {
				cell = format.Exact(v)
			}
		}
		cells = append(cells, cell)
	}
	return cells
}

func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// curvesCSV gives the points of metrics in full, each metric once.
func (p *Pages) curvesCSV(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	run, err := p.Tracking.Run(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	keys := slices.Compact(slices.Sorted(slices.Values(r.URL.Query()["key"])))
	for _, key := range keys {
		if !slices.ContainsFunc(run.Metrics, func(m tracking.Metric) bool { return m.Key == key }) {
			return fault.New(fault.NotFound, "The run has no metric %q.", key)
		}
	}
	if len(keys) == 0 {
		for _, m := range run.Metrics {
			keys = append(keys, m.Key)
		}
	}
	out := startCSV(w, "metrics-"+run.ID+".csv", []string{"metric", "step", "time", "value"})
	for _, key := range keys {
		err := p.eachPoint(ctx, run.ID, key, func(m tracking.Metric) error {
			return out.row([]string{format.Cell(m.Key), strconv.FormatInt(m.Step, 10), time.UnixMilli(m.Timestamp).UTC().Format(time.RFC3339Nano), format.Exact(m.Value)})
		})
		if err != nil {
			return out.end(err)
		}
	}
	return out.end(nil)
}

// eachPoint hands over the points of a metric in their order, read in pages.
func (p *Pages) eachPoint(ctx context.Context, run, key string, each func(tracking.Metric) error) error {
	part := tracking.HistoryPage{Max: pointsAtOnce}
	for {
		points, next, err := p.Tracking.History(ctx, run, key, part)
		if err != nil {
			return err
		}
		for _, m := range points {
			if err := each(m); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		part.Token = next
	}
}

// csvAnswer is an answer that is written as its rows are read. A failure when it
// has begun cuts it off, as any answer.
type csvAnswer struct{ *csv.Writer }

func startCSV(w http.ResponseWriter, name string, head []string) csvAnswer {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", attachment(name))
	w.WriteHeader(http.StatusOK)
	out := csvAnswer{csv.NewWriter(w)}
	_ = out.Write(head) // an error stays for the next row and for end
	return out
}

// row adds a row; context.Canceled when the reader went away.
func (c csvAnswer) row(cells []string) error {
	if c.Write(cells) != nil {
		return context.Canceled
	}
	return nil
}

// end sends what is left. A reader who went away is no failure of the export.
func (c csvAnswer) end(failure error) error {
	if errors.Is(failure, context.Canceled) {
		return nil
	}
	c.Flush()
	return failure
}
