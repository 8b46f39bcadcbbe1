package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

func TestExperiments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const at = "/w/team/api/v1/experiments"
		answer := w.send("POST", at, `{"name":"churn","tags":{"team":"risk","a/b c":"ü"}}`)
		var made ExperimentBody
		if err := json.Unmarshal(answer.Body.Bytes(), &made); err != nil || answer.Code != http.StatusCreated || answer.Header().Get("Location") != at+"/1" {
			t.Fatalf("%d %v %v %s", answer.Code, answer.Header(), err, answer.Body)
		}
		want := ExperimentBody{"1", "churn", "active", "mlflow-artifacts:/1", w.now, w.now, pairs{"team": "risk", "a/b c": "ü"}, "http://127.0.0.1/w/team/experiments/1"}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Error(diff)
		}
		w.now = w.now.Add(time.Minute)
		w.done(t, "PATCH", at+"/1", `{"name":"churn 2"}`)
		w.done(t, "PUT", at+"/1/tags/team", `{"value":"growth"}`)
		w.done(t, "DELETE", at+"/1/tags/"+url.PathEscape("a/b c"), "")
		want.Name, want.Updated, want.Tags = "churn 2", w.now, pairs{"team": "growth"}
		if diff := cmp.Diff(want, must[ExperimentBody](t, w, 200, "GET", at+"/1", "")); diff != "" {
			t.Error(diff)
		}
		if p := must[problem](t, w, 404, "GET", "/api/v1/experiments/1", ""); p.Detail == "" { // another workspace
			t.Error("no sentence")
		}
		w.done(t, "DELETE", at+"/1", "")
		for lifecycle, names := range map[string][]string{"": {"Default"}, "active": {"Default"}, "deleted": {"churn 2"}, "all": {"churn 2", "Default"}} {
			page := must[Page[ExperimentBody]](t, w, 200, "GET", at+"?order=name+DESC&lifecycle="+lifecycle, "")
			got := make([]string, len(page.Items))
			for i, e := range page.Items {
				got[i] = e.Name
			}
			if diff := cmp.Diff(names, got); diff != "" {
				t.Errorf("%s: %s", lifecycle, diff)
			}
		}
		w.done(t, "POST", at+"/1/restore", "")
		page := must[Page[ExperimentBody]](t, w, 200, "GET", at+"?filter="+url.QueryEscape("tags.team = 'growth'"), "")
		if len(page.Items) != 1 || page.Next != "" {
			t.Errorf("by tag: %+v", page)
		}
	})
}

func TestRuns(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const at = "/api/v1/runs"
		run := must[RunBody](t, w, 201, "POST", "/api/v1/experiments/0/runs", `{"name":"first","user":"ada","tags":{"k":"v"}}`)
		if run.Status != "RUNNING" || !run.Started.Equal(w.now) || run.Ended != nil || run.Experiment != "0" || run.URL != "http://127.0.0.1/runs/"+run.ID {
			t.Errorf("created: %+v", run)
		}
		w.done(t, "POST", at+"/"+run.ID+"/log", `{"params":{"lr":"0.1","depth":"6"},"tags":{"k":"w"},"metrics":[
			{"key":"val/loss","value":0.5,"step":1,"time":"2026-01-01T00:00:00Z"},{"key":"val/loss","value":0.25,"step":2,"time":"2026-01-01T00:00:01+01:00"},
			{"key":"val/loss","value":"NaN","step":3},{"key":"auc","value":0.875}]}`)
		w.now = w.now.Add(time.Hour)
		w.done(t, "PATCH", at+"/"+run.ID, `{"status":"FINISHED"}`)
		w.done(t, "PUT", at+"/"+run.ID+"/tags/one", `{"value":"1"}`)
		w.done(t, "PUT", at+"/"+run.ID+"/tags/two", `{"value":"2"}`)
		w.done(t, "DELETE", at+"/"+run.ID+"/tags/one", "")
		got := must[RunBody](t, w, 200, "GET", at+"/"+run.ID, "")
		if got.Status != "FINISHED" || got.Ended == nil || !got.Ended.Equal(w.now) {
			t.Errorf("finished: %+v", got)
		}
		if diff := cmp.Diff(pairs{"lr": "0.1", "depth": "6"}, got.Params); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(pairs{"k": "w", "two": "2", "mlflow.runName": "first"}, got.Tags); diff != "" {
			t.Error(diff)
		}
		if m := got.Metrics["val/loss"]; len(got.Metrics) != 2 || !math.IsNaN(float64(m.Value)) || m.Step != 3 || got.Metrics["auc"].Value != 0.875 {
			t.Errorf("latest: %+v", got.Metrics)
		}
		var history []PointBody
		for page, n := "", 0; n == 0 || page != ""; n++ {
			p := must[Page[PointBody]](t, w, 200, "GET", at+"/"+run.ID+"/metrics/val%2Floss?limit=2&page="+url.QueryEscape(page), "")
			history, page = append(history, p.Items...), p.Next
		}
		// The second is an hour earlier than it looks: its zone says so.
		if len(history) != 3 || history[0].Value != 0.25 || history[1].Value != 0.5 || !math.IsNaN(float64(history[2].Value)) {
			t.Errorf("history: %+v", history)
		}
		if p := must[problem](t, w, 400, "POST", at+"/"+run.ID+"/log", `{"params":{"lr":"0.2"}}`); !strings.Contains(p.Detail, "lr") {
			t.Errorf("a param that changes: %+v", p)
		}
		must[problem](t, w, 422, "POST", at+"/"+run.ID+"/log", `{"metrics":[{"key":"a","value":"nan"}]}`)
		must[problem](t, w, 422, "POST", at+"/"+run.ID+"/log", `{"metrics":[{"key":"a","value":null}]}`)
		must[problem](t, w, 422, "PATCH", at+"/"+run.ID, `{"status":"DONE"}`)
	})
}

