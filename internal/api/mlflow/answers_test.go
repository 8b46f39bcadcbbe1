package mlflow

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// recorded are requests and the status, code and beginning of the message that
// MLflow 3.18.0 answers; where it fails with 500, tacit refuses with 400.
var recorded = []struct {
	method, path, body string
	headers            []string
	status             int
	says               string
}{
	{"POST", "experiments/create", `{"name":"b","artifact_location":"s3://b/x#f"}`, nil, 400, "'artifact_location' URL can't include fragments or params."},
	{"POST", "experiments/create", `{"name":"b","artifact_location":"s3://b/x?y=%2e%2e"}`, nil, 400, "Invalid query string"},
	{"POST", "experiments/create", `{"name":"b","artifact_location":"http://h/x"}`, nil, 400, "'artifact_location' cannot use the 'http' scheme: the 'http' scheme addresses a host other than the tracking server's configured artifact storage"},
	{"POST", "experiments/create", `{"name":"b","artifact_location":"s3://b/x?y=1"}`, nil, 200, ""},
	{"POST", "model-versions/create", `{"name":"m","source":"http://h/x#f"}`, nil, 400, "'source' cannot use the 'http' scheme: the 'http' scheme addresses a host"},
	{"POST", "model-versions/create", `{"name":"m","source":"runs:/RUN/m"}`, nil, 400, "Invalid model version source: 'runs:/RUN/m'. The run_id request parameter must identify the resource that contains the source."},
	{"POST", "model-versions/create", `{"name":"m","source":"runs:/RUN/m","run_id":"RUN"}`, nil, 200, ""},
	{"POST", "model-versions/create", `{"name":"m","source":"runs:/"}`, nil, 400, "Invalid model version source: 'runs:/'. If supplying a source as an http"},
	{"POST", "model-versions/create", `{"name":"m","source":"s3://x"}`, nil, 400, "Invalid model version source: 's3://x'. If supplying a source as an http"},
	{"POST", "model-versions/create", `{"name":"m","source":"s3:x"}`, nil, 400, "Invalid model version source: 's3:x'. If supplying a source as an http"},
	{"POST", "model-versions/create", `{"name":"m","source":"s3://x/y#f"}`, nil, 200, ""},
	{"POST", "model-versions/create", `{"name":"m","source":"file:///tmp/x","run_id":"RUN"}`, nil, 400, "Invalid model version source: '/tmp/x'. To use a local path as a model version source, the run_id request parameter has to be specified"},
	{"POST", "model-versions/create", `{"name":"m","source":"/tmp/x","run_id":"nope"}`, nil, 400, "Invalid model version source: '/tmp/x'. The run_id request parameter must identify"},
	{"POST", "model-versions/create", `{"name":"m","source":"/tmp/x","model_id":"m-nope"}`, nil, 400, "Invalid model version source: '/tmp/x'. The model_id request parameter must identify"},
	{"POST", "model-versions/create", `{"name":"m","source":"models:/m@"}`, nil, 400, "Invalid model version source: 'models:/m@'. The model_id request parameter must identify"},
	{"GET", "model-versions/search?filter=" + "version_number%3D'1'", "", nil, 200, ""},
	{"GET", "model-versions/search?filter=" + "version_number%3E'%201'", "", nil, 200, ""},
	{"GET", "model-versions/search?filter=" + "version_number%3D'x'", "", nil, 400, "Invalid value for numeric attribute 'version_number': 'x'"},
	{"GET", "model-versions/search?filter=" + "version_number%3D'1.0'", "", nil, 400, "Invalid value for numeric attribute 'version_number': '1.0'"},
	{"GET", "model-versions/search?order_by=name&order_by=name", "", nil, 400, "`order_by` contains duplicate fields: ['name', 'name']"}, // 500
	{"GET", "registered-models/search?order_by=name%20ASC&order_by=name%20DESC", "", nil, 400, "`order_by` contains duplicate fields: ['name ASC', 'name DESC']"},
	{"POST", "runs/search", `{"experiment_ids":["0"],"order_by":["start_time","start_time DESC"]}`, nil, 400, "`order_by` contains duplicate fields: ['start_time', 'start_time DESC']"},
	{"POST", "experiments/search", `{"max_results":1,"order_by":["name","name DESC"]}`, nil, 200, ""},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":0}`, nil, 400, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":1.5}`, nil, 400, "Invalid value 1.5 for parameter 'max_results' supplied: a whole number is wanted"}, // no limit there, as in the next four
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":true}`, nil, 400, "Invalid value true for parameter 'max_results' supplied:  Hint: Value was of type 'bool'."},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":1e30}`, nil, 400, "Invalid value 1e30 for parameter 'max_results' supplied:  Hint: Value was of type 'float'."},
	{"POST", "logged-models/search", `{"experiment_ids":["0"],"max_results":1e400}`, nil, 400, "Invalid value 1e400 for parameter 'max_results' supplied:"},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":3000000000}`, nil, 400, "Invalid value 3000000000 for parameter 'max_results' supplied:  Hint: Value was of type 'int'."},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":null}`, nil, 200, ""},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":2e0}`, nil, 200, ""},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":"5"}`, nil, 200, ""},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":"1.5"}`, nil, 400, `Invalid value "1.5" for parameter 'max_results' supplied:  Hint: Value was of type 'str'.`},
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":"1e2"}`, nil, 400, ""}, // 500
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":[1]}`, nil, 400, ""},   // 500
	{"POST", "runs/search", `{"experiment_ids":["0"],"max_results":50001}`, nil, 400, "Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'."},
	{"POST", "experiments/search", `{"max_results":1.5}`, nil, 400, "Invalid value 1.5 for parameter 'max_results' supplied: a whole number is wanted"}, // 0 there
	{"GET", "experiments/search?max_results=1.5", "", nil, 400, `Invalid value "1.5" for parameter 'max_results' supplied:`},
	{"POST", "experiments/search", `{"max_results":1.0}`, nil, 200, ""},
	{"POST", "logged-models/search", `{"experiment_ids":["0"],"max_results":0}`, nil, 200, ""},
	{"POST", "logged-models/search", `{"experiment_ids":["0"],"max_results":1.5}`, nil, 400, "Invalid value 1.5 for parameter 'max_results' supplied: a whole number is wanted"},
	{"GET", "registered-models/search?max_results=1.5", "", nil, 400, `Invalid value "1.5" for parameter 'max_results' supplied:  Hint: Value was of type 'str'.`},
	{"GET", "registered-models/search?max_results=1001", "", nil, 400, `Invalid value "1001" for parameter 'max_results' supplied:  Hint: Value was of type 'str'.`},
	{"GET", "model-versions/search?max_results=5", "", nil, 200, ""},
	{"POST", "runs/search", `{"experiment_ids":["0"]}`, []string{"Content-Type", "APPLICATION/JSON"}, 400, "Bad Request. Content-Type must be one of ['application/json']."},
	{"POST", "runs/search", `{"experiment_ids":["0"]}`, []string{"Content-Type", "application/json; charset=utf-8"}, 200, ""},
	{"POST", "runs/search", `{"experiment_ids":["0"]}`, []string{"Content-Type", "application/jsonx"}, 400, "Bad Request. Content-Type must be one of ['application/json']."},
	{"POST", "runs/search", `{"experiment_ids":["0"]}`, []string{}, 400, "Bad Request. Content-Type header is missing."},
	{"POST", "runs/create", "", []string{}, 400, "Bad Request. Content-Type header is missing."},
	{"POST", "runs/create", `{}`, nil, 400, "Missing value for required parameter 'experiment_id'."}, // a failed INSERT is told there, as in the next two
	{"POST", "runs/create", `{"experiment_id":"","run_name":"a"}`, nil, 400, "Missing value for required parameter 'experiment_id'."},
	{"POST", "runs/create", `{"experiment_id":null}`, nil, 400, "Missing value for required parameter 'experiment_id'."},
	{"POST", "runs/create", `{"experiment_id":0}`, nil, 400, "Invalid value 0 for parameter 'experiment_id' supplied:  Hint: Value was of type 'int'."},
	{"POST", "runs/create", `{"experiment_id":"x"}`, nil, 400, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."},
	{"POST", "runs/create", `{"experiment_id":"0"}`, nil, 200, ""},
	{"POST", "runs/create", `{"experiment_id":"0","tags":[{"key":"a","value":"b"},{"key":"","value":"b"}]}`, nil, 400, "Missing value for required parameter 'tags[1].key'."}, // taken there, as the next two
	{"POST", "runs/create", `{"experiment_id":"0","tags":[{"key":null,"value":"b"}]}`, nil, 400, "Missing value for required parameter 'tags[0].key'."},
	{"POST", "runs/create", `{"experiment_id":"0","tags":[null]}`, nil, 400, "Missing value for required parameter 'tags[0].key'."},
	{"POST", "runs/create", `[]`, nil, 400, "The message must be a JSON object, and is a value of type 'list'."}, // an empty message there
	{"POST", "runs/create", `3`, nil, 400, "The message must be a JSON object, and is a value of type 'int'."},   // 500
	{"POST", "runs/create", "", nil, 400, "Missing value for required parameter 'experiment_id'."},
	{"POST", "runs/create", " \n", nil, 400, "Missing value for required parameter 'experiment_id'."},
	{"POST", "runs/create", `{`, nil, 400, "The message is not JSON: unexpected end of JSON input, at line 1, byte 1."}, // an empty message there, as in the next two
	{"POST", "runs/search", "{\n\"experiment_ids\":[\"0\"],}", nil, 400, "The message is not JSON: invalid character '}' looking for beginning of object key string, at line 2, byte 24."},
	{"POST", "runs/search", `"{\"experiment_ids\":[\"0\"],}"`, nil, 400, "The message is not JSON: invalid character '}'"},
	{"POST", "runs/log-metric", `{"run_id":"RUN","key":"m","value":NaN,"timestamp":1}`, nil, 400, "The message is not JSON: invalid character 'N' looking for beginning of value, at line 1, byte 64. JSON has no such number: send it as a text, in quotes."}, // NaN there
	{"POST", "runs/log-metric", `{"run_id":"RUN","key":"m","value":1,"timestamp":1,"step":1.5}`, nil, 400, "Invalid value 1.5 for parameter 'step' supplied: a whole number is wanted"},                                                                        // no step there, as in the next four
	{"POST", "runs/log-metric", `{"run_id":"RUN","key":"m","value":1,"timestamp":1.9}`, nil, 400, "Invalid value 1.9 for parameter 'timestamp' supplied: a whole number"},
	{"POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"m","value":1,"timestamp":1,"step":-1.5}]}`, nil, 400, "Invalid value -1.5 for parameter 'metrics.step' supplied: a whole number"},
	{"POST", "runs/create", `{"experiment_id":"0","start_time":1.5}`, nil, 400, "Invalid value 1.5 for parameter 'start_time' supplied: a whole number"},
	{"POST", "runs/update", `{"run_id":"RUN","end_time":0.5}`, nil, 400, "Invalid value 0.5 for parameter 'end_time' supplied: a whole number"},
	{"POST", "runs/log-metric", `{"run_id":"RUN","key":"m","value":1,"timestamp":1,"step":"2.5"}`, nil, 400, `Invalid value "2.5" for parameter 'step' supplied:`},
	{"POST", "runs/log-metric", `{"run_id":"RUN","key":"m","value":1,"timestamp":2.0,"step":"1e3"}`, nil, 200, ""},
	{"GET", "metrics/get-history?run_id=RUN&metric_key=m&max_results=1.5", "", nil, 400, "Invalid value 1.5 for parameter 'max_results' supplied: a whole number"},
	{"POST", "experiments/create", `{"name":"\ud83d\ude00"}`, nil, 200, ""},
	{"POST", "experiments/create", `{"name":"\ud800"}`, nil, 400, `The message holds \ud800, which is half of a surrogate pair and no character.`}, // no name there
	{"POST", "runs/create", `{"tags":[{"key":"a","value":"\udc00x"}]}`, nil, 400, `The message holds \udc00, which is half of a surrogate pair`},   // no tags there
	{"POST", "runs/search", `{"experiment_ids":["0"],"filter":" "}`, nil, 400, "Invalid filter ' '. Could not be parsed."},
	{"POST", "experiments/search", `{"max_results":1,"filter":"  \n"}`, nil, 400, "Invalid filter '  \n'. Could not be parsed."},
	{"POST", "logged-models/search", `{"experiment_ids":["0"],"filter":" "}`, nil, 400, "Invalid filter"},
	{"GET", "registered-models/search?filter=%20", "", nil, 400, "Invalid filter ' '. Could not be parsed."},
	{"GET", "model-versions/search?filter=%20", "", nil, 400, "Invalid filter ' '. Could not be parsed."},
	{"GET", "registered-models/search?filter=tags.a%20IS%20NULL", "", nil, 400, "IS NULL / IS NOT NULL is not supported for registered model search."},
	{"GET", "model-versions/search?filter=tags.a%20IS%20NOT%20NULL", "", nil, 400, "IS NULL / IS NOT NULL is not supported for model version search."},
	{"PATCH", "registered-models/update", `{"name":"m","description":"d"}`, []string{"Content-Type", "text/plain"}, 200, ""},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/trail/", "x", nil, 400, ""},
	{"GET", "-artifacts/artifacts/0/RUN/artifacts/trail/", "", nil, 404, "No such artifact: '0/RUN/artifacts/trail/'"},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/why?.txt", "x", nil, 400, "Invalid path: behind '0/RUN/artifacts/why' the address goes on with '?.txt', which is no part of a file's name."}, // overwrites why there
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/why?", "x", nil, 400, "Invalid path: behind '0/RUN/artifacts/why'"},
	{"DELETE", "-artifacts/artifacts/0/RUN/artifacts/100%25?", "", nil, 400, "Invalid path: behind '0/RUN/artifacts/100%'"},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/a%23b", "x", nil, 400, "Invalid path: it has a '#', which no address carries to the server by itself. Give the file a name without it"}, // the first two words there
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/a//b", "x", nil, 400, "Invalid path: it has empty, \".\" or \"..\" segments."},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/%2fetc%2fpasswd", "x", nil, 400, "Invalid path: it has empty, \".\" or \"..\" segments."},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/a%252f%252fb", "x", nil, 400, "Invalid path: it has empty, \".\" or \"..\" segments."},
	{"PUT", "-artifacts/artifacts/%2fetc%2fpasswd", "x", nil, 400, "Invalid path: it begins at the root of a machine. Give it from the folder of the artifacts on"},
	{"GET", "artifacts/list?run_id=RUN&path=a//b", "", nil, 200, ""},
	{"GET", "-artifacts/artifacts?path=0/RUN/artifacts/./a", "", nil, 200, ""}, // as the client sends "./a"
	{"POST", "-artifacts/mpu/create/0%2f%2fRUN", `{"path":"x","num_parts":1}`, nil, 400, "Invalid path: it has empty"},
	{"GET", "artifacts/list?run_id=RUN&path=/etc", "", nil, 400, "Invalid path: it begins at the root"},
	{"GET", "artifacts/list?run_id=RUN&path=a/", "", nil, 200, ""},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/why%3F.txt", "x", nil, 200, ""},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/per%25cent.txt", "x", nil, 200, ""},
	{"GET", "-artifacts/artifacts/0/RUN/artifacts/per%25cent.txt", "", nil, 200, ""},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/100%25", "x", nil, 200, ""},
	{"GET", "-artifacts/artifacts/0/RUN/artifacts/100%25", "", nil, 200, ""},
	{"GET", "-artifacts/artifacts/0/RUN/artifacts/..%252Fx", "", nil, 400, "Invalid path"},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/" + strings.Repeat("x", 300), "x", nil, 400, "Invalid path: a name in it has 300 bytes, at most 255 are taken."}, // 500
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/" + strings.Repeat("long/", 200) + "x", "x", nil, 400, "Invalid path: it has "},
	{"PUT", "-artifacts/artifacts/0/RUN/artifacts/100%25/below", "x", nil, 409, "Nothing can be stored at '0/RUN/artifacts/100%/below': it is a folder, or part of the path is a file."}, // 500
	{"PUT", "-artifacts/artifacts/0/RUN", "x", nil, 409, "Nothing can be stored at '0/RUN': it is a folder, or part of the path is a file."},                                             // 500
}

func TestAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		c := serve(t, db)
		run := c.startRun("0")
		c.must("POST", "/api/2.0/mlflow/registered-models/create", `{"name":"m"}`)
		for _, e := range recorded {
			at := "/api/2.0/mlflow/" + e.path
			if strings.HasPrefix(e.path, "-") {
				at = "/api/2.0/mlflow" + e.path
			}
			headers := e.headers
			if headers == nil {
				headers = []string{"Content-Type", "application/json"}
			}
			answer, text := c.send(e.method, strings.ReplaceAll(at, "RUN", run), strings.ReplaceAll(e.body, "RUN", run), headers...)
			var m struct {
				Code    string `json:"error_code"`
				Message string `json:"message"`
			}
			if answer.StatusCode >= 400 {
				if err := json.Unmarshal([]byte(text), &m); err != nil {
					t.Errorf("%s %s: %v in %q", e.method, e.path, err, text)
				}
			}
			code := map[int]string{200: "", 400: "INVALID_PARAMETER_VALUE", 404: "RESOURCE_DOES_NOT_EXIST", 409: "RESOURCE_CONFLICT"}[e.status]
			if answer.StatusCode != e.status || m.Code != code || !strings.HasPrefix(strings.ReplaceAll(m.Message, run, "RUN"), e.says) {
				t.Errorf("%s %s %s %v\n got %d %s\nwant %d %s: %s", e.method, e.path, e.body, e.headers, answer.StatusCode, text, e.status, code, e.says)
			}
		}
		for _, path := range []string{
			"-artifacts/artifacts/0/RUN/artifacts/100%25?x=1", "-artifacts/artifacts/0/RUN/artifacts/trail/", "/runs/get?run_id=RUN", "/runs/get", "/runs/get?run_id=none",
			"/metrics/get-history?run_id=RUN&metric_key=m&max_results=1.5", "/artifacts/list?run_id=RUN", "/registered-models/get?name=m",
		} {
			at := "/api/2.0/mlflow" + strings.ReplaceAll(path, "RUN", run)
			get, _ := c.send("GET", at, "")
			head, body := c.send("HEAD", at, "")
			if head.StatusCode != get.StatusCode || head.ContentLength != get.ContentLength || body != "" {
				t.Errorf("HEAD %s: %d with %d bytes and the body %q, GET: %d with %d bytes", path, head.StatusCode, head.ContentLength, body, get.StatusCode, get.ContentLength)
			}
		}
		list := c.must("GET", "/api/2.0/mlflow-artifacts/artifacts?path="+url.QueryEscape("0/"+run+"/artifacts"), "")
		if got, _ := json.Marshal(list); !strings.Contains(string(got), `"per%cent.txt"`) {
			t.Errorf("the file's name is not kept: %s", got)
		}
	})
}
