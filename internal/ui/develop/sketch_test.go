package develop

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
)

// TestWhichMetricIsDrawn: that of the order, shown or not; else the first shown
// that has steps; else the first shown.
func TestWhichMetricIsDrawn(t *testing.T) {
	t.Parallel()
	rows := []runRow{rowOf(tracking.Run{Metrics: []tracking.Metric{{Key: "accuracy", Value: 1}, {Key: "loss", Step: 9}, {Key: "valid_auc"}}}),
		rowOf(tracking.Run{Metrics: []tracking.Metric{{Key: "loss", Step: 3}}, Params: []tracking.Param{{Key: "depth", Value: "3"}}})}
	for _, c := range []struct {
		by     string
		chosen []string
		want   string
	}{
		{"", nil, "loss"},
		{"metrics.`valid_auc`", nil, "valid_auc"},
		{"metrics.`valid_auc`", []string{"m:loss"}, "valid_auc"},
		{"params.`depth`", nil, "loss"},
		{"", []string{"m:accuracy", "m:valid_auc"}, "valid_auc"},
		{"", []string{"p:depth"}, ""},
	} {
		l := runList{Rows: rows, Columns: columnsOf(rows, c.chosen), Order: kit.Order{By: c.by}}
		if got := l.sketchedKey(); got != c.want {
			t.Errorf("by %q of %v the curve is of %q, want %q", c.by, c.chosen, got, c.want)
		}
	}
}

// TestACurveGoesByStepsOrTime: a client that never counts has all points at one step.
func TestACurveGoesByStepsOrTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		points []tracking.Metric
		want   chart.Spark
	}{
		"steps": {[]tracking.Metric{{Step: 2, Timestamp: 5, Value: 1}, {Step: 4, Timestamp: 5, Value: 2}}, chart.Spark{X: "step", Points: []chart.Point{{X: 2, Y: 1}, {X: 4, Y: 2}}}},
		"time":  {[]tracking.Metric{{Timestamp: 5000, Value: 1}, {Timestamp: 6500, Value: 2}}, chart.Spark{X: "second", Points: []chart.Point{{X: 0, Y: 1}, {X: 1.5, Y: 2}}}},
		"order": {[]tracking.Metric{{Timestamp: 5, Value: 1}, {Timestamp: 5, Value: 2}}, chart.Spark{X: "point", Points: []chart.Point{{X: 1, Y: 1}, {X: 2, Y: 2}}}},
		"none":  {nil, chart.Spark{X: "step"}},
	} {
		if diff := cmp.Diff(c.want, sparkOf("", c.points)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