func TestRunsAreSearched(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := must[ExperimentBody](t, w, 201, "POST", "/api/v1/experiments", `{"name":"other"}`).ID
		for i := range 5 {
			run := must[RunBody](t, w, 201, "POST", "/api/v1/experiments/0/runs", fmt.Sprintf(`{"name":"r%d","started":"2026-01-01T00:00:0%dZ"}`, i, i))
			w.done(t, "POST", "/api/v1/runs/"+run.ID+"/log", fmt.Sprintf(`{"metrics":[{"key":"auc","value":0.%d}]}`, 9-i))
			if i == 4 {
				w.done(t, "DELETE", "/api/v1/runs/"+run.ID, "")
			}
		}
		names := func(query string) (all []string) {
			for page, n := "", 0; n == 0 || page != ""; n++ {
				p := must[Page[RunBody]](t, w, 200, "GET", "/api/v1/runs?experiment=0&limit=2"+query+"&page="+url.QueryEscape(page), "")
				for _, r := range p.Items {
					all = append(all, r.Name)
				}
				page = p.Next
			}
			return all
		}
		for query, want := range map[string][]string{
			"":                                       {"r3", "r2", "r1", "r0"},
			"&order=metrics.auc+DESC":                {"r0", "r1", "r2", "r3"},
			"&lifecycle=deleted":                     {"r4"},
			"&filter=metrics.auc+%3E+0.75":           {"r1", "r0"},
			"&experiment=" + other:                   {"r3", "r2", "r1", "r0"},
			"&order=tags.none&order=run_name":        {"r0", "r1", "r2", "r3"},
			"&lifecycle=all&filter=run_name+%3D'r4'": {"r4"},
		} {
			if diff := cmp.Diff(want, names(query)); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
		}
		if !slices.Contains(w.asked.all, "run.search tacit:experiment/"+other) {
			t.Errorf("the second experiment was not asked for: %v", w.asked.all)
		}
	})
}

// What another protocol stored is told, also where RFC 3339 has no year for it.
func TestTimesBeyondTheCalendar(t *testing.T) {
	t.Parallel()
	for _, ms := range []int64{math.MinInt64, firstInstant - 1, 0, lastInstant, lastInstant + 1, math.MaxInt64} {
		b, err := json.Marshal(instant(ms))
		var back time.Time
		if err != nil || json.Unmarshal(b, &back) != nil {
			t.Errorf("%d: %s %v", ms, b, err)
		}
		if want := min(max(ms, firstInstant), lastInstant); back.UnixMilli() != want {
			t.Errorf("%d reads back as %d", ms, back.UnixMilli())
		}
	}
}

