package develop

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
)

// sketched is how many points the small curve of a run has at most: one for two
// pixels.
const sketched = 44

// sketch draws the curve of one metric in each row. A list none of whose runs
// has a curve of it has no such column.
func (p *Pages) sketch(ctx context.Context, l *runList) error {
	key := l.sketchedKey()
	if key == "" || len(l.Rows) == 0 {
		return nil
	}
	ids := make([]string, len(l.Rows))
	for i, r := range l.Rows {
		ids[i] = r.ID
	}
	found, err := p.Tracking.Sketch(ctx, ids, key, sketched)
	if err != nil {
		return err
	}
	for i := range l.Rows {
		row := &l.Rows[i]
		row.Curve = sparkOf(key, found[row.ID])
		if row.Curve.Drawn() {
			l.Curve = key
		}
	}
	return nil
}

// sketchedKey is the metric that the list is ordered by; else the first shown
// that counted steps in any run, else the first shown. "" where there is none.
func (l runList) sketchedKey() string {
	first := ""
	for _, c := range l.Columns {
		if !c.Param && c.by() == l.Order.By {
			return c.Key
		}
	}
	for _, c := range l.shown() {
		if c.Param {
			continue
		}
		if slices.ContainsFunc(l.Rows, func(r runRow) bool { return stepped(r, c.Key) }) {
			return c.Key
		}
		if first == "" {
			first = c.Key
		}
	}
	return first
}

// stepped reports whether the latest point of a run's metric is not its first step.
func stepped(r runRow, key string) bool {
	return slices.ContainsFunc(r.Run.Metrics, func(m tracking.Metric) bool { return m.Key == key && m.Step != 0 })
}

// sparkOf is the curve of points by their steps; by time where all have one
// step, as those of clients that never count, and in their order where they have
// one time as well.
func sparkOf(key string, points []tracking.Metric) chart.Spark {
	s := chart.Spark{Name: key, X: "step"}
	if len(points) == 0 {
		return s
	}
	first, last := points[0], points[len(points)-1]
	at := func(_ int, m tracking.Metric) float64 { return float64(m.Step) }
	switch {
	case first.Step != last.Step:
	case first.Timestamp != last.Timestamp:
		s.X = "second"
		at = func(_ int, m tracking.Metric) float64 { return float64(m.Timestamp-first.Timestamp) / 1000 }
	default:
		s.X = "point"
		at = func(i int, _ tracking.Metric) float64 { return float64(i + 1) }
	}
	for i, m := range points {
		s.Points = append(s.Points, chart.Point{X: at(i, m), Y: m.Value})
	}
	return s
}

// withCurve are the shown columns, the curve beside its metric; before them where
// the list is ordered by a metric that is not shown.
func (l runList) withCurve() []column {
	all := l.shown()
	if l.Curve == "" {
		return all
	}
	at := slices.IndexFunc(all, func(c column) bool { return !c.Param && c.Key == l.Curve })
	return slices.Insert(all, at+1, column{Key: l.Curve, Curve: true})
}
