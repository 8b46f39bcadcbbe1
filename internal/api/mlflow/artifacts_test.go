package mlflow

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

const proxy = "/api/2.0/mlflow-artifacts/artifacts"

// send sends a request with headers and gives the answer, read.
func (c *client) send(method, address, body string, headers ...string) (*http.Response, string) {
	c.t.Helper()
	if !strings.HasPrefix(address, "http") {
		address = c.base + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer, string(b)
}

// put stores an artifact through the proxy.
func (c *client) put(path, text string) {
	c.t.Helper()
	if answer, body := c.send("PUT", proxy+"/"+path, text); answer.StatusCode != http.StatusOK || body != "{}" {
		c.t.Fatalf("PUT %s: %d %s", path, answer.StatusCode, body)
	}
}

// files are the files of a listing's answer as "path size", folders with a
// slash behind them.
func files(m map[string]any) []string {
	all := []string{}
	list, _ := m["files"].([]any)
	for _, f := range list {
		f := f.(map[string]any)
		line := f["path"].(string)
		if f["is_dir"] == true {
			line += "/"
		}
		if n, ok := f["file_size"].(json.Number); ok {
			line += " " + n.String()
		}
		all = append(all, line)
	}
	return all
}

func TestArtifacts(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		c := serve(t, db)
		run := c.startRun("0")
		root := "0/" + run + "/artifacts"
		c.put(root+"/model/MLmodel", "flavors: {}")
		c.put(root+"/a%20b.txt", "hello")
		c.put(root+"/empty", "")

		list := c.must("GET", "/api/2.0/mlflow/artifacts/list?run_id="+run, "")
		if list["root_uri"] != "mlflow-artifacts:/"+root {
			t.Errorf("root_uri is %v", list["root_uri"])
		}
		if diff := cmp.Diff([]string{"a b.txt 5", "empty", "model/"}, files(list)); diff != "" {
			t.Error(diff)
		}
		list = c.must("GET", "/ajax-api/2.0/mlflow/artifacts/list?run_uuid="+run+"&path=model", "")
		if diff := cmp.Diff([]string{"model/MLmodel 11"}, files(list)); diff != "" {
			t.Error(diff)
		}
		list = c.must("GET", proxy+"?path="+root+"/model", "")
		if diff := cmp.Diff([]string{"MLmodel 11"}, files(list)); diff != "" {
			t.Error(diff)
		}
		list = c.must("GET", proxy+"?path="+root+"/model/MLmodel", "")
		if diff := cmp.Diff([]string{}, files(list)); diff != "" {
			t.Error(diff)
		}

		c.must("POST", "/api/2.0/mlflow/registered-models/create", `{"name":"plain"}`)
		c.must("POST", "/api/2.0/mlflow/model-versions/create", `{"name":"plain","source":"runs:/`+run+`/model","run_id":"`+run+`"}`)
		if answer, body := c.send("GET", "/model-versions/get-artifact?name=plain&version=1&path=MLmodel", ""); body != "flavors: {}" {
			t.Errorf("the file of a version of runs:/: %d %q", answer.StatusCode, body)
		}

		answer, body := c.send("GET", "/get-artifact?run_id="+run+"&path=model/MLmodel", "")
		if body != "flavors: {}" || answer.Header.Get("Content-Type") != "text/plain; charset=utf-8" || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%q %v", body, answer.Header)
		}
		answer, body = c.send("GET", proxy+"/"+root+"/a%20b.txt", "")
		if body != "hello" || answer.Header.Get("Content-Disposition") != `attachment; filename="a b.txt"` {
			t.Errorf("%q %v", body, answer.Header)
		}
		if answer, body := c.send("DELETE", proxy+"/"+root+"/model", "{}", "Content-Type", "application/json"); answer.StatusCode != 200 || body != "{}" {
			t.Errorf("DELETE: %d %s", answer.StatusCode, body)
		}
		if status, body := c.ask("GET", proxy+"/"+root+"/model/MLmodel", ""); status != 404 || !strings.Contains(body, "RESOURCE_DOES_NOT_EXIST") {
			t.Errorf("after the delete: %d %s", status, body)
		}
	})
}

