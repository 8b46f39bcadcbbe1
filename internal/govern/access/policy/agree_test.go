package policy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// A small world of runs in experiments, both with tags.
const (
	tables = `-- +goose Up
CREATE TABLE p_run (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, experiment TEXT NOT NULL);
CREATE TABLE p_experiment (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE p_tag (id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (id, key));
`
)

var world = rows.Schema{Name: "p", Files: fstest.MapFS{
	"sqlite/0001_p.sql":   {Data: []byte(tables)},
	"postgres/0001_p.sql": {Data: []byte(strings.ReplaceAll(tables, "TEXT NOT", `TEXT COLLATE "C" NOT`))},
}}

// runs is the schema of a list of runs, experiments that of one of experiments.
type runs struct{}

func (runs) Place(f filter.Field) (filter.Place, bool) {
	switch f.Entity {
	case "object":
		return filter.Place{Kind: filter.Text, Column: "r." + f.Key}, true
	case "object-tag":
		return tagged("r.id"), true
	case "experiment-tag":
		return tagged("r.experiment"), true
	}
	if f.Key == "id" {
		return filter.Place{Kind: filter.Text, Column: "r.experiment"}, f.Entity == "experiment"
	}
	return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "p_experiment", On: "@.id = r.experiment", Value: "@.name"}}, f.Entity == "experiment"
}

type experiments struct{}

func (experiments) Place(f filter.Field) (filter.Place, bool) {
	if f.Entity == "object-tag" {
		return tagged("r.id"), true
	}
	return filter.Place{Kind: filter.Text, Column: "r." + f.Key}, f.Entity == "object"
}

func tagged(id string) filter.Place {
	return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "p_tag", On: "@.id = " + id, Key: "@.key", Value: "@.value"}}
}

var (
	words    = []string{"", "a", "ab", "a%", "a_", "b", "ä", "z'", "ada"}
	prefixes = []string{"", "a", "a%", "ä", "z"}
)

func drawTags(t *rapid.T) map[string]string {
	tags := map[string]string{}
	for _, key := range []string{"k", "l"} {
		if rapid.Bool().Draw(t, "tagged") {
			tags[key] = rapid.SampledFrom(words).Draw(t, "tag")
		}
	}
	return tags
}

// drawResources draws experiments, and runs in them.
func drawResources(t *rapid.T) (in, all []policy.Resource) {
	for i := range rapid.IntRange(1, 3).Draw(t, "experiments") {
		in = append(in, policy.Resource{Kind: "experiment", ID: fmt.Sprintf("e%d", i), Name: rapid.SampledFrom(words).Draw(t, "name"), Tags: drawTags(t)})
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "runs") {
		within := rapid.SampledFrom(in).Draw(t, "experiment")
		all = append(all, policy.Resource{
			Kind: "run", ID: fmt.Sprintf("r%d", i), Name: rapid.SampledFrom(words).Draw(t, "name"), Tags: drawTags(t), Within: &within,
		})
	}
	return in, all
}

// drawTest draws a condition that Parse takes.
func drawTest(t *rapid.T, depth int) string {
	one := func() string { return drawTest(t, depth-1) }
	pick := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "pick") }
	if depth > 0 {
		switch rapid.IntRange(0, 7).Draw(t, "node") {
		case 0:
			return "(" + one() + " && " + one() + ")"
		case 1:
			return "(" + one() + " || " + one() + ")"
		case 2:
			return "!(" + one() + ")"
		case 3:
			return "(if " + one() + " then " + one() + " else " + one() + ")"
		}
	}
	of := pick("resource", "resource.experiment")
	compared := of + "." + pick("id", "name", "workspace")
	guard, end := "resource has experiment && ", ""
	if rapid.Bool().Draw(t, "tag") {
		key := pick("k", "l")
		guard, compared = guard+fmt.Sprintf("%s.hasTag(%q) && ", of, key), fmt.Sprintf("%s.getTag(%q)", of, key)
	}
	guard, end = "("+guard, ")"
	value := func() string {
		return pick(`"e0"`, `"r1"`, `"default"`, "principal.name", "context.workspace", fmt.Sprintf("%q", pick(words...)))
	}
	switch rapid.IntRange(0, 7).Draw(t, "test") {
	case 0:
		return guard + compared + " == " + value() + end
	case 1:
		return guard + value() + " != " + compared + end
	case 2:
		return guard + compared + fmt.Sprintf(" like %q", pick(prefixes...)+"*") + end
	case 3:
		return guard + "[" + value() + ", " + value() + "].contains(" + compared + ")" + end
	case 4:
		return guard + of + pick(" == ", " in ", " != ") + pick(`Experiment::"e0"`, `Run::"r0"`) + end
	case 5:
		return guard + of + " in [" + `Experiment::"e1", Run::"r2", Workspace::"` + pick("default", "team") + `"]` + end
	case 6:
		return guard + of + " is " + pick("Run", "Experiment", `Run in Experiment::"e0"`) + end
	}
	return pick(`principal in Role::"contributor"`, `principal == User::"ada"`, `principal in Group::"g"`, `action in Action::"viewer"`,
		`resource has model`, `principal.name like "a*a"`, `context.workspace == "team"`, `resource.hasTag("k")`, `principal is Service`)
}

