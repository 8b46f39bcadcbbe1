package mlflow

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// asked keeps what the door asks, and says yes.
type asked struct {
	mu    sync.Mutex
	calls []string
}

func (a *asked) Check(_ context.Context, action string, object urn.URN) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, action+" "+object.String())
	return nil
}

// take gives what was asked since the last take.
func (a *asked) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	calls := a.calls
	a.calls = nil
	return calls
}

// A request that touches several things asks for each of them, whether or not
// they are there.
func TestPermissionsOfRequestsThatTouchSeveralThings(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		check := &asked{}
		c := serveBehind(t, db, check)
		c.must("POST", "/api/2.0/mlflow/experiments/create", `{"name":"flights"}`)
		check.take()
		const at = "/api/2.0/mlflow/"
		for _, q := range []struct {
			method, path, body string
			want               []string
		}{
			{"POST", at + "runs/create", `{}`, []string{"run.create tacit:experiment/0"}},
			{"GET", at + "experiments/get-by-name?experiment_name=flights", "", []string{"experiment.read tacit:experiment/1"}},
			{"POST", at + "experiments/search", `{"max_results":1}`, []string{"experiment.list "}},
			{"POST", at + "runs/search", `{"experiment_ids":["1","2","1"]}`, []string{"run.search tacit:experiment/1", "run.search tacit:experiment/2"}},
			{"POST", at + "runs/get", `{}`, nil}, // no such route
			{"GET", at + "runs/get", "", []string{"run.read "}},
			{"POST", at + "experiments/search-datasets", `{"experiment_ids":["1","2"]}`, []string{"run.search tacit:experiment/1", "run.search tacit:experiment/2"}},
			{"POST", at + "logged-models/search", `{"experiment_ids":["1","2"]}`, []string{"logged-model.search tacit:experiment/1", "logged-model.search tacit:experiment/2"}},
			{"POST", at + "logged-models", `{"experiment_id":"1","source_run_id":"a"}`, []string{"logged-model.create tacit:experiment/1", "run.update tacit:run/a"}},
			{"GET", at + "metrics/get-history-bulk-interval?run_ids=a&run_ids=b&metric_key=k", "", []string{"metric.read tacit:run/a", "metric.read tacit:run/b"}},
			{"GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=a&run_id=b&metric_key=k", "", []string{"metric.read tacit:run/a", "metric.read tacit:run/b"}},
			{"POST", at + "runs/log-metric", `{"run_id":"a","key":"k","value":1,"timestamp":1,"model_id":"m-1"}`, []string{"run.update tacit:run/a", "logged-model.update tacit:logged-model/m-1"}},
			{"POST", at + "runs/log-batch", `{"run_id":"a","metrics":[{"key":"k","value":1,"timestamp":1,"model_id":"m-1"},
				{"key":"k","value":1,"timestamp":1},{"key":"k","value":1,"timestamp":1,"model_id":"m-2"},{"key":"k","value":1,"timestamp":1,"model_id":"m-1"}]}`,
				[]string{"run.update tacit:run/a", "logged-model.update tacit:logged-model/m-1", "logged-model.update tacit:logged-model/m-2"}},
			{"POST", at + "runs/log-inputs", `{"run_id":"a","models":[{"model_id":"m-1"}]}`, []string{"run.update tacit:run/a", "logged-model.read tacit:logged-model/m-1"}},
			{"POST", at + "runs/outputs", `{"run_id":"a","models":[{"model_id":"m-1"}]}`, []string{"run.update tacit:run/a", "logged-model.update tacit:logged-model/m-1"}},
			{"POST", at + "registered-models/rename", `{"name":"old","new_name":"new"}`, []string{"model.update tacit:model/old", "model.create ", "model.create tacit:model/new"}},
			{"POST", at + "registered-models/create", `{"name":"n"}`, []string{"model.create ", "model.create tacit:model/n"}},
			{"POST", at + "registered-models/alias", `{"name":"n","alias":"best","version":"02"}`, []string{"model.update tacit:model/n", "version.read tacit:model/n/2"}},
			{"GET", at + "artifacts/list?run_id=none&path=f", "", []string{"artifact.read tacit:run/none"}},
			{"POST", at + "model-versions/transition-stage", `{"name":"n","version":"2","stage":"Production","archive_existing_versions":true}`,
				[]string{"version.stage tacit:model/n/2", "version.stage tacit:model/n"}},
			{"POST", at + "model-versions/create", `{"name":"n","source":"runs:/a/model"}`, []string{"version.create tacit:model/n", "run.read tacit:run/a"}},
			{"POST", at + "model-versions/create", `{"name":"n","source":"runs:/a/model","run_id":"b","model_id":"m-1"}`,
				[]string{"version.create tacit:model/n", "run.read tacit:run/b", "logged-model.read tacit:logged-model/m-1", "run.read tacit:run/a"}},
			{"POST", at + "model-versions/create", `{"name":"n","source":"models:/m-1"}`, []string{"version.create tacit:model/n", "logged-model.read tacit:logged-model/m-1"}},
			{"POST", at + "model-versions/create", `{"name":"n","source":"models:/other/3"}`, []string{"version.create tacit:model/n", "version.read tacit:model/other/3"}},
			{"POST", at + "model-versions/create", `{"name":"n","source":"models:/other@champion"}`, []string{"version.create tacit:model/n", "model.read tacit:model/other"}},
			{"POST", at + "model-versions/create", `{"name":"n","source":"mlflow-artifacts:/1/a/artifacts/model"}`,
				[]string{"version.create tacit:model/n", "artifact.read tacit:artifact/1/a/artifacts/model"}},
			{"POST", at + "experiments/permissions/create", `{"experiment_id":"01"}`, []string{"experiment.grant tacit:experiment/1"}},
			{"GET", at + "registered-models/permissions/get?name=n", "", []string{"model.grant tacit:model/n"}},
			{"POST", "/api/3.0/mlflow/users/permissions/grant", `{"resource_type":"experiment","resource_id":"1"}`, []string{"experiment.grant tacit:experiment/1"}},
			{"POST", "/api/3.0/mlflow/users/permissions/grant", `{"resource_type":"experiment","resource_id":"*"}`, []string{"grant.update "}},
			{"GET", "/api/2.0/mlflow-artifacts/artifacts?path=1/a", "", []string{"artifact.read tacit:artifact/1/a"}},
		} {
			c.ask(q.method, q.path, q.body)
			if diff := cmp.Diff(q.want, check.take()); diff != "" {
				t.Errorf("%s %s %s asked (-want +got):\n%s", q.method, q.path, q.body, diff)
			}
		}
	})
}
