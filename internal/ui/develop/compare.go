package develop

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
	"github.com/tacit-ml/tacit/internal/ui/measure"
)

// mostCompared is how many runs stand side by side: as many as there are
// colours of series.
const mostCompared = 8

// compareRow is one metric, param or tag of all runs.
type compareRow struct {
	Key    string
	Cells  []compareCell
	Equal  bool
	Number bool
}

type compareCell struct {
	Text   string
	Title  string
	Change string // to the first run, "" for none
	Tone   string // of the change: "good", "poor", "" when no direction is known
	Best   bool   // of its row
}

// compareGroup is what the runs have of one kind.
type compareGroup struct {
	Title, Noun   string
	Differ, Equal []compareRow
}

type comparison struct {
	Runs   []runRow
	Groups []compareGroup
	Curves []chart.Line
}

// columns are those of the table: a name, and a value of each run.
func (c comparison) columns() int { return 1 + len(c.Runs) }

// same says how much is equal in all runs: "3 params and 21 tags are the same in
// all runs"; "" where nothing is.
func (c comparison) same() string {
	var parts []string
	all := 0
	for _, g := range c.Groups {
		if n := len(g.Equal); n > 0 {
			parts = append(parts, format.Counted(int64(n), g.Noun))
			all += n
		}
	}
	const told = " the same in all runs"
	switch {
	case all == 0:
		return ""
	case all == 1:
		return parts[0] + " is" + told
	case len(parts) == 1:
		return parts[0] + " are" + told
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1] + " are" + told
}

