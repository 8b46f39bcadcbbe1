package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Runs in experiments, both with a tag or none, as a room would keep them.
const agreeTables = `-- +goose Up
CREATE TABLE a_thing (kind TEXT NOT NULL, id TEXT NOT NULL, experiment TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE a_tag (kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, id));
`

var agreeSchema = rows.Schema{Name: "a", Files: fstest.MapFS{
	"sqlite/0001_a.sql":   {Data: []byte(agreeTables)},
	"postgres/0001_a.sql": {Data: []byte(strings.ReplaceAll(agreeTables, "TEXT NOT", `TEXT COLLATE "C" NOT`))},
}}

type agreePlaces struct{}

func (agreePlaces) Place(f filter.Field) (filter.Place, bool) {
	switch f.Entity {
	case "object":
		return filter.Place{Kind: filter.Text, Column: "r.id"}, true
	case "experiment":
		return filter.Place{Kind: filter.Text, Column: "r.experiment"}, true
	case "object-tag":
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "a_tag", On: "@.kind = r.kind AND @.id = r.id", Value: "@.value"}}, true
	case "experiment-tag":
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "a_tag", On: "@.kind = 'experiment' AND @.id = r.experiment", Value: "@.value"}}, true
	}
	return filter.Place{}, false
}

// agreePolicies are what a draw takes from.
var agreePolicies = []string{
	`permit (principal == User::"ada", action == Action::"run.read", resource) when { resource.hasTag("k") && resource.getTag("k") == "open" };`,
	`permit (principal in Group::"g", action in Action::"contributor", resource in Experiment::"1");`,
	`forbid (principal, action in [Action::"run", Action::"experiment"], resource) when { resource has experiment && resource.experiment.hasTag("k") && resource.experiment.getTag("k") == "shut" };`,
	`forbid (principal, action, resource is Run) unless { resource.hasTag("k") };`,
	`forbid (principal, action, resource == Experiment::"2") unless { principal in Role::"maintainer" };`,
}

func drawGrants(t *rapid.T) grant.Set {
	var all []grant.Grant
	for range rapid.IntRange(0, 4).Draw(t, "grants") {
		kind := rapid.SampledFrom([]string{"experiment", "experiment", "run", grant.WorkspaceKind}).Draw(t, "kind")
		object := grant.AnyObject
		if kind != grant.WorkspaceKind {
			object = rapid.SampledFrom([]string{"1", "2", "3", grant.AnyObject}).Draw(t, "object")
		}
		all = append(all, grant.Grant{Principal: urn.New("user", "ada"), Kind: kind, Object: object, Level: rapid.SampledFrom(grant.Levels()).Draw(t, "level")})
	}
	return grant.Gather(all)
}

// What Check says of each object is what Visible selects, whatever roles, grants
// and policies there are; what is not there is denied to whoever may not read
// all; and a list may be asked for when there is a condition at all.
func TestCheckAndVisibleAgree(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, []rows.Schema{agreeSchema}, func(t *testing.T, db *rows.DB) {
		draw.Check(t, func(t *rapid.T) {
			world := drawWorld(t, db)
			cedar := ""
			for _, text := range agreePolicies {
				if rapid.Bool().Draw(t, "policy") {
					cedar += text + "\n"
				}
			}
			settings, err := ruledBy(cedar)
			if err != nil {
				t.Fatal(err)
			}
			g := drawGrants(t)
			s := New(Config{Required: true, Settings: func() *Settings { return settings }, Facts: func(_ context.Context, u urn.URN) (policy.Resource, bool, error) {
				r, ok := world[u.String()]
				if !ok {
					r = policy.Named(u, "default")
				}
				return r, ok, nil
			}})
			who := participant{actor: urn.New("user", "ada"), workspace: "default", bound: true, groups: rapid.SampledFrom([][]string{nil, {"g"}}).Draw(t, "groups"),
				here: rapid.SampledFrom(roles.All()).Draw(t, "here"), everywhere: rapid.SampledFrom([]roles.Role{roles.None, roles.None, roles.Viewer, roles.Admin}).Draw(t, "everywhere")}
			if len(g) > 0 {
				who.grants = func() (grant.Set, error) { return g, nil }
				for _, one := range g {
					who.lesser = who.lesser || one.Level != grant.Manage
				}
			}
			ctx := context.WithValue(caller.With(context.Background(), caller.Caller{Workspace: "default", Actor: who.actor}), participantKey{}, who)
			for _, action := range []string{"run.read", "run.update", "run.delete", "experiment.read", "experiment.update"} {
				agree(t, ctx, s, db, world, action)
			}
		})
	})
}

