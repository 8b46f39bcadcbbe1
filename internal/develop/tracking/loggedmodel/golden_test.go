package loggedmodel_test

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// golden is what MLflow finds, as testdata/golden.py wrote it.
//
//go:embed testdata/golden.json
var golden []byte

// answer is what a search found, nil where it was refused.
type answer struct {
	Found   []string
	Refused string // why
}

type answers struct {
	Models []struct {
		Name, Experiment, Type string
		Status                 loggedmodel.Status
		Run                    bool // a run made it
		Params, Tags           map[string]string
		Points                 map[string][]float64
	}
	Filters []struct {
		Filter string
		answer
	}
	Orders []struct {
		By []struct {
			Field     string
			Ascending bool
		}
		answer
	}
}

// populate makes the models of the golden answers.
func populate(t *testing.T, w *world, all answers) {
	t.Helper()
	second, err := w.runs.CreateExperiment(w.ctx, tracking.ExperimentSpec{Name: "second"})
	if err != nil || second.ID != "1" {
		t.Fatal(second, err)
	}
	for i, m := range all.Models {
		w.now = 1000*int64(i+1) - 1 // the next look is at the whole second
		spec := loggedmodel.Spec{Experiment: m.Experiment, Name: m.Name, Type: m.Type}
		for _, key := range slices.Sorted(maps.Keys(m.Params)) {
			spec.Params = append(spec.Params, tracking.Param{Key: key, Value: m.Params[key]})
		}
		for _, key := range slices.Sorted(maps.Keys(m.Tags)) {
			spec.Tags = append(spec.Tags, tracking.Tag{Key: key, Value: m.Tags[key]})
		}
		run := w.run(t)
		if m.Run {
			spec.SourceRun = run
		}
		w.now = 1000*int64(i+1) - 1
		made := w.create(t, spec)
		if m.Status != loggedmodel.Pending {
			w.now = 1000*int64(i+1) - 1
			if _, err := w.Finalize(w.ctx, made.ID, m.Status); err != nil {
				t.Fatal(err)
			}
		}
		for key, values := range m.Points {
			for step, v := range values {
				w.points(t, run, tracking.Metric{Key: key, Value: v, Step: int64(step), Timestamp: 1, ModelID: made.ID})
			}
		}
	}
}

// Filters and orders find what MLflow's own store finds, and what it refuses is
// refused, but for what is listed here with the reason.
func TestSearchesFindWhatMLflowFinds(t *testing.T) {
	t.Parallel()
	var all answers
	if err := json.Unmarshal(golden, &all); err != nil {
		t.Fatal(err)
	}
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		w := open(t, db)
		populate(t, w, all)
		for _, c := range all.Filters {
			want := c.answer
			if other, ok := ownFilters[c.Filter]; ok {
				want = other
			}
			tell(t, w, c.Filter, loggedmodel.Search{Filter: c.Filter}, want)
		}
		for _, c := range all.Orders {
			q, text := loggedmodel.Search{}, ""
			for _, by := range c.By {
				q.OrderBy = append(q.OrderBy, loggedmodel.Order{Field: by.Field, Desc: !by.Ascending})
				text += by.Field + " "
			}
			want := c.answer
			if other, ok := ownOrders[text]; ok {
				want = other
			}
			tell(t, w, "by "+text, q, want)
		}
	})
}

// tell says where a search is answered in another way than is wanted.
func tell(t *testing.T, w *world, name string, q loggedmodel.Search, want answer) {
	t.Helper()
	q.Experiments, q.Max = []string{"0", "1"}, 10
	page, err := w.Search(w.ctx, q)
	found := make([]string, len(page.Models))
	for i, m := range page.Models {
		found[i] = m.Name
	}
	if want.Refused != "" {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v %v, and it is refused by: %s", name, found, err, want.Refused)
		}
		return
	}
	if diff := cmp.Diff(want.Found, found); err != nil || diff != "" {
		t.Errorf("%s: %v %s", name, err, diff)
	}
}

// refused is the answer to a search that is a mistake.
const refused = "here"

// ownFilters are answered in another way on purpose.
var ownFilters = map[string]answer{
	// Double quotes hold a text, and quotes a key, as in MLflow's other searches.
	`experiment_id = "1"`:   {Found: []string{"7", "name", "c"}},
	`name = "a"`:            {Found: []string{"a"}},
	`"name" = 'a'`:          {Found: []string{"a"}},
	`params.lr = "1"`:       {Found: []string{"a"}},
	`params."a b" = '1'`:    {Found: []string{"a"}},
	`params.'a b' = '1'`:    {Found: []string{"a"}},
	`metrics."val/auc" > 0`: {Found: []string{"a"}},
	// What is meant is plain, and MLflow fails at it.
	"experiment_id IN (1)":                 {Found: []string{"7", "name", "c"}},
	"name IN (7)":                          {Found: []string{"7"}},
	"name = ('a')":                         {Found: []string{"a"}},
	"params.lr IN (1)":                     {Found: []string{"a"}},
	"params.lr IN (1.0)":                   {Found: []string{"b"}},
	"params.flag = true":                   {Found: []string{"a"}},
	"params.flag = True":                   {Found: []string{"b"}},
	"attributes.creation_timestamp < 2000": {Found: []string{"a"}},
	"attributes.creation_time < 2000":      {Found: []string{"a"}},
	"last_updated_time != 2000":            {Found: []string{"7", "name", "c", "a"}},
	// No experiment has such a number, and no point is compared with such a value.
	"experiment_id = 'x'":    {Refused: refused},
	"experiment_id = x":      {Refused: refused},
	"experiment_id = 1.0":    {Refused: refused},
	"experiment_id = 1.5":    {Refused: refused},
	"experiment_id LIKE '1'": {Refused: refused},
	"metrics.auc = nan":      {Refused: refused},
	"metrics.auc > inf":      {Refused: refused},
	"metrics.auc < inf":      {Refused: refused},
	// An accident of the tokenizer accepts these.
	"metrics.val/auc > 0":            {Refused: refused},
	"tags.team = risk && tags.n = 7": {Refused: refused},
	"name IN ('a' 'b')":              {Refused: refused},
	"name IN (('a'))":                {Refused: refused},
}

// ownOrders are answered in another way on purpose: by the words that filters take.
var ownOrders = map[string]answer{
	"last_updated_time ": {Found: []string{"a", "b", "c", "name", "7"}},
	"attributes.name ":   {Found: []string{"7", "a", "b", "c", "name"}},
	"`name` ":            {Found: []string{"7", "a", "b", "c", "name"}},
	"metrics.`auc` ":     {Found: []string{"c", "a", "b", "7", "name"}},
}
