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

// TestCopyKnowsItsOriginal links a copied version to the one it was copied from.
func TestCopyKnowsItsOriginal(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		h.model(t, "churn-eu")
		h.version(t, "churn")
		copied, err := h.CreateVersion(h.ctx, VersionSpec{Model: "churn-eu", Source: "models:/churn/latest"})
		if err != nil {
			t.Fatal(err)
		}
		events, err := h.log.List(h.ctx, event.Query{Workspace: "default", Subject: VersionURN(copied.Model, copied.Number).String()})
		if err != nil || len(events) != 1 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		want := []event.Link{
			{Relation: event.VersionOf, To: ModelURN("churn-eu")}, {Relation: event.DerivedFrom, To: runURN("run1")},
			{Relation: event.DerivedFrom, To: loggedModelURN("m-1")}, {Relation: event.DerivedFrom, To: VersionURN("churn", 1)},
		}
		if diff := cmp.Diff(want, events[0].Links); diff != "" {
			t.Error(diff)
		}
	})
}

func says(t *testing.T, err error, kind fault.Kind, sentence string) {
	t.Helper()
	if !fault.Is(err, kind) || fault.Sentence(err) != sentence {
		t.Errorf("got %v fault %q, want %v fault %q", fault.KindOf(err), fault.Sentence(err), kind, sentence)
	}
}

func TestVersionKnowsWhereItComesFrom(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		v := h.version(t, "churn", Tag{"b", "2"}, Tag{"a", "1"}, Tag{"a", "0"})
		want := Version{Model: "churn", Number: 1, Stage: None, Source: "models:/m-1", Location: "mlflow-artifacts:/0/models/m-1/artifacts",
			RunID: "run1", ModelID: "m-1", Status: Ready, Created: v.Created, Updated: v.Updated, Tags: []Tag{{"a", "0"}, {"b", "2"}}}
		if d := cmp.Diff(want, v); d != "" {
			t.Errorf("made (-want +got):\n%s", d)
		}
		read, err := h.Version(h.ctx, "churn", 1)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, read); d != "" {
			t.Errorf("read (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"m-1 as churn/1"}, h.registered); d != "" {
			t.Error(d)
		}
		events, err := h.log.List(h.ctx, event.Query{Workspace: caller.DefaultWorkspace, Subject: "tacit:model/churn/1"})
		if err != nil || len(events) != 1 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		var links []string
		for _, l := range events[0].Links {
			links = append(links, string(l.Relation)+" "+l.To.String())
		}
		if d := cmp.Diff([]string{"version-of tacit:model/churn", "derived-from tacit:run/run1", "derived-from tacit:logged-model/m-1"}, links); d != "" {
			t.Error(d)
		}
	})
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

func TestStages(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		for range 3 {
			h.version(t, "churn")
		}
		move := func(number int64, stage string, archive bool) {
			t.Helper()
			if _, err := h.SetStage(h.ctx, "churn", number, stage, archive); err != nil {
				t.Fatal(err)
			}
		}
		move(1, "production", false)
		move(2, "PRODUCTION", true)
		latest, err := h.Latest(h.ctx, "churn", nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range latest {
			got = append(got, fmt.Sprintf("%d %s", v.Number, v.Stage))
		}
		if d := cmp.Diff([]string{"1 Archived", "2 Production", "3 None"}, got); d != "" {
			t.Error(d)
		}
		if latest, err = h.Latest(h.ctx, "churn", []string{"staging", "Production"}); err != nil || len(latest) != 1 || latest[0].Number != 2 {
			t.Errorf("staging and production: %v, %v", latest, err)
		}
		_, err = h.SetStage(h.ctx, "churn", 1, "live", false)
		says(t, err, fault.Invalid, "Invalid Model Version stage: live. Value must be one of None, Staging, Production, Archived.")
		_, err = h.SetStage(h.ctx, "churn", 1, "None", true)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("archiving for None: %v", err)
		}
		_, err = h.SetStage(h.ctx, "churn", 9, "Staging", false)
		says(t, err, fault.NotFound, "Model Version (name=churn, version=9) not found")
	})
}

