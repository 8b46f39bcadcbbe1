package registry

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// neighbours are a run, a logged model and a run on this machine's disk.
type neighbours struct {
	mu         sync.Mutex
	registered []string
}

func (*neighbours) ArtifactRoot(_ context.Context, run string) (string, error) {
	switch run {
	case "run1":
		return "mlflow-artifacts:/0/run1/artifacts", nil
	case "disk":
		return "file:///srv/models/disk/artifacts", nil
	}
	return "", fault.New(fault.NotFound, "Run with id=%s not found", run)
}

func (*neighbours) Source(_ context.Context, id string) (location, run string, err error) {
	if id == "m-1" {
		return "mlflow-artifacts:/0/models/m-1/artifacts", "run1", nil
	}
	return "", "", fault.New(fault.NotFound, "Logged model with ID '%s' not found.", id)
}

func (n *neighbours) Registered(_ context.Context, _ *rows.Tx, id, model string, version int64) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.registered = append(n.registered, fmt.Sprintf("%s as %s/%d", id, model, version))
	return nil
}

// house is the room over an empty store.
type house struct {
	*Service
	*neighbours
	log *event.Log
	ctx context.Context
}

func open(db *rows.DB) house {
	ids := id.NewSource(time.Now, rand.Reader)
	log := event.NewLog(db, ids, time.Now, slog.New(slog.DiscardHandler))
	n := &neighbours{}
	s := New(Config{DB: db, Events: log, Access: access.New(access.Config{}), Runs: n, LoggedModels: n, Now: time.Now, PageKey: secrettest.Ring("test")})
	return house{s, n, log, caller.With(context.Background(), caller.Local(caller.DefaultWorkspace))}
}

func schemas() []rows.Schema {
	return []rows.Schema{{Name: "event", Files: event.Migrations()}, {Name: "registry", Files: Room().Migrations}}
}

// each runs test on both engines.
func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) { test(t, open(db)) })
}

func (h house) model(t *testing.T, name string, tags ...Tag) Model {
	t.Helper()
	m, err := h.CreateModel(h.ctx, ModelSpec{Name: name, Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (h house) version(t *testing.T, name string, tags ...Tag) Version {
	t.Helper()
	v, err := h.CreateVersion(h.ctx, VersionSpec{Model: name, Source: "models:/m-1", ModelID: "m-1", Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func says(t *testing.T, err error, kind fault.Kind, sentence string) {
	t.Helper()
	if !fault.Is(err, kind) || fault.Sentence(err) != sentence {
		t.Errorf("got %v fault %q, want %v fault %q", fault.KindOf(err), fault.Sentence(err), kind, sentence)
	}
}

func TestManyCreateVersionsAtOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		const n = 64
		h.model(t, "busy")
		var (
			group sync.WaitGroup
			got   [n]int64
		)
		for i := range n {
			group.Go(func() {
				v, err := h.CreateVersion(h.ctx, VersionSpec{Model: "busy", Source: "models:/m-1", ModelID: "m-1"})
				if err != nil {
					t.Error(err)
				}
				got[i] = v.Number
			})
		}
		group.Wait()
		slices.Sort(got[:])
		for i, number := range got {
			if number != int64(i+1) {
				t.Fatalf("numbers %v are not dense", got)
			}
		}
		if err := h.DeleteVersion(h.ctx, "busy", n); err != nil {
			t.Fatal(err)
		}
		if v := h.version(t, "busy"); v.Number != n+1 {
			t.Errorf("after deleting version %d the next is %d: a number was used twice", n, v.Number)
		}
	})
}

func TestRenameAndDeleteTakeEverything(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "old", Tag{"team", "risk"})
		h.version(t, "old", Tag{"checked", "yes"})
		if err := h.SetAlias(h.ctx, "old", "champion", 1); err != nil {
			t.Fatal(err)
		}
		h.model(t, "taken")
		_, err := h.RenameModel(h.ctx, "old", "taken")
		says(t, err, fault.Exists, "Registered Model (name=taken) already exists.")
		if _, err := h.RenameModel(h.ctx, "old", "new"); err != nil {
			t.Fatal(err)
		}
		_, err = h.Model(h.ctx, "old")
		says(t, err, fault.NotFound, "Registered Model with name=old not found")
		v, err := h.VersionByAlias(h.ctx, "new", "champion")
		if err != nil || !slices.Equal(v.Tags, []Tag{{"checked", "yes"}}) {
			t.Errorf("after the rename: %v, %v", v, err)
		}
		if err := h.DeleteModel(h.ctx, "new"); err != nil {
			t.Fatal(err)
		}
		h.model(t, "new")
		m, err := h.Model(h.ctx, "new")
		if err != nil || len(m.Latest)+len(m.Tags)+len(m.Aliases) != 0 {
			t.Errorf("a new model has what a deleted one left: %v, %v", m, err)
		}
	})
}

