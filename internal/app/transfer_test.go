package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// transferred is a workspace that is moved to the default one, and what it had.
type transferred struct {
	guarded
	experiment, run, model string
}

// call asks MLflow's API of a workspace, "" for the default one.
func (g guarded) call(workspace, path, body string) string {
	g.t.Helper()
	at := ""
	if workspace != "" {
		at = "/w/" + workspace
	}
	w := g.ask(g.socket, "POST", at+"/api/2.0/mlflow/"+path, body, "Content-Type", "application/json")
	if w.Code != http.StatusOK {
		g.t.Fatal(path, w.Code, w.Body)
	}
	return w.Body.String()
}

// get asks what must be there.
func (g guarded) get(path string, header ...string) string {
	g.t.Helper()
	w := g.ask(g.socket, "GET", path, "", header...)
	if w.Code != http.StatusOK {
		g.t.Error(path, w.Code, w.Body)
	}
	return w.Body.String()
}

const proxy = "/api/2.0/mlflow-artifacts/artifacts/"

// fill makes one of everything that a workspace can have.
func (g guarded) fill(workspace string) transferred {
	g.t.Helper()
	f := transferred{guarded: g}
	f.experiment = said(g.call(workspace, "experiments/create", `{"name":"kept","tags":[{"key":"k","value":"v"}]}`), `"experiment_id": ?"(\d+)"`)
	f.run = said(g.call(workspace, "runs/create", `{"experiment_id":"`+f.experiment+`","run_name":"calm-otter","tags":[{"key":"k","value":"v"}]}`), `"run_id": ?"([0-9a-f]+)"`)
	of := `{"run_id":"` + f.run + `",`
	g.call(workspace, "runs/log-batch", of+`"metrics":[{"key":"auc","value":1,"timestamp":1,"step":0},{"key":"auc","value":2,"timestamp":2,"step":1}],"params":[{"key":"p","value":"1"}]}`)
	g.call(workspace, "runs/log-inputs", of+`"datasets":[{"dataset":{"name":"flights","digest":"8a3b12c0","source_type":"s","source":"s"}}]}`)
	f.model = said(g.call(workspace, "logged-models", `{"experiment_id":"`+f.experiment+`","name":"trees","source_run_id":"`+f.run+`","params":[{"key":"p","value":"1"}],"tags":[{"key":"k","value":"v"}]}`), `"model_id": ?"(m-[0-9a-f]+)"`)
	g.call(workspace, "runs/outputs", of+`"models":[{"model_id":"`+f.model+`","step":1}]}`)
	g.call(workspace, "runs/log-metric", of+`"key":"auc","value":3,"timestamp":3,"step":2,"model_id":"`+f.model+`"}`)
	g.call(workspace, "runs/update", of+`"status":"FINISHED"}`)
	g.call(workspace, "registered-models/create", `{"name":"churn","tags":[{"key":"k","value":"v"}]}`)
	g.call(workspace, "model-versions/create", `{"name":"churn","run_id":"`+f.run+`","source":"mlflow-artifacts:/`+f.experiment+`/`+f.run+`/artifacts/model","tags":[{"key":"k","value":"v"}]}`)
	g.call(workspace, "model-versions/create", `{"name":"churn","model_id":"`+f.model+`","source":"models:/`+f.model+`"}`)
	if w := g.ask(g.socket, "PUT", "/w/"+workspace+proxy+f.experiment+"/models/"+f.model+"/artifacts/trees.txt", "trees"); w.Code != http.StatusOK {
		g.t.Fatal(w.Code, w.Body)
	}
	g.call(workspace, "registered-models/alias", `{"name":"churn","alias":"champion","version":"2"}`)
	for _, name := range []string{"f.txt", "model/MLmodel"} {
		if w := g.ask(g.socket, "PUT", "/w/"+workspace+proxy+f.experiment+"/"+f.run+"/artifacts/"+name, "of "+name); w.Code != http.StatusOK {
			g.t.Fatal(w.Code, w.Body)
		}
	}
	return f
}

// lines are the edges of a thing's lineage in a workspace, sorted.
func (g guarded) lines(workspace, of string) (all []string) {
	g.t.Helper()
	if workspace != "" {
		workspace = "/w/" + workspace
	}
	var graph struct {
		Behind bool
		Edges  []struct{ From, To, Relation string }
	}
	for graph.Behind = true; graph.Behind; { // on PostgreSQL for transactions of others
		graph.Edges, graph.Behind = nil, false
		if err := json.Unmarshal([]byte(g.get(workspace+"/api/v1/lineage?of="+url.QueryEscape(of))), &graph); err != nil {
			g.t.Fatal(err)
		}
	}
	for _, e := range graph.Edges {
		all = append(all, e.From+" "+e.Relation+" "+e.To)
	}
	slices.Sort(all)
	return all
}

