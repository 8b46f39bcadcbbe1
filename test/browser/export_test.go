package browser

import (
	"encoding/csv"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
)

// TestExportHoldsTheList: filter and order hold, all runs are there, with all
// metrics and params.
func TestExportHoldsTheList(t *testing.T) {
	h := open(t)
	h.fill(t)
	q := url.Values{"filter": {"params.max_depth = '9'"}, "by": {"metrics.valid_auc"}, "desc": {"1"}}
	status, kind, text := fetch(t, h, "/experiments/1/runs.csv?"+q.Encode())
	if status != 200 || kind != "text/csv; charset=utf-8" {
		t.Fatalf("answered %d, %s", status, kind)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{}
	for i, name := range rows[0] {
		place[name] = i
	}
	if len(rows) != 1+8 || len(rows[0]) != 6+7+5 {
		t.Fatalf("%d rows of %d columns: %v", len(rows), len(rows[0]), rows[0])
	}
	last := 2.0
	for _, row := range rows[1:] {
		if row[place["params.max_depth"]] != "9" {
			t.Errorf("a run of depth %s is there", row[place["params.max_depth"]])
		}
		auc, err := strconv.ParseFloat(row[place["metrics.valid_auc"]], 64)
		if err != nil || auc > last {
			t.Errorf("AUC %v comes after %v: %v", auc, last, err)
		}
		last = auc
	}
	if status, _, text := fetch(t, h, "/experiments/1/runs.csv?filter=oops+%3D"); status != 400 || !strings.Contains(text, "<h1>") {
		t.Errorf("a wrong filter is answered with %d", status)
	}
}

// TestExportHoldsEveryMetric: each point is a row, so a run may have any number
// of metrics.
func TestExportHoldsEveryMetric(t *testing.T) {
	h := open(t)
	run := must[tracking.Run](t)(h.tracking.CreateRun(h.ctx, tracking.RunSpec{Experiment: "0"}))
	const metrics = 1009
	for from := 0; from < metrics; from += 900 {
		batch := tracking.Batch{Run: run.ID}
		for i := from; i < min(from+900, metrics); i++ {
			batch.Metrics = append(batch.Metrics, tracking.Metric{Key: "layer_" + strconv.Itoa(i), Value: float64(i)})
		}
		if err := h.tracking.LogBatch(h.ctx, batch); err != nil {
			t.Fatal(err)
		}
	}
	status, kind, text := fetch(t, h, "/runs/"+run.ID+"/metrics.csv")
	if lines := strings.Count(text, "\n"); status != 200 || kind != "text/csv; charset=utf-8" || lines != 1+metrics {
		t.Errorf("answered %d, %s, with %d lines", status, kind, lines)
	}
}

// TestExportIsReadInPages: a list of more runs, and a curve of more points, than
// are read at once are exported whole, each once.
func TestExportIsReadInPages(t *testing.T) {
	h := open(t)
	const runs, points = 620, 70_000
	var last string
	for i := range runs {
		run := must[tracking.Run](t)(h.tracking.CreateRun(h.ctx, tracking.RunSpec{Experiment: "0"}))
		b := tracking.Batch{Run: run.ID, Params: []tracking.Param{{Key: "kind", Value: "sweep"}, {Key: "seed", Value: strconv.Itoa(i)}}}
		if i == runs-1 { // one key that the last page alone has
			b.Metrics = []tracking.Metric{{Key: "rare", Value: 0.5}}
		}
		if err := h.tracking.LogBatch(h.ctx, b); err != nil {
			t.Fatal(err)
		}
		last = run.ID
	}
	_, _, text := fetch(t, h, "/experiments/0/runs.csv?"+url.Values{"by": {"attributes.start_time"}}.Encode())
	rows := must[[][]string](t)(csv.NewReader(strings.NewReader(text)).ReadAll())
	if d := cmp.Diff([]string{"metrics.rare", "params.seed", "params.kind"}, rows[0][6:]); d != "" {
		t.Error(d)
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		seen[row[7]] = true
	}
	if len(rows) != 1+runs || len(seen) != runs {
		t.Errorf("%d rows of %d runs, want %d", len(rows)-1, len(seen), runs)
	}
	for at := 0; at < points; {
		b := tracking.Batch{Run: last}
		for ; at < points && len(b.Metrics) < tracking.MaxBatchMetrics; at++ {
			b.Metrics = append(b.Metrics, tracking.Metric{Key: "loss", Value: 1, Step: int64(at), Timestamp: int64(at)})
		}
		if err := h.tracking.LogBatch(h.ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	_, _, text = fetch(t, h, "/runs/"+last+"/metrics.csv?key=loss&key=rare&key=loss")
	rows = must[[][]string](t)(csv.NewReader(strings.NewReader(text)).ReadAll())
	if len(rows) != 1+points+1 || rows[points][1] != strconv.Itoa(points-1) || rows[points+1][0] != "rare" {
		t.Errorf("%d rows, the last %v, want %d", len(rows), rows[len(rows)-1], points+2)
	}
}

// TestTooMuchIsAWrongRequest: what is too much stays too much when it is asked
// again, and the answer says what would not be.
func TestTooMuchIsAWrongRequest(t *testing.T) {
	h := open(t)
	many := func(name string, n int) string {
		q := url.Values{}
		for i := range n {
			q.Add(name, "m:"+strconv.Itoa(i))
		}
		return q.Encode()
	}
	for path, words := range map[string]string{
		"/compare?" + many("run", 9):         "select 8 at most",
		"/experiments/0?" + many("col", 201): "choose 200 at most",
	} {
		if status, _, text := fetch(t, h, path); status != 400 || !strings.Contains(strings.ToLower(text), words) {
			t.Errorf("%.40s… is answered with %d", path, status)
		}
	}
}

// TestExportHoldsNoFormula: names, params and keys of metrics that begin like a
// formula are text in a spreadsheet; what is a number stays one.
func TestExportHoldsNoFormula(t *testing.T) {
	h := open(t)
	const formula = `=HYPERLINK("http://evil.example.org")`
	run := must[tracking.Run](t)(h.tracking.CreateRun(h.ctx, tracking.RunSpec{Experiment: "0", Name: formula, User: "@ada"}))
	if err := h.tracking.LogBatch(h.ctx, tracking.Batch{Run: run.ID,
		Params:  []tracking.Param{{Key: "what", Value: "+1+cmd|'/C calc'!A0"}, {Key: "shift", Value: "-3.5"}},
		Metrics: []tracking.Metric{{Key: "-gain", Value: -0.25, Step: 1}},
	}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"/experiments/0/runs.csv":          {"'" + formula, "'@ada", "'+1+cmd|'/C calc'!A0", "-3.5", "-0.25"},
		"/runs/" + run.ID + "/metrics.csv": {"'-gain", "-0.25"},
	} {
		_, _, text := fetch(t, h, path)
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		cells := slices.Concat(rows...)
		for _, cell := range want {
			if !slices.Contains(cells, cell) {
				t.Errorf("%s has no cell %q: %q", path, cell, cells)
			}
		}
	}
}
