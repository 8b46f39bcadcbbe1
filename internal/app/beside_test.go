package app

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// A workspace is moved while others write to its experiments, models and logged
// models: the deletion is done, what they were told is taken goes along, and what
// comes later is refused as of a workspace that is gone.
func TestAMoveBesideOtherWriters(t *testing.T) {
	t.Parallel()
	for name, records := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return rowstest.PostgresAddress(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := openGuardedOn(t, records(t), time.Now)
			for round := range 3 {
				g.movesBesideWriters(fmt.Sprint("team-", round))
			}
		})
	}
}

func (g guarded) movesBesideWriters(workspace string) {
	g.t.Helper()
	experiment := said(g.call(workspace, "experiments/create", `{"name":"`+workspace+`"}`), `"experiment_id": ?"(\d+)"`)
	run := said(g.call(workspace, "runs/create", `{"experiment_id":"`+experiment+`"}`), `"run_id": ?"([0-9a-f]+)"`)
	g.call(workspace, "registered-models/create", `{"name":"`+workspace+`"}`)
	logged := g.holding("default")["tracking_logged_model_param"]
	const before = 5 // that each writer writes at least
	writes := []func(n int) (path, body string){
		func(n int) (string, string) {
			return "model-versions/create", fmt.Sprintf(`{"name":"%s","source":"runs:/%s/model","run_id":"%s"}`, workspace, run, run)
		},
		func(n int) (string, string) {
			return "registered-models/set-tag", fmt.Sprintf(`{"name":"%s","key":"k%d","value":"v"}`, workspace, n)
		},
		func(n int) (string, string) {
			return "logged-models", fmt.Sprintf(`{"experiment_id":"%s","name":"n%d","params":[{"key":"k","value":"v"}]}`, experiment, n)
		},
		func(n int) (string, string) {
			return "experiments/set-experiment-tag", fmt.Sprintf(`{"experiment_id":"%s","key":"k%d","value":"v"}`, experiment, n)
		},
		func(n int) (string, string) {
			return "runs/set-tag", fmt.Sprintf(`{"run_id":"%s","key":"k%d","value":"v"}`, run, n)
		},
	}
	var all, begun sync.WaitGroup
	taken, ended := make([]int, len(writes)), make(chan struct{})
	for w, write := range writes {
		begun.Add(1)
		all.Go(func() {
			begin := sync.OnceFunc(begun.Done)
			defer begin()
			for n := 0; ; n++ {
				path, body := write(n)
				answer := g.ask(g.socket, "POST", "/w/"+workspace+"/api/2.0/mlflow/"+path, body, "Content-Type", "application/json")
				if answer.Code != http.StatusOK {
					if answer.Code != http.StatusNotFound {
						g.t.Error(path, answer.Code, answer.Body)
					}
					return
				}
				if taken[w]++; taken[w] == before {
					begin()
				}
				select {
				case <-ended: // the deletion failed
					return
				default:
				}
			}
		})
	}
	begun.Wait()
	if w := g.ask(g.socket, "DELETE", "/api/v1/workspaces/"+workspace+"?contents=move", ""); w.Code != http.StatusNoContent {
		close(ended)
		all.Wait()
		g.t.Error(w.Code, w.Body)
		return
	}
	all.Wait()
	if left := g.holding(workspace); len(left) != 0 {
		g.t.Errorf("left of it: %v", left)
	}
	moved := said(g.get("/api/2.0/mlflow/runs/get?run_id="+run), `"experiment_id": ?"(\d+)"`)
	model := g.get("/api/2.0/mlflow/registered-models/get?name=" + workspace)
	latest, err := strconv.Atoi(said(model, `"version": ?"(\d+)"`))
	if err != nil {
		g.t.Error(err)
	}
	for w, there := range []int{
		latest,
		strings.Count(model, `"v"`),
		g.holding("default")["tracking_logged_model_param"] - logged,
		strings.Count(g.get("/api/2.0/mlflow/experiments/get?experiment_id="+moved), `"v"`),
		strings.Count(g.get("/api/2.0/mlflow/runs/get?run_id="+run), `"v"`),
	} {
		path, _ := writes[w](0)
		// A logged model is read for its answer when it is made, and may have moved
		// by then: 404, and it is there.
		if there != taken[w] && (path != "logged-models" || there != taken[w]+1) {
			g.t.Errorf("%s: %d were taken, %d are there", path, taken[w], there)
		}
	}
}