func TestArtifacts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		run := must[RunBody](t, w, 201, "POST", "/w/team/api/v1/experiments/0/runs", `{}`)
		ctx := caller.With(context.Background(), caller.Local("team"))
		root, err := artifact.Below(run.ArtifactRoot, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{"/plots/a b.svg", "/notes.txt"} {
			if _, err := w.artifacts.Put(ctx, root+p, strings.NewReader("12345"), 5); err != nil {
				t.Fatal(err)
			}
		}
		at := "/w/team/api/v1/runs/" + run.ID + "/artifacts"
		top := must[Page[FileBody]](t, w, 200, "GET", at, "")
		if len(top.Items) != 2 || top.Items[0].Path != "notes.txt" || top.Items[0].Size != 5 || top.Items[0].Modified == nil || top.Items[1] != (FileBody{Path: "plots", Folder: true}) {
			t.Errorf("top: %+v", top)
		}
		plots := must[Page[FileBody]](t, w, 200, "GET", at+"?path=plots", "")
		if len(plots.Items) != 1 || plots.Items[0].Path != "plots/a b.svg" || plots.Items[0].Download != "http://127.0.0.1/w/team/get-artifact?path=plots%2Fa+b.svg&run_id="+run.ID {
			t.Errorf("plots: %+v", plots)
		}
		must[problem](t, w, 400, "GET", at+"?path=..%2F..", "")
		first := must[Page[FileBody]](t, w, 200, "GET", at+"?limit=1", "")
		rest := must[Page[FileBody]](t, w, 200, "GET", at+"?limit=1&page="+first.Next, "")
		if diff := cmp.Diff(top.Items, slices.Concat(first.Items, rest.Items)); diff != "" || rest.Next != "" {
			t.Errorf("page by page, with %q at the end: %s", rest.Next, diff)
		}
		must[problem](t, w, 400, "GET", at+"?path=plots&page="+first.Next, "")
		far := must[ExperimentBody](t, w, 201, "POST", "/w/team/api/v1/experiments", `{"name":"far","artifact_root":"s3://bucket/x"}`)
		run = must[RunBody](t, w, 201, "POST", "/w/team/api/v1/experiments/"+far.ID+"/runs", `{}`)
		if p := must[problem](t, w, 400, "GET", "/w/team/api/v1/runs/"+run.ID+"/artifacts", ""); !strings.Contains(p.Detail, "s3://bucket/x") || p.Hint == "" {
			t.Errorf("artifacts elsewhere: %+v", p)
		}
		must[problem](t, w, 404, "GET", "/api/v1/runs/"+run.ID+"/artifacts", "")
	})
}

func TestModelsAndVersions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const at = "/api/v1/models"
		run := must[RunBody](t, w, 201, "POST", "/api/v1/experiments/0/runs", `{}`)
		m := must[ModelBody](t, w, 201, "POST", at, `{"name":"it's churn","description":"who leaves","tags":{"team":"risk"}}`)
		if m.Name != "it's churn" || m.Tags["team"] != "risk" || len(m.Latest) != 0 || !m.Created.Equal(w.now) {
			t.Errorf("created: %+v", m)
		}
		must[ModelBody](t, w, 201, "POST", at, `{"name":"other"}`)
		one := at + "/" + url.PathEscape("it's churn")
		for n := int64(1); n <= 3; n++ {
			v := must[VersionBody](t, w, 201, "POST", one+"/versions", `{"source":"runs:/`+run.ID+`/model","tags":{"n":"x"}}`)
			if v.Version != n || v.Run != run.ID || v.Stage != "None" || v.URL != "http://127.0.0.1/models/it%27s%20churn/versions/"+fmt.Sprint(n) {
				t.Errorf("version %d: %+v", n, v)
			}
		}
		must[VersionBody](t, w, 201, "POST", at+"/other/versions", `{"source":"runs:/`+run.ID+`/model"}`)
		w.done(t, "PUT", one+"/versions/1/stage", `{"stage":"Production"}`)
		w.done(t, "PUT", one+"/versions/2/stage", `{"stage":"Production","archive_others":true}`)
		w.done(t, "PATCH", one+"/versions/2", `{"description":"better"}`)
		w.done(t, "PUT", one+"/versions/2/tags/ok", `{"value":"yes"}`)
		w.done(t, "DELETE", one+"/versions/2/tags/n", "")
		w.done(t, "PUT", one+"/aliases/champion", `{"version":2}`)
		w.done(t, "PUT", one+"/aliases/old", `{"version":1}`)
		w.done(t, "DELETE", one+"/aliases/old", "")
		w.done(t, "DELETE", one+"/versions/3", "")
		v := must[VersionBody](t, w, 200, "GET", one+"/aliases/champion", "")
		if v.Version != 2 || v.Stage != "Production" || v.Description != "better" || !cmp.Equal(v.Tags, pairs{"ok": "yes"}) || !cmp.Equal(v.Aliases, []string{"champion"}) {
			t.Errorf("champion: %+v", v)
		}
		numbers := func(path string) (all []string) {
			for _, v := range must[Page[VersionBody]](t, w, 200, "GET", path, "").Items {
				all = append(all, fmt.Sprint(v.Model, v.Version, v.Stage))
			}
			return all
		}
		for path, want := range map[string][]string{
			one + "/versions?order=version_number":                       {"it's churn1Archived", "it's churn2Production"},
			one + "/versions?filter=" + url.QueryEscape("tags.ok='yes'"): {"it's churn2Production"},
			"/api/v1/versions?order=name&order=version_number":           {"it's churn1Archived", "it's churn2Production", "other1None"},
		} {
			if diff := cmp.Diff(want, numbers(path)); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
		}
		w.done(t, "PATCH", one, `{"description":"gone"}`)
		w.done(t, "PUT", one+"/tags/a", `{"value":"1"}`)
		w.done(t, "DELETE", one+"/tags/team", "")
		w.done(t, "POST", one+"/rename", `{"name":"churn"}`)
		m = must[ModelBody](t, w, 200, "GET", at+"/churn", "")
		if m.Description != "gone" || !cmp.Equal(m.Tags, pairs{"a": "1"}) || !cmp.Equal(m.Aliases, map[string]int64{"champion": 2}) || len(m.Latest) != 2 {
			t.Errorf("renamed: %+v", m)
		}
		w.done(t, "DELETE", at+"/other", "")
		if p := must[Page[ModelBody]](t, w, 200, "GET", at, ""); len(p.Items) != 1 || p.Items[0].Name != "churn" {
			t.Errorf("list: %+v", p)
		}
	})
}