// holding are the tables that have rows of a workspace, without those that follow
// the log.
func (g guarded) holding(workspace string) map[string]int {
	g.t.Helper()
	held := map[string]int{}
	for _, c := range columns(g.t, g.Rows) {
		if c.Name != "workspace" || strings.HasPrefix(c.Table, "river") || outlast[c.Table] != "" || strings.HasPrefix(c.Table, "lineage_") {
			continue
		}
		n, err := rows.One(context.Background(), g.Rows.Read(), rows.Column[int], "SELECT count(*) FROM "+c.Table+" WHERE workspace = $1", workspace)
		if err != nil {
			g.t.Fatal(err)
		}
		if n > 0 {
			held[c.Table] = n
		}
	}
	return held
}

// A workspace that is deleted by SET_DEFAULT gives the default one all that was in
// it: experiments by other numbers, runs, models and rights under their names, files
// at their new place from the first moment, and the graph of what came from what.
func TestAWorkspaceIsMovedToTheDefaultOne(t *testing.T) {
	t.Parallel()
	for name, records := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return rowstest.PostgresAddress(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := openGuardedOn(t, records(t), time.Now)
			const asJSON = "application/json"
			g.ask(g.socket, "POST", "/api/v1/workspaces", `{"name":"team"}`, "Content-Type", asJSON)
			ada, vera := g.user("ada", ""), g.user("vera", "")
			f := g.fill("team")
			for path, body := range map[string]string{"grants/experiment/" + f.experiment + "/user/ada": `{"level":"EDIT"}`, "grants/experiment/*/user/vera": `{"level":"READ"}`} {
				if w := g.ask(g.socket, "PUT", "/w/team/api/v1/"+path, body, "Content-Type", asJSON); w.Code >= 300 {
					t.Fatal(w.Code, w.Body)
				}
			}
			g.call("", "experiments/create", `{"name":"mine"}`)
			g.call("", "experiments/create", `{"name":"kept"}`)
			g.call("", "registered-models/create", `{"name":"churn"}`)
			before, graph := g.holding("team"), g.lines("team", "tacit:run/"+f.run)
			if len(before) < 16 || len(graph) < 5 {
				t.Fatalf("the test fills too little: %v, %v", before, graph)
			}

			// A name that is taken is refused, with all others like it, and nothing moves.
			move := func() (int, string) {
				w := g.ask(g.socket, "DELETE", "/api/3.0/mlflow/workspaces/team?mode=SET_DEFAULT", "")
				return w.Code, w.Body.String()
			}
			code, said0 := move()
			if code != http.StatusBadRequest || !strings.Contains(said0, "INVALID_STATE") || !strings.Contains(said0, `would cause conflicts:\n  - experiments: 'kept'\n  - registered_models: 'churn'\nRename or remove`) {
				t.Errorf("names that are taken: %d %s", code, said0)
			}
			if diff := cmp.Diff(before, g.holding("team")); diff != "" {
				t.Errorf("it was refused, and something went:\n%s", diff)
			}
			taken := said(g.get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept"), `"experiment_id": ?"(\d+)"`)
			g.call("", "experiments/update", `{"experiment_id":"`+taken+`","new_name":"other"}`)
			g.call("", "registered-models/rename", `{"name":"churn","new_name":"other"}`)
			if code, said := move(); code != http.StatusNoContent {
				t.Fatal(code, said)
			}
			if left := g.holding("team"); len(left) != 0 {
				t.Errorf("left of it: %v", left)
			}
			f.arrived(t, graph)
			f.granted(t, ada, vera)
			f.brought(t)
			f.arrived(t, graph)
			g.ask(g.socket, "POST", "/api/v1/lineage/rebuild", "")
			f.arrived(t, graph)
			for _, table := range []string{"lineage_node", "lineage_edge", "lineage_alias", "lineage_name"} {
				if n, err := rows.One(context.Background(), g.Rows.Read(), rows.Column[int], "SELECT count(*) FROM "+table+" WHERE workspace = 'team'"); err != nil || n != 0 {
					t.Errorf("%s has %d of it, %v", table, n, err)
				}
			}
			if v := g.ask(g.socket, "POST", "/api/v1/audit/verify", "{}", "Content-Type", asJSON); !strings.Contains(v.Body.String(), `"ok":true`) {
				t.Error(v.Body)
			}
		})
	}
}

