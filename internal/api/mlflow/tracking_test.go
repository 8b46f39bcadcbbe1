package mlflow

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// step is one request and what its answer must say; <run> in it is a run's id.
type step struct {
	method, path, body string
	status             int
	has                string // must be in the answer, several separated by "&&"
}

// steps run in their order against one server. Messages are those of MLflow
// 3.18's server.
var steps = []step{
	{"GET", "/version", "", 200, "3.18.0"},
	{"GET", "/api/3.0/mlflow/server-info", "", 200, `"store_type":"SqlStore"`},
	{"GET", "/api/2.0/mlflow/unknown", "", 404, `"error_code":"ENDPOINT_NOT_FOUND"`},
	{"POST", "/v1/traces", "{}", 404, `"error_code":"ENDPOINT_NOT_FOUND"`},
	{"GET", "/graphql", "", 404, `"error_code":"ENDPOINT_NOT_FOUND"`},
	{"POST", "/ajax-api/2.0/mlflow/unknown/x", "{}", 404, `"error_code":"ENDPOINT_NOT_FOUND"`},

	{"POST", "experiments/create", `{"name":"a","tags":[{"key":"k","value":"v"}]}`, 200, `{"experiment_id":"1"}`},
	{"POST", "experiments/create", `{"name":"a"}`, 400, `"error_code":"RESOURCE_ALREADY_EXISTS"&&Experiment(name=a) already exists.`},
	{"POST", "experiments/create", `{}`, 400, `Missing value for required parameter 'name'. See the API docs for more information about request parameters.`},
	{"POST", "experiments/create", `{"name":""}`, 400, `Missing value for required parameter 'name'.`},
	{"POST", "experiments/create", `{"name":123}`, 400, `Invalid value 123 for parameter 'name' supplied:  Hint: Value was of type 'int'. See the API docs`},
	{"POST", "experiments/create", `{"name":"  "}`, 400, `Invalid experiment name: '  '`},
	{"POST", "experiments/create", `{"name":"` + strings.Repeat("x", 501) + `"}`, 400, `'name' exceeds the maximum length of 500 characters`},
	{"POST", "experiments/create", `not JSON`, 400, `The message is not JSON: invalid character 'o' in literal null (expecting 'u'), at line 1, byte 2.`},
	{"POST", "experiments/create", `"{\"name\":\"twice encoded\"}"`, 200, `{"experiment_id":"2"}`},
	{"GET", "experiments/get?experiment_id=1", "", 200, `"artifact_location":"mlflow-artifacts:/1"&&"lifecycle_stage":"active"&&"tags":[{"key":"k","value":"v"}]&&"workspace":"default"`},
	{"GET", "experiments/get", `{"experiment_id":"0"}`, 200, `"name":"Default"`},
	{"GET", "experiments/get?experiment_id=77", "", 404, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=77 exists","sqlstate":"KAM00","error_class":"RESOURCE_NOT_FOUND"}`},
	{"GET", "experiments/get?experiment_id=abc", "", 400, `Invalid experiment ID 'abc'. Experiment ID must be a valid integer.`},
	{"GET", "experiments/get", "", 400, `Missing value for required parameter 'experiment_id'.`},
	{"GET", "experiments/get-by-name?experiment_name=nope", "", 404, `Could not find experiment with name 'nope'`},
	{"GET", "experiments/get-by-name?experiment_name=a", "", 200, `"experiment_id":"1"`},
	{"POST", "experiments/search", `{}`, 400, `Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer`},
	{"POST", "experiments/search", `{"max_results":50001}`, 400, `Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000`},
	{"POST", "experiments/search", `{"max_results":1,"order_by":["name DESC"]}`, 200, `"name":"twice encoded"&&"next_page_token":`},
	{"GET", "experiments/search?max_results=5&filter=name+%3D+%27a%27", "", 200, `{"experiments":[{"experiment_id":"1","name":"a"`},
	{"POST", "experiments/search", `{"max_results":1,"page_token":"xx"}`, 400, `Invalid page token`},
	{"POST", "experiments/search", `{"max_results":1,"filter":"nme = 'a'"}`, 400, `Invalid attribute key 'nme' specified`},
	{"POST", "experiments/set-experiment-tag", `{"experiment_id":"1","key":"x","value":"1"}`, 200, `{}`},
	{"POST", "experiments/set-experiment-tag", `{"experiment_id":"1","key":"a//b","value":"1"}`, 400, `This name would resolve to 'a/b'`},
	{"POST", "experiments/delete-experiment-tag", `{"experiment_id":"1","key":"zz"}`, 404, `No tag with name: zz in experiment with id 1`},
	{"POST", "experiments/update", `{"experiment_id":"1","new_name":"Default"}`, 400, `RESOURCE_ALREADY_EXISTS`},
	{"POST", "experiments/update", `{"experiment_id":"1"}`, 400, `Missing value for required parameter 'new_name'.`},
	{"POST", "experiments/update", `{"experiment_id":"1","new_name":"b"}`, 200, `{}`},

	{"POST", "runs/create", `{"experiment_id":"1","run_name":"a","tags":[{"key":"mlflow.runName","value":"b"}]}`, 400, `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='a', mlflow.runName='b').`},
	{"POST", "runs/create", `{"experiment_id":"99"}`, 404, `No Experiment with id=99 exists`},
	{"POST", "runs/create", `{"experiment_id":"1","start_time":"x"}`, 400, `Invalid value \"x\" for parameter 'start_time' supplied:  Hint: Value was of type 'str'.`},
	{"POST", "runs/create", `{"experiment_id":"0","user_id":"u"}`, 200, `"experiment_id":"0"&&"status":"RUNNING"&&"start_time":0&&"key":"mlflow.runName"`},
	{"POST", "runs/update", `{"run_id":"<run>","status":"FINISHED","end_time":9}`, 200, `{"run_info":{"run_uuid":"<run>"&&"status":"FINISHED"&&"end_time":9`},
	{"POST", "runs/update", `{"run_id":"<run>","status":"NOPE"}`, 200, `"status":"FINISHED"`},
	{"POST", "runs/update", `{"run_uuid":"<run>","status":"RUNNING","run_name":"second"}`, 200, `"run_name":"second"`},
	{"POST", "runs/update", `{"run_id":"zz"}`, 404, `Run with id=zz not found`},
	{"POST", "runs/update", `{}`, 400, `Missing value for required parameter 'run_id'.`},
	{"GET", "runs/get?run_uuid=<run>", "", 200, `"run_name":"second"&&"value":"second"&&"inputs":{},"outputs":{}`},

	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":1.5,"timestamp":3}`, 200, `{}`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":"NaN","timestamp":3,"step":2}`, 200, `{}`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":"Infinity","timestamp":3,"step":3}`, 200, `{}`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":1e400,"timestamp":3,"step":3}`, 200, `{}`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":0,"timestamp":0}`, 200, `{}`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":"2.5","timestamp":"7","step":-8}`, 200, `{}`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","timestamp":0}`, 400, `Missing value for required parameter 'value'.`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":0}`, 400, `Missing value for required parameter 'timestamp'.`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","value":0,"timestamp":0}`, 400, `Missing value for required parameter 'key'.`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":0,"timestamp":-1}`, 400, `Invalid value -1 for parameter 'timestamp' supplied: metric 'm' (value=0.0). Timestamp must be a nonnegative long (64-bit integer) `},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":"x","timestamp":1}`, 400, `Invalid value \"x\" for parameter 'value' supplied:  Hint: Value was of type 'str'.`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"../m","value":1,"timestamp":1}`, 400, `Invalid value \"../m\" for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '../m'`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m*","value":1,"timestamp":1}`, 400, `Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"` + strings.Repeat("m", 251) + `","value":1,"timestamp":1}`, 400, `'Metric name' exceeds the maximum length of 250 characters`},
	{"POST", "runs/log-metric", `{"run_id":"nope","key":"m","value":1,"timestamp":1}`, 404, `Run with id=nope not found`},
	{"GET", "metrics/get-history?run_id=<run>&metric_key=m", "", 200, `{"metrics":[{"key":"m","value":0.0,"timestamp":0,"step":0},{"key":"m","value":1.5,"timestamp":3,"step":0},{"key":"m","value":"NaN","timestamp":3,"step":2},{"key":"m","value":1.7976931348623157e+308,"timestamp":3,"step":3},{"key":"m","value":2.5,"timestamp":7,"step":-8}]}`},
	{"GET", "metrics/get-history?run_id=<run>&metric_key=m&max_results=2", "", 200, `"value":1.5&&"next_page_token"`},
	{"GET", "metrics/get-history?run_id=<run>&metric_key=m&max_results=0", "", 400, `Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer.`},
	{"GET", "metrics/get-history?run_id=nope&metric_key=m", "", 200, `{}`},
	{"GET", "metrics/get-history?run_id=<run>", "", 400, `Missing value for required parameter 'metric_key'.`},
	{"GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=<run>&metric_key=m", "", 200, `{"key":"m","run_id":"<run>","step":2,"timestamp":3,"value":NaN}`},
	{"GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=m", "", 400, `GetMetricHistoryBulk request must specify at least one run_id.`},
	{"GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=<run>", "", 400, `GetMetricHistoryBulk request must specify a metric_key.`},
	{"GET", "metrics/get-history-bulk-interval?run_ids=<run>&metric_key=m&max_results=2", "", 200, `{"metrics":[{"key":"m","value":2.5,"timestamp":7,"step":-8,"run_id":"<run>"},{"key":"m","value":1.7976931348623157e+308,"timestamp":3,"step":3,"run_id":"<run>"}]}`},
	{"GET", "metrics/get-history-bulk-interval?run_ids=<run>&metric_key=m&max_results=1", "", 200, `{"metrics":[{"key":"m","value":1.7976931348623157e+308,"timestamp":3,"step":3,"run_id":"<run>"}]}`},
	{"GET", "metrics/get-history-bulk-interval?run_ids=<run>&metric_key=m&start_step=0&end_step=1", "", 200, `"value":0.0&&"value":1.5`},
	{"GET", "metrics/get-history-bulk-interval?run_ids=<run>&metric_key=m&start_step=2", "", 400, `If either start step or end step are specified, both must be specified.`},
	{"GET", "metrics/get-history-bulk-interval?run_ids=<run>&metric_key=m&start_step=5&end_step=2", "", 400, `end_step must be greater than start_step. Found start_step=5 and end_step=2.`},
	{"GET", "metrics/get-history-bulk-interval?run_ids=<run>&metric_key=m&max_results=0", "", 400, `max_results must be between 1 and 2500.`},
	{"GET", "metrics/get-history-bulk-interval?metric_key=m", "", 400, `Missing value for required parameter 'run_ids'.`},

	{"POST", "runs/log-parameter", `{"run_id":"<run>","key":"p","value":"1"}`, 200, `{}`},
	{"POST", "runs/log-parameter", `{"run_id":"<run>","key":"p","value":"1"}`, 200, `{}`},
	{"POST", "runs/log-parameter", `{"run_id":"<run>","key":"p","value":"2"}`, 400, `Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='<run>'. Attempted logging new value '2'.`},
	{"POST", "runs/log-parameter", `{"run_id":"<run>","key":"p","value":2}`, 400, `Invalid value 2 for parameter 'value' supplied:  Hint: Value was of type 'int'.`},
	{"POST", "runs/log-parameter", `{"run_id":"<run>","key":"e","value":""}`, 200, `{}`},
	{"POST", "runs/set-tag", `{"run_id":"<run>","key":"t","value":"2"}`, 200, `{}`},
	{"POST", "runs/set-tag", `{"run_id":"<run>","key":"mlflow.runName","value":"third"}`, 200, `{}`},
	{"GET", "runs/get?run_id=<run>", "", 200, `"run_name":"third"&&{"key":"e","value":""},{"key":"p","value":"1"}&&{"key":"t","value":"2"}&&{"key":"m","value":1.7976931348623157e+308,"timestamp":3,"step":3}`},
	{"POST", "runs/delete-tag", `{"run_id":"<run>","key":"nope"}`, 404, `No tag with name: nope in run with id <run>`},
	{"POST", "runs/delete-tag", `{"run_id":"<run>","key":"t"}`, 200, `{}`},

	{"POST", "runs/log-batch", `{"run_id":"<run>","metrics":[{"key":"b","value":1,"timestamp":1},{"key":"b","value":1,"timestamp":1},{"key":"c","value":-0.25,"timestamp":1,"step":5}],"params":[{"key":"q","value":"1"}],"tags":[{"key":"u","value":"1"},{"key":"u","value":"2"}]}`, 200, `{}`},
	{"GET", "metrics/get-history?run_id=<run>&metric_key=b", "", 200, `{"metrics":[{"key":"b","value":1.0,"timestamp":1,"step":0}]}`},
	{"GET", "runs/get?run_id=<run>", "", 200, `{"key":"c","value":-0.25,"timestamp":1,"step":5}&&{"key":"u","value":"2"}`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","metrics":[{"key":"d","value":1,"timestamp":1}],"params":[{"key":"q","value":"2"}]}`, 400, `Changing param values is not allowed. Params were already logged='[{'key': 'q', 'old_value': '1', 'new_value': '2'}]' for run ID='<run>'.`},
	{"GET", "metrics/get-history?run_id=<run>&metric_key=d", "", 200, `{}`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","params":[{"key":"z","value":"1"},{"key":"z","value":"1"}]}`, 400, `Duplicate parameter keys have been submitted: ['z']. Please ensure the request contains only one param value per param key.`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","metrics":[{"key":"x","value":1}]}`, 400, `Missing value for required parameter 'metrics[0].timestamp'.`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","metrics":[{"value":1,"timestamp":1}]}`, 400, `Missing value for required parameter 'metrics[0].key'.`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","metrics":[{"key":"x","timestamp":1}]}`, 400, `Missing value for required parameter 'metrics[0].value'.`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","metrics":[{"key":"ok","value":1,"timestamp":1},{"key":"/x","value":1,"timestamp":1}]}`, 400, `Invalid value \"/x\" for parameter 'metrics[1].name' supplied`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","tags":[{"value":"1"}]}`, 400, `Missing value for required parameter 'tags[0].key'.`},
	{"POST", "runs/log-batch", `{"metrics":[]}`, 400, `Missing value for required parameter 'run_id'.`},
	{"POST", "runs/log-batch", `{"run_id":"<run>","metrics":[` + strings.TrimSuffix(strings.Repeat(`{"key":"x","value":1,"timestamp":1},`, 1001), ",") + `]}`, 400, `A batch logging request can contain at most 1000 metrics. Got 1001 metrics.`},
	{"POST", "runs/log-batch", `{"run_id":"<run>"}`, 200, `{}`},

	{"POST", "runs/log-inputs", `{"run_id":"<run>","datasets":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{"name":"flights","digest":"d1","source_type":"local","source":"{}"}}],"models":[{"model_id":"m-1"}]}`, 200, `{}`},
	{"POST", "runs/outputs", `{"run_id":"<run>","models":[{"model_id":"m-2","step":4}]}`, 200, `{}`},
	{"GET", "runs/get?run_id=<run>", "", 200, `"inputs":{"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{"name":"flights","digest":"d1","source_type":"local","source":"{}"}}],"model_inputs":[{"model_id":"m-1"}]},"outputs":{"model_outputs":[{"model_id":"m-2","step":4}]}`},
	{"POST", "experiments/search-datasets", `{"experiment_ids":["1"]}`, 200, `{"dataset_summaries":[{"experiment_id":"1","name":"flights","digest":"d1","context":"train"}]}`},
	{"POST", "experiments/search-datasets", `{}`, 400, `SearchDatasets request must specify at least one experiment_id.`},
	{"POST", "runs/log-model", `{"run_id":"<run>","model_json":"{}"}`, 400, `Model json is missing mandatory fields`},
	{"POST", "runs/log-model", `{"run_id":"<run>","model_json":"{\"artifact_path\":\"m\",\"flavors\":{},\"utc_time_created\":\"t\",\"run_id\":\"<run>\"}"}`, 200, `{}`},
	{"GET", "runs/get?run_id=<run>", "", 200, `"key":"mlflow.log-model.history","value":"[{\"artifact_path\":\"m\"`},

	{"POST", "runs/search", `{"experiment_ids":["1"],"filter":"metrics.c < 0 AND params.q = '1' AND dataset.context = 'train'"}`, 200, `{"runs":[{"info":{"run_uuid":"<run>"`},
	{"POST", "runs/search", `{"experiment_ids":["1"],"filter":"metrics.c > 0"}`, 200, `{}`},
	{"POST", "runs/search", `{"experiment_ids":[]}`, 200, `{}`},
	{"POST", "runs/search", `{"experiment_ids":["1"],"max_results":0}`, 400, `Invalid value 0 for parameter 'max_results' supplied.`},
	{"POST", "runs/search", `{"experiment_ids":["1"],"max_results":50001}`, 400, `Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'.`},
	{"POST", "runs/search", `{"experiment_ids":["x"]}`, 400, `Invalid experiment ID 'x'.`},
	{"POST", "runs/search", `{"experiment_ids":["1"],"filter":"metrics.c > 0 OR metrics.c < 0"}`, 400, `Invalid clause(s) in filter string: 'OR'`},
	{"POST", "runs/search", `{"experiment_ids":["1"],"order_by":["start_time","attribute.start_time DESC"]}`, 400, `duplicate fields`},

	{"POST", "runs/delete", `{"run_id":"<run>"}`, 200, `{}`},
	{"POST", "runs/delete", `{"run_id":"<run>"}`, 200, `{}`},
	{"POST", "runs/log-metric", `{"run_id":"<run>","key":"m","value":1,"timestamp":1}`, 400, `The run <run> must be in the 'active' state. Current state is deleted.`},
	{"POST", "runs/update", `{"run_id":"<run>","status":"FAILED"}`, 400, `The run <run> must be in the 'active' state. Current state is deleted.`},
	{"POST", "runs/search", `{"experiment_ids":["1"]}`, 200, `{}`},
	{"POST", "runs/search", `{"experiment_ids":["1"],"run_view_type":"DELETED_ONLY"}`, 200, `"lifecycle_stage":"deleted"`},
	{"POST", "runs/restore", `{"run_id":"<run>"}`, 200, `{}`},
	{"POST", "runs/delete", `{"run_id":"<run>"}`, 200, `{}`},
	{"POST", "experiments/delete", `{"experiment_id":"1"}`, 200, `{}`},
	{"POST", "experiments/delete", `{"experiment_id":"1"}`, 404, `No Experiment with id=1 exists`},
	{"POST", "experiments/update", `{"experiment_id":"1","new_name":"q"}`, 400, `Cannot rename a non-active experiment.`},
	{"POST", "experiments/create", `{"name":"b"}`, 400, `RESOURCE_ALREADY_EXISTS`},
	{"POST", "runs/create", `{"experiment_id":"1"}`, 400, `The experiment 1 must be in the 'active' state. Current state is deleted.`},
	{"GET", "experiments/get?experiment_id=1", "", 200, `"lifecycle_stage":"deleted"`},
	{"POST", "experiments/restore", `{"experiment_id":"1"}`, 200, `{}`},
	{"POST", "experiments/restore", `{"experiment_id":"1"}`, 404, `No Experiment with id=1 exists`},
	{"GET", "runs/get?run_id=<run>", "", 200, `"lifecycle_stage":"active"`},
	{"POST", "runs/log-parameter", "{\"run_id\":\"<run>\",\"key\":\"nul\",\"value\":\"a\\u0000b\"}", 400, `NUL`},
}