func TestJobs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := caller.With(context.Background(), caller.Local("team"))
		for range 3 {
			if err := w.db.Write(ctx, func(tx *rows.Tx) error {
				_, err := w.jobs.Enqueue(ctx, tx, jobs.Job{Kind: "test.work", Workspace: "team"})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		var ids []string
		for page, n := "", 0; n == 0 || page != ""; n++ {
			p := must[Page[JobBody]](t, w, 200, "GET", "/w/team/api/v1/jobs?kind=test.work&limit=2&page="+page, "")
			for _, j := range p.Items {
				ids = append(ids, j.ID)
			}
			page = p.Next
		}
		if len(ids) != 3 || ids[0] <= ids[1] || ids[1] <= ids[2] {
			t.Fatalf("ids: %v", ids)
		}
		token := must[Page[JobBody]](t, w, 200, "GET", "/w/team/api/v1/jobs?limit=1", "").Next
		for _, path := range []string{"/w/team/api/v1/jobs?kind=test.work&page=" + token, "/api/v1/jobs?page=" + token, "/w/team/api/v1/jobs?page=2"} {
			must[problem](t, w, 400, "GET", path, "")
		}
		for range 2 { // the second finds it ended
			w.done(t, "POST", "/w/team/api/v1/jobs/"+ids[0]+"/cancel", "")
		}
		told := must[Page[EventBody]](t, w, 200, "GET", "/w/team/api/v1/events?verb=installation.", "")
		if len(told.Items) != 1 || told.Items[0].Verb != "installation.job.cancelled" || told.Items[0].Subject != "tacit:job/"+ids[0] {
			t.Errorf("told: %+v", told.Items)
		}
		if j := must[JobBody](t, w, 200, "GET", "/w/team/api/v1/jobs/"+ids[0], ""); j.State != "cancelled" || j.Kind != "test.work" || j.Finished == nil {
			t.Errorf("cancelled: %+v", j)
		}
		must[problem](t, w, 404, "GET", "/api/v1/jobs/"+ids[0], "")
		if p := must[Page[JobBody]](t, w, 200, "GET", "/api/v1/jobs", ""); len(p.Items) != 0 {
			t.Errorf("another workspace's: %+v", p)
		}
	})
}