func agree(t *rapid.T, ctx context.Context, s *Service, db *rows.DB, world map[string]policy.Resource, action string) {
	kind := roles.NounOf(action)
	checked := []string{}
	for u, r := range world {
		named, err := urn.Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		if r.Kind == kind && s.Check(ctx, action, named) == nil {
			checked = append(checked, r.ID)
		}
	}
	slices.Sort(checked)
	visible, err := s.Visible(ctx, action)
	listed := s.Check(ctx, kind+".read", urn.URN{})
	if roles.VerbOf(action) == "read" && (err == nil) != (listed == nil) {
		t.Fatalf("%s: the list is let through %v, and what it shows %v", action, listed, err)
	}
	if err != nil {
		visible = filter.False{}
	}
	q := filter.Query{Dialect: db.Dialect()}
	where, err := filter.Render(&q, agreePlaces{}, visible)
	if err != nil {
		t.Fatal(err)
	}
	selected, err := rows.Collect(ctx, db.Read(), rows.Column[string],
		"SELECT r.id FROM a_thing r WHERE r.kind = "+q.Arg(kind)+" AND "+where+" ORDER BY r.id", q.Args()...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(checked, append([]string{}, selected...)); diff != "" {
		t.Fatalf("%s: checked and selected differ: %s\n%s %v", action, diff, where, q.Args())
	}
	if roles.VerbOf(action) == "read" && len(checked) < len(ofKind(world, kind)) {
		if err := s.Check(ctx, action, urn.New(kind, "none")); err == nil {
			t.Fatalf("%s: not all may be read, and what is not there is let through", action)
		}
	}
}

func ofKind(world map[string]policy.Resource, kind string) (all []string) {
	for _, r := range world {
		if r.Kind == kind {
			all = append(all, r.ID)
		}
	}
	return all
}

func drawWorld(t *rapid.T, db *rows.DB) map[string]policy.Resource {
	world := map[string]policy.Resource{}
	tags := func() map[string]string {
		v := rapid.SampledFrom([]string{"", "open", "shut"}).Draw(t, "tag")
		if v == "" {
			return nil
		}
		return map[string]string{"k": v}
	}
	for i := range 3 {
		e := policy.Resource{Kind: "experiment", ID: fmt.Sprint(i + 1), Tags: tags()}
		world["tacit:experiment/"+e.ID] = e
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "runs") {
		e := world["tacit:experiment/"+rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "in")]
		r := policy.Resource{Kind: "run", ID: fmt.Sprint(i + 1), Tags: tags(), Within: &e}
		world["tacit:run/"+r.ID] = r
	}
	ctx := context.Background()
	err := db.Write(ctx, func(tx *rows.Tx) error {
		for _, table := range []string{"a_thing", "a_tag"} {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		for _, r := range world {
			if _, err := tx.Exec(ctx, "INSERT INTO a_thing (kind, id, experiment) VALUES ($1, $2, $3)", r.Kind, r.ID, r.In("experiment").ID); err != nil {
				return err
			}
			for _, v := range r.Tags {
				if _, err := tx.Exec(ctx, "INSERT INTO a_tag (kind, id, value) VALUES ($1, $2, $3)", r.Kind, r.ID, v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return world
}
