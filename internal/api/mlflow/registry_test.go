package mlflow

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// exchange is a request and what MLflow 3.18.0 with SQLite answered to it,
// recorded in the order of the requests; times are zero.
type exchange struct {
	method, path, body string
	status             int
	answer             string
}

const (
	atModels   = "/api/2.0/mlflow/registered-models/"
	atVersions = "/api/2.0/mlflow/model-versions/"
	createA    = `{"name":"a","source":"s3://bucket/m"}`
)

func refused(code, message string) string {
	b, err := json.Marshal(map[string]string{"error_code": code, "message": message})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func invalidParameter(message string) string { return refused("INVALID_PARAMETER_VALUE", message) }

func absent(message string) string { return refused("RESOURCE_DOES_NOT_EXIST", message) }

// aVersion is the answer about a version of a.
func aVersion(number int, stage string) string {
	return fmt.Sprintf(`{"name":"a","version":"%d","creation_timestamp":0,"last_updated_timestamp":0,"current_stage":"%s","description":"","source":"s3://bucket/m","run_id":"","status":"READY","run_link":""}`, number, stage)
}

func registryExchanges() []exchange {
	return []exchange{
		{"POST", atModels + "create", `{"name":"a"}`, 200, `{"registered_model":{"name":"a","creation_timestamp":0,"last_updated_timestamp":0}}`},
		{"POST", atModels + "create", `{"name":"a"}`, 400, refused("RESOURCE_ALREADY_EXISTS", "Registered Model (name=a) already exists.")},
		{"POST", atModels + "create", `{}`, 400, invalidParameter("Missing value for required parameter 'name'. See the API docs for more information about request parameters.")},
		{"POST", atModels + "create", `{"name":"  "}`, 400, invalidParameter("Missing value for required parameter 'name'.")},
		{"POST", atModels + "create", `{"name":5}`, 400, invalidParameter("Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.")},
		{"POST", atModels + "create", `{"name":"x/y"}`, 400, invalidParameter("Invalid model name 'x/y'. Names cannot contain '/' or ':'.")},
		{"GET", atModels + "get?name=nope", "", 404, absent("Registered Model with name=nope not found")},
		{"POST", atVersions + "create", createA, 200, `{"model_version":` + aVersion(1, "None") + `}`},
		{"POST", atVersions + "create", createA, 200, `{"model_version":` + aVersion(2, "None") + `}`},
		{"POST", atVersions + "create", `{"name":"nope","source":"s3://bucket/m"}`, 404, absent("Registered Model with name=nope not found")},
		{"POST", atVersions + "create", `{"name":"a"}`, 400, invalidParameter("Missing value for required parameter 'source'. See the API docs for more information about request parameters.")},
		{"POST", atVersions + "create", `{"name":"a","source":"models:/m-nope"}`, 400, invalidParameter("Invalid model version source: 'models:/m-nope'. The model_id request parameter must identify the resource that contains the source.")},
		{"POST", atVersions + "create", `{"name":"a","source":"mlflow-artifacts:/0/x"}`, 400, invalidParameter("Invalid model version source: 'mlflow-artifacts:/0/x'. The run_id request parameter must identify the resource that contains the source.")},
		{"POST", atVersions + "create", `{"name":"a","source":"/etc"}`, 400, invalidParameter("Invalid model version source: '/etc'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.")},
		{"GET", atVersions + "get?name=a&version=1", "", 200, `{"model_version":` + aVersion(1, "None") + `}`},
		{"GET", atVersions + "get?name=a&version=x", "", 400, invalidParameter("Parameter 'version' must be an integer, got 'x'.")},
		{"GET", atVersions + "get?name=a&version=99", "", 404, absent("Model Version (name=a, version=99) not found")},
		{"PATCH", atVersions + "update", `{"name":"a","version":1,"description":"n"}`, 400, invalidParameter("Invalid value 1 for parameter 'version' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.")},
		{"POST", atVersions + "transition-stage", `{"name":"a","version":"1","stage":"staging"}`, 200, `{"model_version":` + aVersion(1, "Staging") + `}`},
		{"POST", atVersions + "transition-stage", `{"name":"a","version":"2","stage":"Staging","archive_existing_versions":true}`, 200, `{"model_version":` + aVersion(2, "Staging") + `}`},
		{"POST", atVersions + "transition-stage", `{"name":"a","version":"2","stage":"live"}`, 400, invalidParameter("Invalid Model Version stage: live. Value must be one of None, Staging, Production, Archived.")},
		{"POST", atModels + "get-latest-versions", `{"name":"a"}`, 200, `{"model_versions":[` + aVersion(1, "Archived") + `,` + aVersion(2, "Staging") + `]}`},
		{"GET", atModels + "get-latest-versions?name=a&stages=Production&stages=staging", "", 200, `{"model_versions":[` + aVersion(2, "Staging") + `]}`},
		{"POST", atModels + "alias", `{"name":"a","alias":"champion","version":"2"}`, 200, `{}`},
		{"POST", atModels + "alias", `{"name":"a","alias":"LATEST","version":"2"}`, 400, invalidParameter("'latest' alias name (case insensitive) is reserved.")},
		{"POST", atModels + "alias", `{"name":"a","alias":"champion","version":"9"}`, 404, absent("Model Version (name=a, version=9) not found")},
		{"GET", atModels + "alias?name=a&alias=nope", "", 400, invalidParameter("Registered model alias nope not found.")},
		{"GET", atModels + "alias?name=a&alias=champion", "", 200, `{"model_version":` + strings.TrimSuffix(aVersion(2, "Staging"), "}") + `,"aliases":["champion"]}}`},
		{"DELETE", atModels + "alias", `{"name":"a","alias":"absent"}`, 200, `{}`},
		{"POST", atModels + "set-tag", `{"name":"a","key":"team","value":"risk"}`, 200, `{}`},
		{"POST", atModels + "set-tag", `{"name":"a","key":"a!","value":"x"}`, 400, invalidParameter(`Invalid value "a!" for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`)},
		{"DELETE", atModels + "delete-tag", `{"name":"a","key":"absent"}`, 200, `{}`},
		{"DELETE", atModels + "delete-tag", `{"name":"nope","key":"team"}`, 404, absent("Registered Model with name=nope not found")},
		{"GET", atVersions + "get-download-uri?name=a&version=1", "", 200, `{"artifact_uri":"s3://bucket/m"}`},
		{"DELETE", atVersions + "delete", `{"name":"a","version":"1"}`, 200, `{}`},
		{"DELETE", atVersions + "delete", `{"name":"a","version":"1"}`, 404, absent("Model Version (name=a, version=1) not found")},
		{"GET", atVersions + "search?filter=name%3D%27a%27&max_results=10", "", 200, `{"model_versions":[` + strings.TrimSuffix(aVersion(2, "Staging"), "}") + `,"aliases":["champion"]}]}`},
		{"POST", atModels + "rename", `{"name":"a","new_name":"b"}`, 200, `{"registered_model":{"name":"b","creation_timestamp":0,"last_updated_timestamp":0,"latest_versions":[` +
			strings.Replace(strings.TrimSuffix(aVersion(2, "Staging"), "}"), `"a"`, `"b"`, 1) + `,"aliases":["champion"]}],"tags":[{"key":"team","value":"risk"}],"aliases":[{"alias":"champion","version":"2"}]}}`},
		{"GET", atModels + "search", "", 200, `{"registered_models":[{"name":"b","creation_timestamp":0,"last_updated_timestamp":0,"latest_versions":[` +
			strings.Replace(strings.TrimSuffix(aVersion(2, "Staging"), "}"), `"a"`, `"b"`, 1) + `,"aliases":["champion"]}],"tags":[{"key":"team","value":"risk"}],"aliases":[{"alias":"champion","version":"2"}]}]}`},
		{"DELETE", atModels + "delete", `{"name":"b"}`, 200, `{}`},
		{"DELETE", atModels + "delete", `{"name":"b"}`, 404, absent("Registered Model with name=b not found")},
	}
}

// TestRegistryAnswersAsMLflow holds tacit to MLflow's answers, but for what it
// does better: the aliases of versions are in every answer.
func TestRegistryAnswersAsMLflow(t *testing.T) {
	t.Parallel()
	times := regexp.MustCompile(`("(?:creation|last_updated)_timestamp":)\d+`)
	extra := regexp.MustCompile(`,"(sqlstate|error_class)":"[^"]*"`)
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		c := serve(t, db)
		for _, e := range registryExchanges() {
			status, answer := c.ask(e.method, e.path, e.body)
			answer = extra.ReplaceAllString(times.ReplaceAllString(answer, "${1}0"), "")
			if status != e.status || answer != e.answer {
				t.Errorf("%s %s %s\n got %d %s\nwant %d %s", e.method, e.path, e.body, status, answer, e.status, e.answer)
			}
		}
	})
}