func TestTrackingRoutes(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		c := serve(t, db)
		run := ""
		for _, s := range steps {
			if run == "" && strings.Contains(s.path+s.body, "<run>") {
				run = c.startRun("1")
			}
			path := strings.ReplaceAll(s.path, "<run>", run)
			if path[0] != '/' {
				path = "/api/2.0/mlflow/" + path
			}
			status, body := c.ask(s.method, path, strings.ReplaceAll(s.body, "<run>", run))
			if status != s.status {
				t.Errorf("%s %s %.200s: %d %s, want %d", s.method, s.path, s.body, status, body, s.status)
			}
			for has := range strings.SplitSeq(s.has, "&&") {
				if !strings.Contains(body, strings.ReplaceAll(has, "<run>", run)) {
					t.Errorf("%s %s %.200s: %s lacks %s", s.method, s.path, s.body, body, has)
				}
			}
		}
	})
}

// TestManyWriters has 64 writers on one run: no request fails, no point is lost.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	const writers, batches, points = 64, 4, 25
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		c := serve(t, db)
		c.http.Transport.(*http.Transport).MaxIdleConnsPerHost = writers
		run := c.startRun("0")
		var (
			all    sync.WaitGroup
			failed atomic.Int64
		)
		for w := range writers {
			all.Go(func() {
				for b := range batches {
					var body strings.Builder
					fmt.Fprintf(&body, `{"run_id":"%s","params":[{"key":"shared","value":"1"},{"key":"w%d-%d","value":"1"}],"tags":[{"key":"last","value":"%d"}],"metrics":[`, run, w, b, w)
					for p := range points {
						if p > 0 {
							body.WriteByte(',')
						}
						fmt.Fprintf(&body, `{"key":"k%d","value":%d,"timestamp":%d,"step":%d}`, (p+w)%5, w, w*batches+b, p)
					}
					if status, text := c.ask("POST", "/api/2.0/mlflow/runs/log-batch", body.String()+"]}"); status != http.StatusOK {
						failed.Add(1)
						t.Errorf("%d %s", status, text)
					}
				}
			})
		}
		all.Wait()
		total := 0
		for k := range 5 {
			m := c.must("GET", fmt.Sprintf("/api/2.0/mlflow/metrics/get-history?run_id=%s&metric_key=k%d", run, k), "")
			total += len(m["metrics"].([]any))
		}
		if want := writers * batches * points; total != want || failed.Load() > 0 {
			t.Errorf("%d points of %d are there, %d requests failed", total, want, failed.Load())
		}
		data := c.must("GET", "/api/2.0/mlflow/runs/get?run_id="+run, "")["run"].(map[string]any)["data"].(map[string]any)
		if n := len(data["params"].([]any)); n != writers*batches+1 {
			t.Errorf("%d params, want %d", n, writers*batches+1)
		}
		for _, m := range data["metrics"].([]any) {
			latest := m.(map[string]any)
			if latest["step"].(interface{ String() string }).String() != "24" && latest["key"] == "k4" {
				t.Errorf("the latest point is %v", latest)
			}
		}
	})
}