func TestPromptsStayApart(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		h.model(t, "greeting", Tag{promptTag, "true"})
		if _, err := h.CreateVersion(h.ctx, VersionSpec{Model: "greeting", Source: "dummy-source", Tags: []Tag{{promptTag, "true"}}}); err != nil {
			t.Fatal(err)
		}
		_, err := h.CreateVersion(h.ctx, VersionSpec{Model: "greeting", Source: "s3://bucket/x", Tags: []Tag{{promptTag, "true"}}})
		says(t, err, fault.Invalid, "Invalid prompt source: 's3://bucket/x'. Prompt sources must use an MLflow placeholder.")
		for filter, want := range map[string][]string{
			"": {"churn"},
			"tags.`mlflow.prompt.is_prompt` = 'true'":  {"greeting"},
			"tags.`mlflow.prompt.is_prompt` != 'true'": {"churn"},
			"tags.`mlflow.prompt.is_prompt` = 'false'": {"churn"},
		} {
			found, err := h.SearchModels(h.ctx, ModelSearch{Filter: filter, Max: 10})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, m := range found.Models {
				names = append(names, m.Name)
			}
			if d := cmp.Diff(want, names); d != "" {
				t.Errorf("%q (-want +got):\n%s", filter, d)
			}
		}
		_, err = h.CreateModel(h.ctx, ModelSpec{Name: "greeting"})
		says(t, err, fault.Exists, "Tried to create a registered model with name 'greeting', but the name is already taken by a prompt. MLflow does not allow creating a model and a prompt with the same name.")
		_, err = h.CreateModel(h.ctx, ModelSpec{Name: "churn"})
		says(t, err, fault.Exists, "Registered Model (name=churn) already exists.")
	})
}

func TestSearchVersions(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		for _, name := range []string{"a", "b", "c"} {
			h.model(t, name)
			for i := range 3 {
				h.version(t, name, Tag{"part", fmt.Sprint(i)}, Tag{"odd", fmt.Sprint(i % 2)})
			}
		}
		if err := h.DeleteVersion(h.ctx, "b", 2); err != nil {
			t.Fatal(err)
		}
		all := func(q VersionSearch) []string {
			t.Helper()
			var got []string
			for {
				page, err := h.SearchVersions(h.ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range page.Versions {
					got = append(got, fmt.Sprintf("%s/%d", v.Model, v.Number))
				}
				if page.Next == "" {
					return got
				}
				q.Token = page.Next
			}
		}
		if d := cmp.Diff([]string{"a/3", "a/2", "a/1", "b/3", "b/1", "c/3", "c/2", "c/1"}, all(VersionSearch{OrderBy: []string{"name"}, Max: 3})); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"c/2", "a/2"}, all(VersionSearch{Filter: "tags.odd = '1' AND tags.part = '1'", OrderBy: []string{"name DESC"}, Max: 1})); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"b/3"}, all(VersionSearch{Filter: "name = 'b' AND version_number > 1 AND run_id IN ('run1')", Max: 9})); d != "" {
			t.Error(d)
		}
		page, err := h.SearchVersions(h.ctx, VersionSearch{Max: 3})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = h.SearchVersions(h.ctx, VersionSearch{Max: 3, Filter: "name = 'b'", Token: page.Next}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a token of another search: %v", err)
		}
	})
}

func TestNamesAndLimits(t *testing.T) {
	t.Parallel()
	h := open(rowstest.SQLite(t, schemas()))
	for name, sentence := range map[string]string{
		"":    "Missing value for required parameter 'name'.",
		"  ":  "Missing value for required parameter 'name'.",
		"a/b": "Invalid model name 'a/b'. Names cannot contain '/' or ':'.",
		"a:b": "Invalid model name 'a:b'. Names cannot contain '/' or ':'.",
		"..":  `Invalid value ".." for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '..'`,
	} {
		_, err := h.CreateModel(h.ctx, ModelSpec{Name: name})
		says(t, err, fault.Invalid, sentence)
	}
	h.model(t, "churn")
	says(t, h.SetModelTag(h.ctx, "churn", Tag{strings.Repeat("k", 251), ""}), fault.Invalid, "'key' exceeds the maximum length of 250 characters")
	says(t, h.SetModelTag(h.ctx, "churn", Tag{"k", strings.Repeat("v", 100_001)}), fault.Invalid, "'value' exceeds the maximum length of 100000 characters")
	if err := h.SetModelTag(h.ctx, "churn", Tag{"k", strings.Repeat("v", 100_000)}); err != nil {
		t.Error(err)
	}
	if err := h.DeleteModelTag(h.ctx, "churn", "absent"); err != nil {
		t.Errorf("deleting an absent tag: %v", err)
	}
	_, err := h.SearchModels(h.ctx, ModelSearch{Max: MaxModelsPage + 1})
	says(t, err, fault.Invalid, "Invalid value for request parameter max_results. It must be at most 1000, but got value 1001")
}

func TestWorkspacesAreApart(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		other := caller.With(context.Background(), caller.Local("other"))
		_, err := h.Model(other, "churn")
		says(t, err, fault.NotFound, "Registered Model with name=churn not found")
		if _, err := h.CreateModel(other, ModelSpec{Name: "churn"}); err != nil {
			t.Fatal(err)
		}
		if err := h.DeleteModel(other, "churn"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Model(h.ctx, "churn"); err != nil {
			t.Errorf("deleting in another workspace took this one's: %v", err)
		}
	})
}

// TestUntaggedTellsWhatWas names in the event the tag that was taken off.
func TestUntaggedTellsWhatWas(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		h.version(t, "churn")
		tag := Tag{"team", "ops"}
		for _, err := range []error{
			h.SetModelTag(h.ctx, "churn", tag), h.DeleteModelTag(h.ctx, "churn", "team"), h.DeleteModelTag(h.ctx, "churn", "team"),
			h.SetVersionTag(h.ctx, "churn", 1, tag), h.DeleteVersionTag(h.ctx, "churn", 1, "team"), h.DeleteVersionTag(h.ctx, "churn", 1, "team"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, verb := range []string{"registry.model.untagged", "registry.version.untagged"} {
			events, err := h.log.List(h.ctx, event.Query{Workspace: caller.DefaultWorkspace, VerbPrefix: verb})
			if err != nil || len(events) != 1 || events[0].Before != event.Hash(tag) || events[0].After != "" {
				t.Errorf("%s: %+v, %v; want one event with the tag as it was", verb, events, err)
			}
		}
	})
}