func TestArtifactRanges(t *testing.T) {
	t.Parallel()
	unsatisfied := func(asked string) string {
		return `{"error_code":"INVALID_PARAMETER_VALUE","message":"The file has 10 bytes: nothing of it lies in the range ` + asked + `.","sqlstate":"KAM00","error_class":"INVALID_PARAMETER_VALUE"}`
	}
	c := serve(t, rowstest.SQLite(t, schemas()))
	c.put("0/x.bin", "0123456789")
	whole, _ := c.send("GET", proxy+"/0/x.bin", "")
	etag := whole.Header.Get("ETag")
	for _, test := range []struct {
		headers []string
		status  int
		body    string
		ranged  string
	}{
		{nil, 200, "0123456789", ""},
		{[]string{"Range", "bytes=2-4"}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range", "bytes=7-"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=-3"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=8-4000"}, 206, "89", "bytes 8-9/10"},
		{[]string{"Range", "bytes=10-"}, 416, unsatisfied("bytes=10-"), "bytes */10"},
		{[]string{"Range", "bytes=2-4", "If-Range", etag}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range", "bytes=2-4", "If-Range", `"other"`}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=10-", "If-Range", `"other"`}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=2-4", "If-Range", "W/" + etag}, 200, "0123456789", ""},
		{[]string{"If-None-Match", etag}, 304, "", ""},
		{[]string{"If-None-Match", etag, "Range", "bytes=10-"}, 304, "", ""},
		{[]string{"Range", "bytes=-0"}, 416, unsatisfied("bytes=-0"), "bytes */10"},
		{[]string{"Range", "bytes=99999999999999999999-"}, 416, unsatisfied("bytes=99999999999999999999-"), "bytes */10"},
		{[]string{"Range", "bytes=20-30, 40-"}, 416, unsatisfied("bytes=20-30, 40-"), "bytes */10"},
		{[]string{"Range", "bytes=-99999999999999999999"}, 206, "0123456789", "bytes 0-9/10"},
		{[]string{"Range", "BYTES= 2-4"}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range", "bytes=20-30, ,2-4"}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range", "lines=1-2"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=4-2"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=a-b"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=2"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=-"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes="}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=2-4,x"}, 200, "0123456789", ""},
		{[]string{"Range", "2-4"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=" + strings.Repeat("1-1,", 17)}, 200, "0123456789", ""},
	} {
		answer, body := c.send("GET", proxy+"/0/x.bin", "", test.headers...)
		if answer.StatusCode != test.status || body != test.body || answer.Header.Get("Content-Range") != test.ranged {
			t.Errorf("%v: %d %q %q", test.headers, answer.StatusCode, body, answer.Header.Get("Content-Range"))
		}
	}
	c.put("0/empty.bin", "")
	if answer, body := c.send("GET", proxy+"/0/empty.bin", "", "Range", "bytes=0-"); answer.StatusCode != 200 || body != "" {
		t.Errorf("a part of nothing: %d %q", answer.StatusCode, body)
	}
	answer, body := c.send("GET", proxy+"/0/x.bin", "", "Range", "bytes=0-1,-1")
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != 206 || !strings.HasPrefix(kind, "multipart/byteranges; boundary=") ||
		!strings.Contains(body, "Content-Range: bytes 0-1/10") || !strings.Contains(body, "Content-Range: bytes 9-9/10") {
		t.Errorf("two parts: %d %s %q", answer.StatusCode, kind, body)
	}
	if answer, body := c.send("HEAD", proxy+"/0/x.bin", ""); answer.ContentLength != 10 || body != "" {
		t.Errorf("HEAD: %d %q", answer.ContentLength, body)
	}
}

func TestArtifactsRefuse(t *testing.T) {
	t.Parallel()
	c := serve(t, rowstest.SQLite(t, schemas()))
	run := c.startRun("0")
	c.put("0/"+run+"/artifacts/a/b", "x")
	elsewhere := c.must("POST", "/api/2.0/mlflow/experiments/create", `{"name":"bucket","artifact_location":"s3://bucket/x"}`)["experiment_id"].(string)
	far := c.startRun(elsewhere)
	big := strings.Repeat("x", MaxPageUpload+1)
	for _, test := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"PUT", proxy + "/0/%2e%2e/x", "x", 400, "Invalid path"},
		{"PUT", proxy + "/0/%252e%252e/x", "x", 400, "Invalid path"},
		{"PUT", proxy + "/0/../../x", "x", 400, "Invalid path"},
		{"PUT", proxy + "/a%5cb", "x", 400, "Invalid path"},
		{"PUT", proxy + "/a%00b", "x", 400, "Invalid path"},
		{"PUT", proxy + "/%2fetc/passwd", "x", 400, "Invalid path"},
		{"GET", proxy + "?path=../..", "", 400, "Invalid path"},
		{"GET", "/get-artifact?run_id=" + run + "&path=../../1", "", 400, "Invalid path"},
		{"GET", "/get-artifact?run_id=" + run + "&path=a", "", 400, "refers to a directory"},
		{"GET", "/get-artifact?run_id=" + run + "&path=none", "", 404, "No such artifact"},
		{"GET", "/get-artifact?run_id=" + run, "", 400, "must specify path"},
		{"GET", "/get-artifact?path=a", "", 400, "must specify run_id"},
		{"GET", "/get-artifact?run_id=none&path=a", "", 404, "Run with id=none not found"},
		{"GET", "/api/2.0/mlflow/artifacts/list", "", 400, "Missing value for required parameter 'run_id'"},
		{"GET", "/api/2.0/mlflow/artifacts/list?run_id=" + run + "&path=%2e%2e", "", 400, "Invalid path"},
		{"GET", "/api/2.0/mlflow/artifacts/list?run_id=" + far, "", 400, "s3://bucket/x"},
		{"GET", "/api/2.0/mlflow-artifacts/presigned/0/x", "", 404, "ENDPOINT_NOT_FOUND"},
		{"POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=" + run + "&path=p", "", 400, "must specify data"},
		{"POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=" + run + "&path=p", big, 400, "Max size is 10MB"},
		{"POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=" + run + "&path=p", "note", 200, "{}"},
		{"GET", "/get-artifact?run_uuid=" + run + "&path=p", "", 200, "note"},
		{"POST", "/api/2.0/mlflow-artifacts/mpu/create/0", `{"path":"x","num_parts":0}`, 400, "1 to 10000 parts"},
		{"POST", "/api/2.0/mlflow-artifacts/mpu/create/0", `{"path":"src%5C..","num_parts":1}`, 400, "Invalid path"},
		{"POST", "/api/2.0/mlflow-artifacts/mpu/complete/0", `{"path":"x","upload_id":"none","parts":[{"part_number":1,"etag":"y"}]}`, 404, "no upload"},
		{"PUT", "/api/2.0/mlflow-artifacts/mpu/part/0/x?upload=u&part=1&until=9999999999&signature=AAAA", "x", 403, "not given out"},
	} {
		status, body := c.ask(test.method, test.path, test.body)
		if status != test.status || !strings.Contains(body, test.says) {
			t.Errorf("%s %s: %d %.200s; want %d %s", test.method, test.path, status, body, test.status, test.says)
		}
	}
}

