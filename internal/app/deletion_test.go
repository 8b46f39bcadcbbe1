package app

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// outlast are the tables in which something of a deleted workspace stays: what
// happened, and the numbers that are not given again.
var outlast = map[string]string{
	"event_log": "what happened stays told", "audit_leaf": "and proved", "lineage_node": "the graph follows the log", "lineage_edge": "the graph follows the log",
	"lineage_counter": "the graph follows the log", "lineage_alias": "the graph follows the log", "tracking_counter": "a number of an experiment is given once",
	"dataset_trash": "a job deletes what it names", "jobs_progress": "a job is told while it is kept", "jobs_unique": "a job is told while it is kept", "idempotency_answer": "kept for a day",
}

// A workspace that is deleted with what is in it leaves no row in any table that
// has workspaces, and no file; what another one has stays, and the log tells it.
func TestAWorkspaceIsDeletedWithAllThatIsInIt(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	const asJSON = "application/json"
	fill := func(at string) (experiment, run string) {
		t.Helper()
		call := func(path, body string) string {
			t.Helper()
			w := g.ask(g.socket, "POST", at+"/api/2.0/mlflow/"+path, body, "Content-Type", asJSON)
			if w.Code != http.StatusOK {
				t.Fatal(path, w.Code, w.Body)
			}
			return w.Body.String()
		}
		experiment = said(call("experiments/create", `{"name":"kept","tags":[{"key":"k","value":"v"}]}`), `"experiment_id": ?"(\d+)"`)
		for _, in := range []string{"0", experiment} {
			run = said(call("runs/create", `{"experiment_id":"`+in+`","tags":[{"key":"k","value":"v"}]}`), `"run_id": ?"([0-9a-f]+)"`)
			call("runs/log-batch", `{"run_id":"`+run+`","metrics":[{"key":"auc","value":1,"timestamp":1,"step":0}],"params":[{"key":"p","value":"1"}]}`)
			call("runs/log-inputs", `{"run_id":"`+run+`","datasets":[{"dataset":{"name":"d","digest":"1","source_type":"s","source":"s"}}]}`)
			model := said(call("logged-models", `{"experiment_id":"`+in+`","source_run_id":"`+run+`","params":[{"key":"p","value":"1"}],"tags":[{"key":"k","value":"v"}]}`), `"model_id": ?"(m-[0-9a-f]+)"`)
			call("runs/outputs", `{"run_id":"`+run+`","models":[{"model_id":"`+model+`","step":1}]}`)
			call("runs/log-inputs", `{"run_id":"`+run+`","models":[{"model_id":"`+model+`"}]}`)
			call("runs/log-metric", `{"run_id":"`+run+`","key":"auc","value":1,"timestamp":2,"step":1,"model_id":"`+model+`"}`)
			call("runs/update", `{"run_id":"`+run+`","status":"FINISHED"}`) // its points are merged
			if w := g.ask(g.socket, "PUT", at+"/api/2.0/mlflow-artifacts/artifacts/"+in+"/"+run+"/artifacts/f.txt", "text"); w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
		}
		for _, pushed := range [][2]string{
			{".tacit/pack", "acbd18db4cc2f85cedef654fccc4a4d8 3\nfoo37b51d194a7513e45b56f6524f2d51f2 3\nbar\n"},
			{"files/md5/84/fe43362de8f1634c6fd2900440e9e2.dir", `[{"md5": "acbd18db4cc2f85cedef654fccc4a4d8", "relpath": "foo"}]`},
			{".tacit/inspection", `{"objects": 3, "unsent": 1}`},
		} {
			if w := g.ask(g.socket, "POST", at+"/dvc/churn/"+pushed[0], pushed[1]); w.Code >= 300 {
				t.Fatal(pushed, w.Code, w.Body)
			}
		}
		call("registered-models/create", `{"name":"churn","tags":[{"key":"k","value":"v"}]}`)
		call("model-versions/create", `{"name":"churn","run_id":"`+run+`","source":"runs:/`+run+`/","tags":[{"key":"k","value":"v"}]}`)
		call("registered-models/alias", `{"name":"churn","alias":"champion","version":"1"}`)
		return experiment, run
	}
	for _, name := range []string{"team", "other"} {
		g.ask(g.socket, "POST", "/api/v1/workspaces", `{"name":"`+name+`"}`, "Content-Type", asJSON)
	}
	g.user("ada", "contributor")
	g.ask(g.socket, "PUT", "/w/team/api/v1/users/ada/role", `{"role":"viewer"}`, "Content-Type", asJSON)
	experiment, run := fill("/w/team")
	fill("/w/other")
	for path, body := range map[string]string{"grants/experiment/" + experiment + "/user/ada": `{"level":"EDIT"}`} {
		if w := g.ask(g.socket, "PUT", "/w/team/api/v1/"+path, body, "Content-Type", asJSON); w.Code >= 300 {
			t.Fatal(w.Code, w.Body)
		}
	}
	group := said(g.ask(g.socket, "POST", "/w/team/api/v1/groups", `{"name":"planners"}`, "Content-Type", asJSON).Body.String(), `"id":"(\d+)"`)
	g.ask(g.socket, "PUT", "/w/team/api/v1/groups/"+group+"/members/user/ada", "")

	holding := func(workspace string) map[string]int {
		t.Helper()
		held := map[string]int{}
		for _, c := range columns(t, g.Rows) {
			if c.Name != "workspace" || strings.HasPrefix(c.Table, "river") {
				continue
			}
			n, err := rows.One(context.Background(), g.Rows.Read(), rows.Column[int], "SELECT count(*) FROM "+c.Table+" WHERE workspace = $1", workspace)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 && outlast[c.Table] == "" {
				held[c.Table] = n
			}
		}
		return held
	}
	before, others := holding("team"), holding("other")
	if len(before) < 20 {
		t.Fatalf("only %d tables hold something: the test fills too little: %v", len(before), before)
	}
	at := "/api/2.0/mlflow/workspaces/team"
	if w := g.ask(g.socket, "DELETE", strings.Replace(at, "2.0", "3.0", 1), ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "INVALID_STATE") {
		t.Errorf("a full workspace, without a mode: %d %s", w.Code, w.Body)
	}
	if w := g.ask(g.socket, "DELETE", strings.Replace(at, "2.0", "3.0", 1)+"?mode=CASCADE", ""); w.Code != http.StatusNoContent {
		t.Fatal(w.Code, w.Body)
	}
	if left := holding("team"); len(left) != 0 {
		t.Errorf("left of it: %v", left)
	}
	if now := holding("other"); len(now) != len(others) {
		t.Errorf("another one has %v, and had %v", now, others)
	}

	// Its files go, and the log tells what went.
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- g.Jobs.Work(ctx) }()
	files := func(workspace string) int {
		all, err := g.Blobs.List(context.Background(), blobs.List{Prefix: "artifact/" + workspace + "/", Deep: true, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	cleared := func() bool {
		log := g.ask(g.socket, "GET", "/w/team/api/v1/audit/entries?limit=1000", "").Body.String()
		return strings.Contains(log, "artifact.workspace.cleared")
	}
	for deadline := time.Now().Add(time.Minute); !cleared(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not cleared after a minute; %d of its files are there", files("team"))
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if mine, others := files("team"), files("other"); mine != 0 || others != 2 {
		t.Errorf("it has %d files, another one %d", mine, others)
	}
	log := g.ask(g.socket, "GET", "/w/team/api/v1/audit/entries?limit=1000", "").Body.String()
	for _, verb := range []string{"tracking.experiment.purged", "tracking.logged_model.purged", "registry.model.deleted"} {
		if !strings.Contains(log, verb) {
			t.Errorf("the log does not tell %s", verb)
		}
	}
	// Made again it is empty, and numbers its experiments anew from where it was.
	g.ask(g.socket, "POST", "/api/v1/workspaces", `{"name":"team"}`, "Content-Type", asJSON)
	if again, _ := fill("/w/team"); again == experiment {
		t.Errorf("the number %s is given again", again)
	}
	if w := g.ask(g.socket, "GET", "/w/team/api/2.0/mlflow/runs/get?run_id="+run, ""); w.Code != http.StatusNotFound {
		t.Errorf("a run of before: %d %s", w.Code, w.Body)
	}
}