// arrived looks at everything in the default workspace.
func (f transferred) arrived(t *testing.T, graph []string) {
	t.Helper()
	const api = "/api/2.0/mlflow/"
	experiment := f.get(api + "experiments/get-by-name?experiment_name=kept")
	number := said(experiment, `"experiment_id": ?"(\d+)"`)
	location := said(experiment, `"artifact_location": ?"(mlflow-artifacts:/moved-[0-9a-f]+/`+f.experiment+`)"`)
	if number == "" || number == "0" || location == "" || !strings.Contains(experiment, `"k"`) {
		t.Fatal(experiment)
	}
	run := f.get(api + "runs/get?run_id=" + f.run)
	for _, want := range []string{`"experiment_id":"` + number + `"`, `"artifact_uri":"` + location + "/" + f.run + `/artifacts"`, `"8a3b12c0"`, `"calm-otter"`, `"p"`, f.model} {
		if !strings.Contains(strings.ReplaceAll(run, `": "`, `":"`), want) {
			t.Errorf("the run has no %s: %s", want, run)
		}
	}
	if history := f.get(api + "metrics/get-history?metric_key=auc&run_id=" + f.run); strings.Count(history, `"step"`) != 3 {
		t.Errorf("its points are %s", history)
	}
	if found := f.call("", "runs/search", `{"experiment_ids":["`+number+`"],"filter":"metrics.auc = 3 and params.p = '1' and dataset.name = 'flights'"}`); !strings.Contains(found, f.run) {
		t.Errorf("it is not found: %s", found)
	}
	model := f.get(api + "logged-models/" + f.model)
	if !strings.Contains(strings.ReplaceAll(model, `": "`, `":"`), `"artifact_uri":"`+location+"/models/"+f.model+`/artifacts"`) || !strings.Contains(model, `"auc"`) {
		t.Errorf("the logged model is %s", model)
	}
	if version := f.get(api + "model-versions/get?name=churn&version=1"); !strings.Contains(version, location+"/"+f.run+"/artifacts/model") {
		t.Errorf("version 1 is %s", version)
	}
	if at := f.get(api + "model-versions/get-download-uri?name=churn&version=2"); !strings.Contains(at, location+"/models/"+f.model+"/artifacts") {
		t.Errorf("version 2 lies at %s", at)
	}
	if alias := f.get(api + "registered-models/alias?name=churn&alias=champion"); !strings.Contains(alias, `"2"`) {
		t.Errorf("the alias leads to %s", alias)
	}
	path := strings.TrimPrefix(location, "mlflow-artifacts:/") + "/" + f.run + "/artifacts"
	if got := f.get(proxy + path + "/model/MLmodel"); got != "of model/MLmodel" {
		t.Errorf("the file says %q", got)
	}
	if listed := f.get(api + "artifacts/list?run_id=" + f.run); !strings.Contains(listed, `"f.txt"`) || !strings.Contains(listed, `"model"`) {
		t.Errorf("its files are %s", listed)
	}
	// The files have another path, everything else is as it was.
	folder := strings.TrimSuffix(strings.TrimPrefix(location, "mlflow-artifacts:/"), "/"+f.experiment)
	want := slices.Clone(graph)
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "tacit:artifact/", "tacit:artifact/"+folder+"/")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, f.lines("", "tacit:run/"+f.run)); diff != "" {
		t.Errorf("its lineage:\n%s", diff)
	}
	if w := f.ask(f.socket, "GET", "/w/team/api/2.0/mlflow/runs/get?run_id="+f.run, ""); w.Code != http.StatusNotFound {
		t.Errorf("in the workspace that it was in: %d %s", w.Code, w.Body)
	}
}

// granted: what was granted on single things goes along, what was granted on all of
// a kind does not.
func (f transferred) granted(t *testing.T, ada, vera string) {
	t.Helper()
	for _, c := range []struct {
		who  string
		want int
	}{{ada, http.StatusOK}, {vera, http.StatusForbidden}} {
		w := f.ask(f.door, "POST", "/api/2.0/mlflow/runs/set-tag", `{"run_id":"`+f.run+`","key":"k2","value":"v"}`, "Content-Type", "application/json", "Authorization", c.who)
		if w.Code != c.want {
			t.Errorf("%d %s, want %d", w.Code, w.Body, c.want)
		}
	}
	log := f.get("/api/v1/audit/entries?limit=1000")
	for verb, times := range map[string]int{"tracking.experiment.transferred": 1, "tracking.run.transferred": 1, "tracking.logged_model.transferred": 1, "registry.model.transferred": 1, "registry.version.transferred": 2} {
		if n := strings.Count(log, `"`+verb+`"`); n != times {
			t.Errorf("the log tells %s %d times, want %d", verb, n, times)
		}
	}
}