// runsOf are the runs that the address names, each once.
func runsOf(r *http.Request) []string {
	var ids []string
	for _, id := range r.URL.Query()["run"] {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func compared(r *http.Request, _ any) []route.Object {
	var runs []urn.URN
	for _, id := range runsOf(r) {
		runs = append(runs, tracking.RunURN(id))
	}
	return route.On(runs...)
}

// compare shows runs side by side; the first one named is the baseline.
func (p *Pages) compare(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	ids := runsOf(r)
	if len(ids) > mostCompared {
		return fault.WithHint(fault.New(fault.Invalid, "%d runs are too many to stand side by side.", len(ids)), "select %d at most", mostCompared)
	}
	var c comparison
	for _, id := range ids {
		run, err := p.Tracking.Run(ctx, id)
		if err != nil {
			return err
		}
		c.Runs = append(c.Runs, rowOf(run))
	}
	c.Groups = groupsToCompare(c.Runs)
	var err error
	if c.Curves, err = p.sharedCurves(r, c.Runs); err != nil {
		return err
	}
	crumbs, err := p.compareCrumbs(ctx, c.Runs, ids)
	if err != nil {
		return err
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Compare runs", Here: here, Crumbs: crumbs}, compareBody(c))
}

// compareCrumbs lead over the experiment when all runs are of one.
func (p *Pages) compareCrumbs(ctx context.Context, runs []runRow, ids []string) ([]kit.Crumb, error) {
	crumbs := []kit.Crumb{{Name: "Experiments", Href: kit.To(ctx, "experiments")}}
	if len(runs) > 0 && !slices.ContainsFunc(runs, func(r runRow) bool { return r.Experiment != runs[0].Experiment }) {
		reads, err := kit.ReadsOf(ctx, p.Access)
		if err != nil {
			return nil, err
		}
		e, err := p.experimentOf(ctx, runs[0].Run, reads)
		if err != nil {
			return nil, err
		}
		crumbs = experimentCrumbs(ctx, e)
	}
	return append(crumbs, kit.Crumb{Name: "Compare", Href: kit.With(kit.To(ctx, "compare"), url.Values{"run": ids})}), nil
}

// groupsToCompare are the metrics, params and own tags of the runs, and the
// data that they read.
func groupsToCompare(runs []runRow) []compareGroup {
	var all []compareGroup
	add := func(title, noun string, rows []compareRow) {
		if len(rows) > 0 {
			differ, equal := split(rows)
			all = append(all, compareGroup{title, noun, differ, equal})
		}
	}
	add("Metrics, last value", "metric", metricRows(runs))
	add("Params", "param", textRows(runs, func(r runRow) map[string]string { return r.Params }))
	add("Inputs", "input", textRows(runs, inputTexts))
	add("Tags", "tag", textRows(runs, func(r runRow) map[string]string {
		tags := map[string]string{}
		for _, t := range ownTags(r.Tags) {
			tags[t.Key] = t.Value
		}
		return tags
	}))
	return all
}

// inputTexts are the data and the code of a run, by what they were read for.
func inputTexts(r runRow) map[string]string {
	inputs := map[string]string{}
	for _, d := range r.Inputs.Datasets {
		in := inputOf(d)
		word := contextWord(in.Context)
		if before := inputs[word]; before != "" {
			in.Digest = before + ", " + in.Digest
		}
		inputs[word] = in.Digest
	}
	if commit := tag(r.Tags, "mlflow.source.git.commit"); commit != "" {
		inputs["Code"] = format.First(commit, 7)
	}
	return inputs
}

// sharedCurves draw the metrics that at least two of the runs logged as curves,
// up to six of them.
func (p *Pages) sharedCurves(r *http.Request, runs []runRow) ([]chart.Line, error) {
	var lines []chart.Line
	shared := map[string]int{}
	for _, run := range runs {
		for key := range run.Metrics {
			shared[key]++
		}
	}
	order := sortedKeys(shared)
	measure.Sort(order)
	for _, key := range order {
		if shared[key] < 2 || strings.HasPrefix(key, "system/") || len(lines) == 6 {
			continue
		}
		line := chart.Line{Title: key, X: "step", Height: 150}
		for i, run := range runs {
			if _, ok := run.Metrics[key]; !ok {
				continue
			}
			one, err := p.curve(r.Context(), run.Run, group{Name: key, Keys: []string{key}})
			if err != nil {
				return nil, err
			}
			s := one.Series[0]
			s.Name, s.Slot, line.X = format.Name(run.Run.Name, run.Run.ID), i+1, one.X
			line.Series = append(line.Series, s)
		}
		if moves(line) {
			axesOf(r).put(&line)
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// metricRows are the latest metrics of the runs, with the change to the first.
func metricRows(runs []runRow) []compareRow {
	keys := map[string][]float64{}
	for _, r := range runs {
		for k, v := range r.Metrics {
			keys[k] = append(keys[k], v)
		}
	}
	var rows []compareRow
	order := sortedKeys(keys)
	measure.Sort(order)
	for _, key := range order {
		write, decimals := format.Column(keys[key]), format.Decimals(keys[key])
		row, better := compareRow{Key: key, Number: true}, float64(measure.Better(key))
		best := bestOf(keys[key], better)
		for i, r := range runs {
			v, ok := r.Metrics[key]
			cell := compareCell{Text: format.None}
			if ok {
				cell.Text, cell.Title, cell.Best = write(v), format.Exact(v), v == best
				if base, ok := runs[0].Metrics[key]; ok && i > 0 && v != base {
					cell.Change, cell.Tone = format.Change(v-base, decimals), changeTone((v-base)*better)
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		rows = append(rows, row.judged())
	}
	return differingFirst(rows)
}

// bestOf is the best of the values, NaN when no direction is known and when all
// are equal.
func bestOf(values []float64, better float64) float64 {
	best, differ := math.NaN(), false
	for _, v := range values {
		differ = differ || v != values[0]
		if math.IsNaN(best) || (v-best)*better > 0 {
			best = v
		}
	}
	if better == 0 || !differ {
		return math.NaN()
	}
	return best
}

// changeTone says whether a change is for the better: gain is above zero.
func changeTone(gain float64) string {
	switch {
	case gain > 0:
		return "good"
	case gain < 0:
		return "poor"
	}
	return ""
}

func textRows(runs []runRow, of func(runRow) map[string]string) []compareRow {
	keys := map[string][]string{}
	for _, r := range runs {
		for k, v := range of(r) {
			keys[k] = append(keys[k], v)
		}
	}
	var rows []compareRow
	for _, key := range sortedKeys(keys) {
		row := compareRow{Key: key, Number: allNumbers(keys[key])}
		for _, r := range runs {
			cell := compareCell{Text: format.None}
			if v, ok := of(r)[key]; ok {
				cell.Text, cell.Title = v, v
			}
			row.Cells = append(row.Cells, cell)
		}
		rows = append(rows, row.judged())
	}
	return differingFirst(rows)
}

func (r compareRow) judged() compareRow {
	r.Equal = true
	for _, c := range r.Cells {
		r.Equal = r.Equal && c.Title == r.Cells[0].Title && c.Text == r.Cells[0].Text
	}
	return r
}

func differingFirst(rows []compareRow) []compareRow {
	slices.SortStableFunc(rows, func(a, b compareRow) int {
		switch {
		case a.Equal == b.Equal:
			return 0
		case a.Equal:
			return 1
		}
		return -1
	})
	return rows
}

// split parts the rows that differ from the equal ones.
func split(rows []compareRow) (differ, equal []compareRow) {
	for i, r := range rows {
		if r.Equal {
			return rows[:i], rows[i:]
		}
	}
	return rows, nil
}

// colour is the class of the i-th run's colour.
func colour(i int) string { return "k" + string(rune('1'+i%mostCompared)) }