func drawPolicies(t *rapid.T) string {
	var b strings.Builder
	for range rapid.IntRange(0, 4).Draw(t, "policies") {
		pick := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "head") }
		fmt.Fprintf(&b, "%s (%s, %s, %s)", pick("permit", "permit", "forbid"),
			pick("principal", "principal", `principal in Role::"viewer"`, `principal == User::"ada"`, "principal is User"),
			pick("action", "action", `action == Action::"run.read"`, `action in Action::"viewer"`, `action in [Action::"run.read", Action::"contributor"]`),
			pick("resource", "resource", "resource is Run", `resource in Experiment::"e0"`, `resource == Run::"r0"`, `resource is Experiment in Workspace::"default"`))
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			fmt.Fprintf(&b, " %s { %s }", pick("when", "unless"), drawTest(t, 3))
		}
		b.WriteString(";\n")
	}
	return b.String()
}

var vocabulary = policy.Vocabulary{Actions: map[string][]string{
	"run.read": {"viewer"}, "run.update": {"contributor"}, "experiment.read": {"viewer"},
}}

// What Decide says of each resource is what the condition selects, for whatever
// policies, principals and resources, on both engines.
func TestDecisionAndConditionAgree(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, []rows.Schema{world}, func(t *testing.T, db *rows.DB) {
		draw.Check(t, func(t *rapid.T) {
			in, all := drawResources(t)
			store(t, db, in, all)
			text := drawPolicies(t)
			set, err := policy.Parse("drawn.cedar", text, vocabulary)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			who := policy.Principal{
				URN:    urn.New(rapid.SampledFrom([]string{"user", "service"}).Draw(t, "kind"), rapid.SampledFrom([]string{"ada", "a"}).Draw(t, "who")),
				Role:   rapid.SampledFrom([]string{"", "viewer", "maintainer"}).Draw(t, "role"),
				Groups: rapid.SampledFrom([][]string{nil, {"g"}}).Draw(t, "groups"),
			}
			action := rapid.SampledFrom([]string{"run.read", "run.update"}).Draw(t, "action")
			workspace := rapid.SampledFrom([]string{"default", "team"}).Draw(t, "workspace")
			compare(t, db, "p_run", runs{}, set, policy.Request{Principal: who, Action: action, Workspace: workspace}, all, text)
			compare(t, db, "p_experiment", experiments{}, set, policy.Request{Principal: who, Action: "experiment.read", Workspace: workspace}, in, text)
		})
	})
}

func compare(t *rapid.T, db *rows.DB, table string, schema filter.Schema, set *policy.Set, r policy.Request, all []policy.Resource, text string) {
	decided := []string{}
	kind := map[string]string{"p_run": "run", "p_experiment": "experiment"}[table]
	for _, one := range all {
		if r.Resource = one; set.Decide(r).Allowed {
			decided = append(decided, one.ID)
		}
	}
	q := filter.Query{Dialect: db.Dialect()}
	where, err := filter.Render(&q, schema, set.Condition(r.Principal, r.Action, r.Workspace, kind).Node())
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	selected, err := rows.Collect(context.Background(), db.Read(), rows.Column[string], "SELECT r.id FROM "+table+" r WHERE "+where, q.Args()...)
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, where, text)
	}
	slices.Sort(selected)
	if diff := cmp.Diff(decided, append([]string{}, selected...)); diff != "" {
		t.Fatalf("decided and selected differ for %+v: %s\n%s\n%s %v", r.Principal, diff, text, where, q.Args())
	}
}

func store(t *rapid.T, db *rows.DB, in, all []policy.Resource) {
	ctx := context.Background()
	err := db.Write(ctx, func(tx *rows.Tx) error {
		for _, table := range []string{"p_run", "p_experiment", "p_tag"} {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		for _, r := range append(slices.Clone(in), all...) {
			statement, args := "INSERT INTO p_experiment (id, name) VALUES ($1, $2)", []any{r.ID, r.Name}
			if r.Within != nil {
				statement, args = "INSERT INTO p_run (id, name, experiment) VALUES ($1, $2, $3)", append(args, r.Within.ID)
			}
			if _, err := tx.Exec(ctx, statement, args...); err != nil {
				return err
			}
			for k, v := range r.Tags {
				if _, err := tx.Exec(ctx, "INSERT INTO p_tag (id, key, value) VALUES ($1, $2, $3)", r.ID, k, v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