// brought has the files brought to their place, beside what was stored and deleted
// there meanwhile.
func (f transferred) brought(t *testing.T) {
	t.Helper()
	location := said(f.get("/api/2.0/mlflow/runs/get?run_id="+f.run), `"artifact_uri": ?"mlflow-artifacts:/([^"]*)"`)
	for method, name := range map[string]string{"PUT": "f.txt", "DELETE": "model/gone.txt"} {
		if w := f.ask(f.socket, method, proxy+location+"/"+name, "new"); w.Code >= 300 {
			t.Fatal(w.Code, w.Body)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.Jobs.Work(ctx) }()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(f.get("/api/v1/audit/entries?limit=1000&verb=artifact."), "artifact.workspace.moved"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the files were not brought within a minute")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	count := func(prefix string) string {
		all, err := f.Blobs.List(context.Background(), blobs.List{Prefix: prefix, Deep: true, Limit: 100})
		return fmt.Sprint(len(all), err)
	}
	if left, there := count("artifact/team/"), count("artifact/default/"); left != "0 <nil>" || there != "3 <nil>" {
		t.Errorf("left %s, there %s", left, there)
	}
	if got := f.get(proxy + location + "/f.txt"); got != "new" {
		t.Errorf("what was stored meanwhile says %q", got)
	}
	if got := f.holding("default")["artifact_move"]; got != 0 {
		t.Errorf("%d moves go on", got)
	}
}

// What clients write to a run while its workspace is moved goes along, or is refused
// as of one that is gone: nothing that was acknowledged stays behind.
func TestNothingStaysBehindAMove(t *testing.T) {
	t.Parallel()
	for name, records := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return rowstest.PostgresAddress(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := openGuardedOn(t, records(t), time.Now)
			const writers, before = 4, 10
			for round := range 3 {
				workspace := fmt.Sprint("team-", round)
				experiment := said(g.call(workspace, "experiments/create", `{"name":"`+workspace+`"}`), `"experiment_id": ?"(\d+)"`)
				run := said(g.call(workspace, "runs/create", `{"experiment_id":"`+experiment+`"}`), `"run_id": ?"([0-9a-f]+)"`)
				var all sync.WaitGroup
				var failed atomic.Bool
				started := make(chan struct{}, writers*before)
				taken := make([]int, writers)
				for w := range writers {
					all.Go(func() {
						for n := 0; !failed.Load(); n++ {
							body := fmt.Sprintf(`{"run_id":"%s","params":[{"key":"%d-%d","value":"v"}],"metrics":[{"key":"m%d","value":%d,"timestamp":%d,"step":%d}]}`, run, w, n, w, n, n, n)
							answer := g.ask(g.socket, "POST", "/w/"+workspace+"/api/2.0/mlflow/runs/log-batch", body, "Content-Type", "application/json")
							if answer.Code != http.StatusOK {
								if answer.Code != http.StatusNotFound {
									t.Error(answer.Code, answer.Body)
								}
								return
							}
							if taken[w]++; n < before {
								started <- struct{}{}
							}
						}
					})
				}
				for deadline, n := time.After(time.Minute), 0; n < writers*before; n++ {
					select {
					case <-started:
					case <-deadline:
						t.Fatal("the writers did not begin within a minute")
					}
				}
				if w := g.ask(g.socket, "DELETE", "/api/3.0/mlflow/workspaces/"+workspace+"?mode=SET_DEFAULT", ""); w.Code != http.StatusNoContent {
					failed.Store(true)
					t.Error(w.Code, w.Body)
				}
				all.Wait()
				if left := g.holding(workspace); len(left) != 0 {
					t.Errorf("left of it: %v", left)
				}
				got := g.get("/api/2.0/mlflow/runs/get?run_id=" + run)
				for w, n := range taken {
					if there := len(regexp.MustCompile(fmt.Sprintf(`"key": ?"%d-\d+"`, w)).FindAllString(got, -1)); there != n {
						t.Errorf("writer %d: %d params were taken, %d are there", w, n, there)
					}
					history := g.get(fmt.Sprintf("/api/2.0/mlflow/metrics/get-history?run_id=%s&metric_key=m%d&max_results=25000", run, w))
					if there := strings.Count(history, `"step"`); there != n {
						t.Errorf("writer %d: %d points were taken, %d are there", w, n, there)
					}
				}
			}
		})
	}
}
