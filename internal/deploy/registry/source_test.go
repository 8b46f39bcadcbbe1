package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

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