func TestUploadInParts(t *testing.T) {
	t.Parallel()
	c := serve(t, rowstest.SQLite(t, schemas()))
	made := c.must("POST", "/w/team/api/2.0/mlflow-artifacts/mpu/create/1/r/artifacts/big", `{"path":"C:\\tmp\\w.bin","num_parts":2}`)
	upload := made["upload_id"].(string)
	var parts []string
	for i, text := range []string{"first", "second"} {
		given := made["credentials"].([]any)[i].(map[string]any)
		answer, body := c.send("PUT", given["url"].(string), text)
		if answer.StatusCode != 200 {
			t.Fatalf("%s: %d %s", given["url"], answer.StatusCode, body)
		}
		part, err := json.Marshal(map[string]any{"part_number": given["part_number"], "etag": answer.Header.Get("ETag"), "url": given["url"]})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(part))
		elsewhere := strings.Replace(given["url"].(string), "/w/team/", "/w/other/", 1)
		if answer, _ := c.send("PUT", elsewhere, text); answer.StatusCode != 403 {
			t.Errorf("the address holds in another workspace: %d", answer.StatusCode)
		}
	}
	for range 2 { // a client that missed the answer asks again
		c.must("POST", "/w/team/api/2.0/mlflow-artifacts/mpu/complete/1/r/artifacts/big",
			`{"path":"w.bin","upload_id":"`+upload+`","parts":[`+strings.Join(parts, ",")+`]}`)
	}
	if _, body := c.send("GET", "/w/team"+proxy+"/1/r/artifacts/big/w.bin", ""); body != "firstsecond" {
		t.Errorf("the file is %q", body)
	}
	if status, _ := c.ask("GET", proxy+"/1/r/artifacts/big/w.bin", ""); status != 404 {
		t.Errorf("the file is in the default workspace: %d", status)
	}
	c.must("POST", "/w/team/api/2.0/mlflow-artifacts/mpu/abort/1/r", `{"path":"w.bin","upload_id":"none"}`)
}
