package develop

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
	"github.com/tacit-ml/tacit/internal/ui/measure"
)

// chartsPerPage is how many charts the tab of curves draws at once.
const chartsPerPage = 24

// group is the metrics that share a chart: one measure on several data.
type group struct {
	Name string
	Keys []string
}

// title heads the group's chart. A measure that was logged both bare and on
// several data has two groups: the second is told by its keys.
func (g group) title(all []tracking.Metric) string {
	if len(g.Keys) > 1 && slices.ContainsFunc(all, func(m tracking.Metric) bool { return m.Key == g.Name }) {
		return strings.Join(g.Keys, ", ")
	}
	return g.Name
}

// System reports whether the group is a measure of the machine.
func (g group) System() bool { return measure.System(g.Name) }

func groupsOf(metrics []tracking.Metric) []group {
	var all []group
	place := map[string]int{}
	for _, m := range metrics {
		data, name := measure.Split(m.Key)
		if data == measure.Other {
			all = append(all, group{Name: m.Key, Keys: []string{m.Key}})
			continue
		}
		at, ok := place[name]
		if !ok {
			at = len(all)
			place[name] = at
			all = append(all, group{Name: name})
		}
		all[at].Keys = append(all[at].Keys, m.Key)
	}
	for i, g := range all {
		if len(g.Keys) == 1 {
			all[i].Name = g.Keys[0]
		}
	}
	slices.SortStableFunc(all, func(a, b group) int {
		if a.System() != b.System() {
			if a.System() {
				return 1
			}
			return -1
		}
		return cmp.Or(-cmp.Compare(len(a.Keys), len(b.Keys)), measure.Compare(a.Keys[0], b.Keys[0]))
	})
	return all
}

// curve draws the metrics of a group.
func (p *Pages) curve(ctx context.Context, run tracking.Run, g group) (chart.Line, error) {
	line := chart.Line{Title: g.title(run.Metrics), X: "step", Better: chart.Better(measure.Better(g.Name))}
	line.Export = kit.With(kit.To(ctx, "runs", run.ID, "metrics.csv"), url.Values{"key": g.Keys})
	slot := 1
	for _, key := range g.Keys {
		points, x, err := p.drawn(ctx, run.ID, key)
		if err != nil {
			return line, err
		}
		line.X = x
		s := chart.Series{Name: key, Slot: slot, Points: points}
		if data, _ := measure.Split(key); data == measure.Training && len(g.Keys) > 1 {
			s.Slot, s.Dashed = 1, true
		} else {
			slot++
		}
		if len(g.Keys) > 1 {
			s.Name = strings.Trim(strings.TrimSuffix(key, g.Name), "-_/.")
		}
		line.Series = append(line.Series, s)
	}
	return line, nil
}

// drawn are the points of a metric that its drawing needs, and what its x axis
// counts: steps, or seconds since the first point where all have one step, as
// those of clients that never count. The history is read in pages and thinned
// on the way.
func (p *Pages) drawn(ctx context.Context, run, key string) (points []chart.Point, x string, err error) {
	var steps, seconds chart.Thinned
	var first, last tracking.Metric
	n, flat := 0, true
	err = p.eachPoint(ctx, run, key, func(m tracking.Metric) error {
		if n == 0 {
			first = m
		}
		last, n = m, n+1
		if flat = flat && m.Step == first.Step; flat {
			seconds.Add(chart.Point{X: float64(m.Timestamp-first.Timestamp) / 1000, Y: m.Value})
		}
		steps.Add(chart.Point{X: float64(m.Step), Y: m.Value})
		return nil
	})
	if flat && last.Timestamp > first.Timestamp {
		return seconds.Points(), "seconds", err
	}
	return steps.Points(), "step", err
}

// moves reports whether there is a curve to draw.
func moves(l chart.Line) bool {
	for _, s := range l.Series {
		if len(s.Points) > 1 {
			return true
		}
	}
	return false
}

type curvesView struct {
	Lines  []chart.Line
	Still  []latest // metrics of one point
	Filter kit.Filter
	Pages  kit.Pages
	Total  int
}

func (p *Pages) curves(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	v, err := p.view(ctx, r.PathValue("id"), "metrics")
	if err != nil {
		return err
	}
	if same, err := p.unchanged(w, r, &v); same || err != nil {
		return err
	}
	named := strings.TrimSpace(r.URL.Query().Get("name"))
	from, _ := strconv.Atoi(r.URL.Query().Get("from"))
	path := kit.To(ctx, "runs", v.Run.ID, "metrics")
	c := curvesView{Total: len(v.Run.Metrics), Filter: kit.Filter{Action: path, Name: "name", Value: named, Hint: "part of a metric's name", Keep: url.Values{"log": r.URL.Query()["log"]}}}
	groups := slices.DeleteFunc(groupsOf(v.Run.Metrics), func(g group) bool {
		return !strings.Contains(strings.ToLower(strings.Join(g.Keys, "\n")), strings.ToLower(named))
	})
	from = min(max(from, 0), len(groups))
	axes := axesOf(r)
	shown := groups[from:min(from+chartsPerPage, len(groups))]
	for _, g := range shown {
		line, err := p.curve(ctx, v.Run, g)
		if err != nil {
			return err
		}
		if moves(line) {
			axes.put(&line)
			c.Lines = append(c.Lines, line)
			continue
		}
		for _, m := range v.Run.Metrics {
			if slices.Contains(g.Keys, m.Key) {
				c.Still = append(c.Still, latest{m, format.Metric(m.Value)})
			}
		}
	}
	c.Pages = kit.Pages{At: from, Shown: len(shown), Noun: "measures", Of: int64(len(groups)), Known: true}
	if from > 0 {
		c.Pages.First = kit.With(path, url.Values{"name": {named}, "log": axes.query["log"]})
	}
	if next := from + chartsPerPage; next < len(groups) {
		c.Pages.Next = kit.With(path, url.Values{"name": {named}, "log": axes.query["log"], "from": {strconv.Itoa(next)}})
	}
	return p.serveRun(w, r, v, kitBody{content: curvesTab(c)})
}