func TestAliases(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		h.version(t, "churn")
		h.version(t, "churn")
		for _, number := range []int64{1, 2} {
			if err := h.SetAlias(h.ctx, "churn", "champion", number); err != nil {
				t.Fatal(err)
			}
		}
		v, err := h.VersionByAlias(h.ctx, "churn", "champion")
		if err != nil || v.Number != 2 || !slices.Equal(v.Aliases, []string{"champion"}) {
			t.Errorf("champion is %v, %v", v, err)
		}
		if v, err = h.VersionByAlias(h.ctx, "churn", "LATEST"); err != nil || v.Number != 2 {
			t.Errorf("latest is %d, %v", v.Number, err)
		}
		if err := h.DeleteVersion(h.ctx, "churn", 2); err != nil {
			t.Fatal(err)
		}
		_, err = h.VersionByAlias(h.ctx, "churn", "champion")
		says(t, err, fault.Invalid, "Registered model alias champion not found.")
		if err := h.DeleteAlias(h.ctx, "churn", "champion"); err != nil {
			t.Errorf("deleting an absent alias: %v", err)
		}
		says(t, h.SetAlias(h.ctx, "churn", "Latest", 1), fault.Invalid, "'latest' alias name (case insensitive) is reserved.")
		says(t, h.SetAlias(h.ctx, "churn", "v12", 1), fault.Invalid, "Version alias name 'v12' is reserved.")
		says(t, h.SetAlias(h.ctx, "churn", "a/b", 1), fault.Invalid, "Invalid alias name: 'a/b'. Names may only contain alphanumerics, underscores (_), and dashes (-).")
		says(t, h.SetAlias(h.ctx, "churn", "champion", 2), fault.NotFound, "Model Version (name=churn, version=2) not found")
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

func TestSources(t *testing.T) {
	t.Parallel()
	h := open(rowstest.SQLite(t, schemas()))
	h.model(t, "churn")
	h.version(t, "churn")
	if err := h.SetAlias(h.ctx, "churn", "champion", 1); err != nil {
		t.Fatal(err)
	}
	const proxied = "mlflow-artifacts:/0/run1/artifacts"
	taken := []struct {
		spec VersionSpec
		want origin
	}{
		{VersionSpec{Source: "models:/m-1", ModelID: "m-1"}, origin{"models:/m-1", "mlflow-artifacts:/0/models/m-1/artifacts", "run1", "m-1"}},
		{VersionSpec{Source: "models:/churn/1"}, origin{"models:/churn/1", "mlflow-artifacts:/0/models/m-1/artifacts", "run1", "m-1"}},
		{VersionSpec{Source: "models:/churn@champion"}, origin{"models:/churn/1", "mlflow-artifacts:/0/models/m-1/artifacts", "run1", "m-1"}},
		{VersionSpec{Source: "models:/churn/Latest"}, origin{"models:/churn/1", "mlflow-artifacts:/0/models/m-1/artifacts", "run1", "m-1"}},
		{VersionSpec{Source: "models:/churn/none"}, origin{"models:/churn/1", "mlflow-artifacts:/0/models/m-1/artifacts", "run1", "m-1"}},
		{VersionSpec{Source: "runs:/run1/model", RunID: "run1"}, origin{"runs:/run1/model", "runs:/run1/model", "run1", ""}},
		{VersionSpec{Source: proxied + "/model", RunID: "run1"}, origin{proxied + "/model", proxied + "/model", "run1", ""}},
		{VersionSpec{Source: "s3://bucket/model"}, origin{"s3://bucket/model", "s3://bucket/model", "", ""}},
		{VersionSpec{Source: "s3://bucket/model", ModelID: "m-1"}, origin{"s3://bucket/model", "s3://bucket/model", "run1", "m-1"}},
		{VersionSpec{Source: "/srv/models/disk/artifacts/m", RunID: "disk"}, origin{"/srv/models/disk/artifacts/m", "/srv/models/disk/artifacts/m", "disk", ""}},
		{VersionSpec{Source: "file:///srv/models/disk/artifacts/m", RunID: "disk"}, origin{"file:///srv/models/disk/artifacts/m", "file:///srv/models/disk/artifacts/m", "disk", ""}},
		{VersionSpec{Source: "mlflow-artifacts:/0/models/m-1/artifacts", ModelID: "m-1"}, origin{"mlflow-artifacts:/0/models/m-1/artifacts", "mlflow-artifacts:/0/models/m-1/artifacts", "run1", "m-1"}},
		{VersionSpec{Source: "runs:/gone/model", RunID: "gone"}, origin{"runs:/gone/model", "runs:/gone/model", "gone", ""}},
		{VersionSpec{Source: "runs:/run1/model", Infer: true}, origin{"runs:/run1/model", "runs:/run1/model", "run1", ""}},
		{VersionSpec{Source: "models:/m-1", Infer: true}, origin{"models:/m-1", "mlflow-artifacts:/0/models/m-1/artifacts", "run1", "m-1"}},
		{VersionSpec{Source: " s3://bucket/a+b//c/"}, origin{" s3://bucket/a+b//c/", " s3://bucket/a+b//c/", "", ""}},
	}
	for _, c := range taken {
		got, err := h.resolve(h.ctx, c.spec)
		if err != nil || got != c.want {
			t.Errorf("%+v: got %+v, %v; want %+v", c.spec, got, err, c.want)
		}
	}
	for _, spec := range []VersionSpec{
		{Source: "models:/m-1", ModelID: "m-2"},
		{Source: "models:/m-1"},
		{Source: "models:/m-2", ModelID: "m-2"},
		{Source: "models:/m-1/2/3", ModelID: "m-1"},
		{Source: "models:m-1", ModelID: "m-1"},
		{Source: "models:/churn@"},
		{Source: "models://host/m-1"},
		{Source: "models:/churn/1", RunID: "other"},
		{Source: "models:/churn/9"},
		{Source: "models:/"},
		{Source: "runs:/run1/model", RunID: "run2"},
		{Source: "runs:/run1/model"},
		{Source: "runs:/gone/model", Infer: true},
		{Source: "runs:/", Infer: true},
		{Source: "models:/m-2", Infer: true},
		{Source: "runs:/run1/model", ModelID: "m-1"},
		{Source: "runs:/", RunID: "run1"},
		{Source: "runs:run1/model", RunID: "run1"},
		{Source: "runs://run1/model", RunID: "run1"},
		{Source: "mlflow-artifacts:/0/run2/artifacts/model", RunID: "run1"},
		{Source: "mlflow-artifacts://other/0/run1/artifacts/model", RunID: "run1"},
		{Source: proxied + "/model"},
		{Source: proxied + "/../../run2/artifacts", RunID: "run1"},
		{Source: proxied + "/%252e%252e/x", RunID: "run1"},
		{Source: "http://host/api/2.0/mlflow-artifacts/artifacts/0/run1/artifacts/x", RunID: "run1"},
		{Source: "http://host/x#y"},
		{Source: "FTP://host/x"},
		{Source: "s3://bucket"},
		{Source: "s3://bucket//"},
		{Source: "s3:x"},
		{Source: "s3://bucket/%zz/%2e%2e/x"},
		{Source: "s3://bucket/a/../b"},
		{Source: "s3://bucket/a%00b"},
		{Source: "/etc", RunID: "run1"},
		{Source: "/etc"},
		{Source: "srv/models/disk/artifacts/m", RunID: "disk"},
		{Source: "/srv/models/disk/artifacts/m", RunID: "gone"},
		{Source: "/srv/models/disk/artifacts/../../other", RunID: "disk"},
		{Source: "file://elsewhere/srv/models/disk/artifacts", RunID: "disk"},
		{Source: `C:\srv\models\disk\artifacts`, RunID: "disk"},
	} {
		spec.Model = "churn"
		if v, err := h.CreateVersion(h.ctx, spec); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
			t.Errorf("%+v was taken: %+v, %v", spec, v, err)
		}
	}
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
