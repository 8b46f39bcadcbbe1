package loggedmodel_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// zoo makes five models, a to e, the oldest first, with points on two datasets.
func zoo(t *testing.T, w *world) {
	run := w.run(t)
	ids := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		spec := loggedmodel.Spec{Name: name, Type: "t" + name, Params: []tracking.Param{{Key: "lr", Value: name}}}
		if name < "c" {
			spec.SourceRun = run
			spec.Tags = []tracking.Tag{{Key: "team", Value: "risk"}}
		}
		ids[name] = w.create(t, spec).ID
	}
	if _, err := w.Finalize(w.ctx, ids["b"], loggedmodel.Ready); err != nil {
		t.Fatal(err)
	}
	point := func(model string, step int64, value float64, dataset string) tracking.Metric {
		return tracking.Metric{Key: "auc", Value: value, Step: step, Timestamp: 1, ModelID: ids[model], DatasetName: dataset, DatasetDigest: "d" + dataset}
	}
	w.points(t, run,
		point("a", 1, 0.9, "train"), point("a", 2, 0.5, "train"), point("a", 1, 0.8, "test"),
		point("b", 1, 0.7, "train"), point("b", 0, 0.6, "test"),
		point("c", 1, math.NaN(), "train"), point("d", 1, 0.95, "test"))
	// The same point from another run must not list a model twice.
	w.points(t, w.run(t), point("b", 1, 0.7, "train"))
}

func TestSearch(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		w := open(t, db)
		zoo(t, w)
		train, test := loggedmodel.Dataset{Name: "train"}, loggedmodel.Dataset{Name: "test", Digest: "dtest"}
		auc := func(desc bool, d loggedmodel.Dataset) []loggedmodel.Order {
			return []loggedmodel.Order{{Field: "metrics.auc", Desc: desc, Dataset: d}}
		}
		for _, c := range []struct {
			name string
			q    loggedmodel.Search
			want string
		}{
			{"all", loggedmodel.Search{}, "edcba"},
			{"by name", loggedmodel.Search{OrderBy: []loggedmodel.Order{{Field: "name"}}}, "abcde"},
			{"by an alias", loggedmodel.Search{OrderBy: []loggedmodel.Order{{Field: "creation_time"}}}, "abcde"},
			{"filter", loggedmodel.Search{Filter: "name != 'a' AND params.lr IN ('a','b','c')"}, "cb"},
			{"tag and run", loggedmodel.Search{Filter: "tags.team = 'risk' AND source_run_id != ''"}, "ba"},
			{"status", loggedmodel.Search{Filter: "status = 'READY'"}, "b"},
			{"model type", loggedmodel.Search{Filter: "model_type LIKE 't%' AND attributes.model_type != 'te'"}, "dcba"},
			// Compared by the latest point: a has 0.5 after 0.9.
			{"metric", loggedmodel.Search{Filter: "metrics.auc > 0.6"}, "db"},
			{"metric on a dataset", loggedmodel.Search{Filter: "metrics.auc > 0.6", Datasets: []loggedmodel.Dataset{test}}, "da"},
			{"measured", loggedmodel.Search{Datasets: []loggedmodel.Dataset{train}}, "cba"},
			{"measured on either", loggedmodel.Search{Datasets: []loggedmodel.Dataset{train, test}}, "dcba"},
			{"measured on neither", loggedmodel.Search{Datasets: []loggedmodel.Dataset{{Name: "test", Digest: "other"}}}, ""},
			{"by metric", loggedmodel.Search{OrderBy: auc(true, loggedmodel.Dataset{})}, "dbace"},
			{"by metric on train", loggedmodel.Search{OrderBy: auc(true, train)}, "baced"},
			{"by metric on test", loggedmodel.Search{OrderBy: auc(false, test)}, "badec"},
			{"by two", loggedmodel.Search{OrderBy: append(auc(true, train), auc(true, test)...)}, "bacde"},
		} {
			c.q.Experiments = []string{"0"}
			for _, size := range []int{100, 1, 2} {
				if got := listed(t, w, c.q, size); got != c.want {
					t.Errorf("%s by pages of %d: %q, want %q", c.name, size, got, c.want)
				}
			}
		}
		if got := listed(t, w, loggedmodel.Search{Experiments: []string{"1"}}, 10); got != "" {
			t.Errorf("another experiment has %q", got)
		}
	})
}

// listed are the names of all that a search gives, page by page.
func listed(t *testing.T, w *world, q loggedmodel.Search, size int) string {
	t.Helper()
	var b strings.Builder
	for q.Max = size; ; {
		page, err := w.Search(w.ctx, q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		for _, m := range page.Models {
			b.WriteString(m.Name)
		}
		if q.Token = page.Next; q.Token == "" || b.Len() > 100 {
			return b.String()
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	w := open(t, rowstest.SQLite(t, schemas()))
	zoo(t, w)
	first, err := w.Search(w.ctx, loggedmodel.Search{Experiments: []string{"0"}, Max: 2})
	if err != nil || first.Next == "" {
		t.Fatalf("%v, %v", first, err)
	}
	for name, q := range map[string]loggedmodel.Search{
		"token of another filter":      {Filter: "name = 'a'", Token: first.Next},
		"token of another order":       {OrderBy: []loggedmodel.Order{{Field: "name"}}, Token: first.Next},
		"token of other experiments":   {Experiments: []string{"0", "1"}, Token: first.Next},
		"token of other datasets":      {Datasets: []loggedmodel.Dataset{{Name: "x"}}, Token: first.Next},
		"no token":                     {Token: "x"},
		"a dataset without a name":     {Datasets: []loggedmodel.Dataset{{Digest: "x"}}},
		"an unknown status":            {Filter: "status = 'DONE'"},
		"a comparison of the status":   {Filter: "status LIKE 'READY'"},
		"an order by a param":          {OrderBy: []loggedmodel.Order{{Field: "params.lr"}}},
		"an order by nothing":          {OrderBy: []loggedmodel.Order{{}}},
		"an order by no attribute":     {OrderBy: []loggedmodel.Order{{Field: "color"}}},
		"a filter by no attribute":     {Filter: "color = 'red'"},
		"an experiment that is no id":  {Experiments: []string{"x"}},
		"too many":                     {Max: loggedmodel.MaxPage + 1},
		"fewer than one":               {Max: -1},
		"a NUL in the order's dataset": {OrderBy: []loggedmodel.Order{{Field: "metrics.a", Dataset: loggedmodel.Dataset{Name: "\x00"}}}},
	} {
		if q.Experiments == nil {
			q.Experiments = []string{"0"}
		}
		if q.Max == 0 {
			q.Max = 2
		}
		if _, err := w.Search(w.ctx, q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	second, err := w.Search(w.ctx, loggedmodel.Search{Experiments: []string{"0"}, Max: 2, Token: first.Next})
	if err != nil || len(second.Models) != 2 {
		t.Errorf("the second page: %v, %v", second, err)
	}
	if diff := cmp.Diff("c", second.Models[0].Name); diff != "" {
		t.Error(diff)
	}
}
