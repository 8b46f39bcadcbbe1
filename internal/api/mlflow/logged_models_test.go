package mlflow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

const models = "/api/2.0/mlflow/logged-models"

// logModel makes a logged model and gives its id.
func (c *client) logModel(body string) string {
	c.t.Helper()
	return info(c.must("POST", models, body))["model_id"].(string)
}

func info(m map[string]any) map[string]any {
	return m["model"].(map[string]any)["info"].(map[string]any)
}

func TestLoggedModels(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		c := serve(t, db)
		run := c.startRun("0")
		id := c.logModel(`{"experiment_id":"0","name":"churn","source_run_id":"` + run + `","params":[{"key":"lr","value":"1"}],"tags":[{"key":"a","value":"b"}]}`)
		root := "0/models/" + id + "/artifacts"
		c.put(root+"/MLmodel", "flavors: {}")
		c.must("POST", models+"/"+id+"/params", `{"params":[{"key":"depth","value":"3"}]}`)
		c.must("PATCH", models+"/"+id+"/tags", `{"tags":[{"key":"x/y","value":"1"}]}`)
		c.must("DELETE", models+"/"+id+"/tags/x/y", "")
		c.must("POST", "/api/2.0/mlflow/runs/outputs", `{"run_id":"`+run+`","models":[{"model_id":"`+id+`","step":0}]}`)
		c.must("POST", "/api/2.0/mlflow/runs/log-batch",
			`{"run_id":"`+run+`","metrics":[{"key":"auc","value":"NaN","timestamp":7,"step":1,"model_id":"`+id+`","dataset_name":"test","dataset_digest":"d"}]}`)
		c.must("PATCH", "/ajax-api/2.0/mlflow/logged-models/"+id, `{"status":"LOGGED_MODEL_READY"}`)

		got := c.must("GET", models+"/"+id, "")["model"].(map[string]any)
		about := got["info"].(map[string]any)
		for name, want := range map[string]any{"model_id": id, "experiment_id": "0", "name": "churn", "artifact_uri": "mlflow-artifacts:/" + root,
			"status": "LOGGED_MODEL_READY", "source_run_id": run} {
			if about[name] != want {
				t.Errorf("%s is %v, want %v", name, about[name], want)
			}
		}
		if diff := cmp.Diff([]any{map[string]any{"key": "a", "value": "b"}}, about["tags"]); diff != "" {
			t.Error(diff)
		}
		metric := got["data"].(map[string]any)["metrics"].([]any)[0].(map[string]any)
		if metric["value"] != "NaN" || metric["run_id"] != run || metric["dataset_name"] != "test" {
			t.Errorf("the metric is %v", metric)
		}
		if n := len(got["data"].(map[string]any)["params"].([]any)); n != 2 {
			t.Errorf("%d params", n)
		}
		list := c.must("GET", models+"/"+id+"/artifacts/directories", "")
		if diff := cmp.Diff([]string{"MLmodel 11"}, files(list)); diff != "" {
			t.Error(diff)
		}
		if _, body := c.send("GET", "/ajax-api/2.0/mlflow/logged-models/"+id+"/artifacts/files?artifact_file_path=MLmodel", ""); body != "flavors: {}" {
			t.Errorf("the file is %q", body)
		}
		c.must("POST", "/api/2.0/mlflow/registered-models/create", `{"name":"churn"}`)
		c.must("POST", "/api/2.0/mlflow/model-versions/create", `{"name":"churn","source":"models:/`+id+`","model_id":"`+id+`"}`)
		if _, body := c.send("GET", "/model-versions/get-artifact?name=churn&version=1&path=MLmodel", ""); body != "flavors: {}" {
			t.Errorf("the version's file is %q", body)
		}
		tags := info(c.must("GET", models+"/"+id, ""))["tags"].([]any)
		if diff := cmp.Diff(map[string]any{"key": "mlflow.modelVersions", "value": `[{"name":"churn","version":1}]`}, tags[1]); diff != "" {
			t.Error(diff)
		}
		c.must("DELETE", models+"/"+id, "")
		if status, body := c.ask("GET", models+"/"+id, ""); status != http.StatusNotFound || !strings.Contains(body, "Logged model with ID '"+id+"' not found.") {
			t.Errorf("%d %s", status, body)
		}
		if got := info(c.must("GET", models+"/"+id+"?allow_deleted=True", "")); got["model_id"] != id {
			t.Errorf("%v", got)
		}
	})
}

func TestSearchLoggedModels(t *testing.T) {
	t.Parallel()
	c := serve(t, rowstest.SQLite(t, schemas()))
	for _, name := range []string{"a", "b", "c"} {
		c.logModel(`{"experiment_id":"0","name":"` + name + `"}`)
	}
	search := func(body string) (string, string) {
		answer := c.must("POST", models+"/search", body)
		var names []string
		list, _ := answer["models"].([]any)
		for _, m := range list {
			names = append(names, m.(map[string]any)["info"].(map[string]any)["name"].(string))
		}
		token, _ := answer["next_page_token"].(string)
		return strings.Join(names, ""), token
	}
	if names, token := search(`{"experiment_ids":["0"],"order_by":[{"field_name":"name"}],"max_results":0}`); names != "abc" || token != "" {
		t.Errorf("%q %q", names, token)
	}
	names, token := search(`{"experiment_ids":["0"],"order_by":[{"field_name":"name","ascending":false}],"max_results":2}`)
	if names != "cb" || token == "" {
		t.Errorf("%q %q", names, token)
	}
	if names, token := search(`{"experiment_ids":["0"],"order_by":[{"field_name":"name","ascending":false}],"max_results":2,"page_token":"` + token + `"}`); names != "a" || token != "" {
		t.Errorf("%q %q", names, token)
	}
	for body, says := range map[string]string{
		`{"experiment_ids":["0"],"max_results":2,"page_token":"` + token + `"}`: "Invalid page token",
		`{}`: "Missing value for required parameter 'experiment_ids'",
		`{"experiment_ids":["0"],"datasets":[{"dataset_digest":"x"}]}`:        "must be specified",
		`{"experiment_ids":["0"],"filter":"color = 'red'"}`:                   "Invalid attribute key",
		`{"experiment_ids":["0"],"order_by":[{"field_name":"params.a"}]}`:     "Invalid order by",
		`{"experiment_ids":["0"],"max_results":-1}`:                           "max_results",
		`{"experiment_ids":["0"],"order_by":[{"ascending":true}],"x":"none"}`: "Invalid order by field name",
	} {
		if status, text := c.ask("POST", models+"/search", body); status != http.StatusBadRequest || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	for _, test := range []struct{ method, path, body, says string }{
		{"POST", models, `{"name":"x"}`, "Missing value for required parameter 'experiment_id'"},
		{"POST", models, `{"experiment_id":"0","name":"a/b"}`, "Invalid model name ('a/b')"},
		{"PATCH", models + "/m-none", `{"status":"NOPE"}`, "Missing value for required parameter 'status'"},
	} {
		if status, text := c.ask(test.method, test.path, test.body); status != http.StatusBadRequest || !strings.Contains(text, test.says) {
			t.Errorf("%+v: %d %s", test, status, text)
		}
	}
}
