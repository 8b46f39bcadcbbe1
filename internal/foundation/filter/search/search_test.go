package search

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

func one(entity, key string, op filter.Op, values ...any) filter.Compare {
	return filter.Compare{Field: filter.Field{Entity: entity, Key: key}, Op: op, Values: values}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		grammar *Grammar
		text    string
		want    filter.And
	}{
		{Runs, "", nil},
		{Runs, "", nil},
		{Runs, "metrics.auc > 0.9", filter.And{one(Metric, "auc", filter.Gt, 0.9)}},
		{Runs, "metric.acc<=-1e-3", filter.And{one(Metric, "acc", filter.Le, -0.001)}},
		{Runs, "metrics.`val/loss at 5` != .5", filter.And{one(Metric, "val/loss at 5", filter.Ne, 0.5)}},
		{Runs, `params."batch size" = "32" and tags.mlflow.source.name LIKE '%train%'`, filter.And{
			one(Param, "batch size", filter.Eq, "32"), one(Tag, "mlflow.source.name", filter.Like, "%train%")}},
		{Runs, "tags.`a.b` ilike 'X_'", filter.And{one(Tag, "a.b", filter.ILike, "X_")}},
		{Runs, "status = 'RUNNING' AND attributes.start_time >= 1664067852747", filter.And{
			one(Attribute, "status", filter.Eq, "RUNNING"), one(Attribute, "start_time", filter.Ge, int64(1664067852747))}},
		{Runs, "attr.created > 1.5", filter.And{one(Attribute, "start_time", filter.Gt, 1.5)}},
		{Runs, "`Run Name` = 'x' AND run.run_id NOT IN ('a', \"b\",)", filter.And{
			one(Attribute, "run_name", filter.Eq, "x"), one(Attribute, "run_id", filter.NotIn, "a", "b")}},
		{Runs, "datasets.context IN ('train') AND dataset.name = 'd'", filter.And{
			one(Dataset, "context", filter.In, "train"), one(Dataset, "name", filter.Eq, "d")}},
		{Runs, "tags.k IS NULL AND params.p IS NOT NULL", filter.And{
			one(Tag, "k", filter.IsNull), one(Param, "p", filter.NotNull)}},
		{Runs, "params.q = 'it''s \\'so\\''", filter.And{one(Param, "q", filter.Eq, "it''s \\'so\\'")}},
		{Runs, "params.größe = 'ü'", filter.And{one(Param, "größe", filter.Eq, "ü")}},
		{Runs, "params.empty = ''", filter.And{one(Param, "empty", filter.Eq, "")}},
		{Runs, "params.'p q' = '1'", filter.And{one(Param, "p q", filter.Eq, "1")}},
		{Runs, "AND metrics.a > 1 metrics.a < 2 and AND", filter.And{one(Metric, "a", filter.Gt, 1.0), one(Metric, "a", filter.Lt, 2.0)}},
		{Experiments, "name LIKE 'a%' AND experiment_id IN ('1', '12') AND creation_time < 5", filter.And{
			one(Attribute, "name", filter.Like, "a%"), one(Attribute, "experiment_id", filter.In, int64(1), int64(12)),
			one(Attribute, "creation_time", filter.Lt, int64(5))}},
		{Models, "name IN ('m') AND tags.`mlflow.prompt.is_prompt` = 'true'", filter.And{
			one(Attribute, "name", filter.In, "m"), one(Tag, "mlflow.prompt.is_prompt", filter.Eq, "true")}},
		{Versions, "version_number > 3 AND run_id IN ('r') AND source_path != 's'", filter.And{
			one(Attribute, "version_number", filter.Gt, int64(3)), one(Attribute, "run_id", filter.In, "r"),
			one(Attribute, "source_path", filter.Ne, "s")}},
		{LoggedModels, "metrics.acc > 0.9 AND creation_time > 1 AND params.p IN ('1', '2')", filter.And{
			one(Metric, "acc", filter.Gt, 0.9), one(Attribute, "creation_timestamp", filter.Gt, int64(1)),
			one(Param, "p", filter.In, "1", "2")}},
	} {
		got, err := c.grammar.Filter(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if diff := cmp.Diff(filter.Node(c.want), got); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		grammar    *Grammar
		text, says string
	}{
		{Runs, "metric.acc >= 0.94; metrics.rmse < 1", "Search filter contained multiple expression"},
		{Runs, "m.acc >= 0.94", "Invalid entity type 'm'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"},
		{Runs, "acc >= 0.94", "Invalid attribute key 'acc' specified"},
		{Runs, "model >= 'LR'", "Invalid attribute key"},
		{Runs, "metrics.A > 0.1 OR params.B = 'LR'", "Invalid clause(s) in filter string: 'OR'"},
		{Runs, "metrics.A > 0.1 NAND params.B = 'LR'", "Invalid clause(s) in filter string: 'NAND'"},
		{Runs, "metrics.A > 0.1 AND (params.B = 'LR')", "Invalid clause(s) in filter string"},
		{Runs, "`metrics.A > 0.1", "Invalid clause(s) in filter string"},
		{Runs, "param`.A > 0.1", "Invalid clause(s) in filter string"},
		{Runs, "params.acc = 'LR", "Invalid clause(s) in filter string"},
		{Runs, "params.acc = LR'", "Invalid clause(s)|not quoted"},
		{Runs, "metric.acc", "Invalid clause(s) in filter string: 'metric.acc'"},
		{Runs, "metric.acc =", "Invalid clause(s) in filter string"},
		{Runs, "metrics.a > 1;", "Invalid clause(s) in filter string: ';'"},
		{Runs, "metric.acc >", "Invalid clause(s) in filter string: 'metric.acc', '>'"},
		{Runs, "params.p IN ('1')", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value ('1')"},
		{Runs, "metrics.a-b > 1", "Invalid clause(s) in filter string"},
		{Runs, "metrics.acc = 'LR'", "Expected numeric value type for metric. Found 'LR'"},
		{Runs, "metrics.acc != metrics.acc", "Expected numeric value type for metric. Found metrics.acc"},
		{Runs, "params.acc = 5", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5"},
		{Runs, "tags.acc = 5", "Expected a quoted string value for tag (e.g. 'my-value'). Got value 5"},
		{Runs, "1.0 > metrics.acc", "Expected 'Identifier' found '1.0'"},
		{Runs, "attribute.status = 1", "Expected a quoted string value for attributes. Got value 1"},
		{Runs, "start_time > 'x'", "Expected numeric value type for numeric attribute: start_time. Found 'x'"},
		{Runs, "params.acc = LR", "Parameter value is either not quoted or unidentified quote types used for string value LR. Use either single or double quotes."},
		{Runs, "params.acc = `LR`", "Parameter value is either not quoted or unidentified"},
		{Runs, "params.acc > 'LR'", "Invalid comparator '>' not one of"},
		{Runs, "metrics.acc == 1", "Invalid comparator '==' not one of"},
		{Runs, "metrics.acc LIKE 1", "Invalid comparator 'LIKE' not one of"},
		{Runs, "params.a NOT LIKE 'x'", "Invalid comparator 'NOT LIKE'"},
		{Runs, "status IN ('RUNNING')", "Only ['run_id'] attributes support comparison with a list of quoted string values."},
		{Runs, "run_id IN ()", "expected a non-empty list of string values, but got empty list"},
		{Runs, "run_id IN ('a' 'b')", "ill-formed list"},
		{Runs, "run_id IN (1)", "got different type in list"},
		{Runs, "metrics.a IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'"},
		{Runs, "dataset.size = 'x'", "Invalid dataset key 'size' specified"},
		{Experiments, "name > 'a'", "Invalid comparator '>'"},
		{Experiments, "experiment_id = 'x'", "Invalid experiment ID 'x'. Experiment ID must be a valid integer."},
		{Experiments, "creation_time > 1.5", "Invalid value for numeric attribute 'creation_time': '1.5'"},
		{Experiments, "metrics.a > 1", "Invalid entity type 'metrics'"},
		{Models, "tags.k IS NULL", "IS NULL / IS NOT NULL is not supported for registered model search."},
		{Versions, "tags.k IS NOT NULL", "IS NULL / IS NOT NULL is not supported for model version search."},
		{Runs, "params.a = '\x00'", "NUL"},
		{Runs, strings.Repeat("metrics.a > 1 AND ", 200) + "metrics.a > 1", "more than 200 comparisons"},
		{Runs, strings.TrimSuffix(strings.Repeat("run_id IN ("+strings.Repeat("'a',", 6000)+") AND ", 2), " AND "), "more than 10000 values"},
	} {
		_, err := c.grammar.Filter(c.text)
		if !fault.Is(err, fault.Invalid) || !containsAny(fault.Sentence(err), c.says) {
			t.Errorf("%q: got %v, want %q", c.text, err, c.says)
		}
	}
}

func containsAny(s, alternatives string) bool {
	for a := range strings.SplitSeq(alternatives, "|") {
		if strings.Contains(s, a) {
			return true
		}
	}
	return false
}

func TestOrders(t *testing.T) {
	t.Parallel()
	got, err := Runs.Orders([]string{"metrics.auc DESC", "params.`a b`", "created asc", "tag.\"x.y\" desc", "run_id"})
	if err != nil {
		t.Fatal(err)
	}
	want := []filter.Order{
		{Field: filter.Field{Entity: Metric, Key: "auc"}, Desc: true}, {Field: filter.Field{Entity: Param, Key: "a b"}},
		{Field: filter.Field{Entity: Attribute, Key: "start_time"}}, {Field: filter.Field{Entity: Tag, Key: "x.y"}, Desc: true},
		{Field: filter.Field{Entity: Attribute, Key: "run_id"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if o, err := Models.Orders([]string{"timestamp DESC"}); err != nil || o[0].Field.Key != "last_updated_timestamp" {
		t.Errorf("the order timestamp of models: %v, %v", o, err)
	}
	for _, c := range []struct {
		grammar *Grammar
		clause  string
		says    string
	}{
		{Runs, "metrics.auc DOWN", "Invalid ordering key in order_by clause 'metrics.auc DOWN'."},
		{Runs, "metrics.auc DESC NULLS", "Invalid order_by clause"},
		{Runs, "", "Invalid order_by clause '' ."[:26]},
		{Runs, "x.y", "Invalid entity type 'x'"},
		{Runs, "nothing", "Invalid attribute key 'nothing'"},
		{Runs, "dataset.name", "Invalid identifier type 'dataset'"},
		{Experiments, "tags.x", "Invalid order_by entity: tag"},
	} {
		if _, err := c.grammar.Orders([]string{c.clause}); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), c.says) {
			t.Errorf("%q: got %v, want %q", c.clause, err, c.says)
		}
	}
	if _, err := Runs.Orders([]string{"start_time", "attributes.created DESC"}); err == nil || !strings.Contains(err.Error(), "duplicate fields") {
		t.Errorf("a field twice: %v", err)
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		"metrics.auc > 0.9 AND params.\"batch size\" = '32'", "run_id IN ('a', 'b')", "tags.`x` IS NOT NULL", "a.b !== -1e5;",
		"''' \\' `\"", "name LIKE 'ü%' and tags.a NOT IN (", "version_number >= 3",
	} {
		f.Add(s)
	}
	grammars := []*Grammar{Runs, Experiments, Models, Versions, LoggedModels}
	f.Fuzz(func(t *testing.T, s string) {
		for _, g := range grammars {
			node, err := g.Filter(s)
			if (err == nil) == (node == nil) {
				t.Fatalf("%q gives %v and %v", s, node, err)
			}
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v is not the user's fault", s, err)
			}
			if _, err := g.Orders([]string{s}); err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v is not the user's fault", s, err)
			}
		}
	})
}