func TestEvents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 3 {
			must[ExperimentBody](t, w, 201, "POST", "/w/team/api/v1/experiments", fmt.Sprintf(`{"name":"e%d"}`, i))
		}
		subjects := func(query string) (all []string) {
			for page, n := "", 0; n == 0 || page != ""; n++ {
				p := must[Page[EventBody]](t, w, 200, "GET", "/w/team/api/v1/events?limit=2"+query+"&page="+page, "")
				for _, e := range p.Items {
					all = append(all, strings.TrimPrefix(e.Subject, "tacit:experiment/"))
				}
				page = p.Next
			}
			return all
		}
		// What others' transactions hold back on this server is waited for.
		for deadline := time.Now().Add(time.Minute); len(subjects("&after=1")) < 3 && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
		all := must[Page[EventBody]](t, w, 200, "GET", "/w/team/api/v1/events", "")
		third := fmt.Sprint(all.Items[1].Position)
		for query, want := range map[string][]string{
			"":                            {"3", "2", "1", "0"},
			"&verb=tracking.":             {"3", "2", "1", "0"},
			"&after=1":                    {"1", "2", "3"},
			"&after=1&verb=tracking.":     {"1", "2", "3"},
			"&before=" + third:            {"1", "0"},
			"&after=1&before=" + third:    {"1"},
			"&subject=tacit:experiment/2": {"2"},
		} {
			if diff := cmp.Diff(want, subjects(query)); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
		}
		one := must[EventBody](t, w, 200, "GET", "/w/team/api/v1/events/"+all.Items[0].ID, "")
		if one.Verb != "tracking.experiment.created" || one.Actor != "tacit:user/local" || string(one.Data) != `{"name":"e2"}` {
			t.Errorf("event: %+v", one)
		}
		must[problem](t, w, 404, "GET", "/api/v1/events/"+all.Items[0].ID, "")
		token := must[Page[EventBody]](t, w, 200, "GET", "/w/team/api/v1/events?limit=1", "").Next
		for _, query := range []string{"verb=tracking.&page=" + token, "after=1&page=" + token, "page=7", "page=" + token + "A"} {
			must[problem](t, w, 400, "GET", "/w/team/api/v1/events?"+query, "")
		}
		must[problem](t, w, 400, "GET", "/api/v1/events?page="+token, "")
	})
}

// What the message of a write names is asked for as well, however a number is
// written.
func TestWhatIsAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			method, path, body string
			want               []string
		}{
			{"POST", "/api/v1/experiments", `{"name":"a"}`, []string{"experiment.create ", "experiment.create tacit:experiment/new/a"}},
			{"POST", "/api/v1/experiments", `{"name":7}`, []string{"experiment.create "}},
			{"PATCH", "/api/v1/experiments/07", `{"name":"b"}`,
				[]string{"experiment.update tacit:experiment/7", "experiment.update tacit:experiment/7/b", "experiment.create tacit:experiment/7/b"}},
			{"GET", "/api/v1/experiments/+007", "", []string{"experiment.read tacit:experiment/7"}},
			{"POST", "/api/v1/experiments/07/runs", `{}`, []string{"run.create tacit:experiment/7"}},
			{"GET", "/api/v1/runs?experiment=01&experiment=1&experiment=2", "", []string{"run.search tacit:experiment/1", "run.search tacit:experiment/2"}},
			{"POST", "/api/v1/runs/r/log", `{"metrics":[{"key":"a","value":1,"model":"m-1"},{"key":"b","value":1,"model":"m-1"}]}`,
				[]string{"run.update tacit:run/r", "logged-model.update tacit:logged-model/m-1"}},
			{"GET", "/api/v1/models/a", "", []string{"model.read tacit:model/a"}},
			{"GET", "/api/v1/models/a/versions", "", []string{"model.read tacit:model/a"}},
			{"GET", "/api/v1/models/a/aliases/best", "", []string{"model.read tacit:model/a"}},
			{"PUT", "/api/v1/models/a/aliases/best", `{"version":2}`, []string{"model.update tacit:model/a", "version.read tacit:model/a/2"}},
			{"POST", "/api/v1/models", `{"name":"a"}`, []string{"model.create ", "model.create tacit:model/a"}},
			{"POST", "/api/v1/models", `{"name":7}`, []string{"model.create "}},
			{"POST", "/api/v1/models/a/rename", `{"name":"b"}`, []string{"model.update tacit:model/a", "model.create ", "model.create tacit:model/b"}},
			{"GET", "/api/v1/runs/none/artifacts?path=f", "", []string{"artifact.read tacit:run/none"}},
			{"POST", "/api/v1/models/a/versions", `{"source":"runs:/r/model","logged_model":"m-1"}`,
				[]string{"version.create tacit:model/a", "logged-model.read tacit:logged-model/m-1", "run.read tacit:run/r"}},
			{"POST", "/api/v1/models/a/versions", `{"source":"models:/b/2"}`, []string{"version.create tacit:model/a", "version.read tacit:model/b/2"}},
			{"PUT", "/api/v1/models/a/versions/01/stage", `{"stage":"Staging"}`, []string{"version.stage tacit:model/a/1"}},
			{"PUT", "/api/v1/models/a/versions/1/stage", `{"stage":"Staging","archive_others":true}`, []string{"version.stage tacit:model/a/1", "version.stage tacit:model/a"}},
			{"POST", "/api/v1/jobs/02/cancel", "", []string{"job.update tacit:job/2"}},
		} {
			w.asked.all = nil
			w.send(c.method, c.path, c.body)
			if diff := cmp.Diff(c.want, w.asked.all); diff != "" {
				t.Errorf("%s %s %s: %s", c.method, c.path, c.body, diff)
			}
		}
	})
}
