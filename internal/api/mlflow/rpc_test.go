package mlflow

import (
	"net/url"
	"reflect"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// FuzzUnmarshal reads bodies and queries as messages: whatever comes is a
// message or a refusal.
func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{
		`{"experiment_id":"0","start_time":1.5,"tags":[{"key":"a","value":"b"}]}`, `"{\"run_name\":\"x\"}"`, `{"tags":7}`, `[[[[`, `{"max_results":"12","order_by":["a"]}`,
		`experiment_ids=1&experiment_ids=2&max_results=x`, `{"start_time":1e400}`, "\x00", `null`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range []any{&createRunRequest{}, &searchRunsRequest{}, &createExperimentRequest{}} {
			if err := unmarshal([]byte(text), m); err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%q as %T: %v is not a refusal", text, m, err)
			}
			query, err := url.ParseQuery(text)
			if err != nil {
				continue
			}
			if err := unmarshal(queryJSON(query, reflect.TypeOf(m).Elem()), m); err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("query %q as %T: %v is not a refusal", text, m, err)
			}
		}
	})
}
