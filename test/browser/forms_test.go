package browser

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
)

// TestFormsChange posts the forms of a version's page as a browser without
// script does.
func TestFormsChange(t *testing.T) {
	h := open(t)
	h.fill(t)
	const page = "/models/flight-delay/versions/2"
	post := func(path, origin string, form url.Values) int {
		t.Helper()
		r, err := http.NewRequestWithContext(h.ctx, http.MethodPost, h.URL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	for _, step := range []struct {
		path string
		form url.Values
		want int
	}{
		{page + "/stage", url.Values{"stage": {"Production"}, "archive": {"1"}}, 303},
		{page + "/stage", url.Values{"stage": {"Retired"}}, 400},
		{page + "/alias", url.Values{"alias": {"@champion"}}, 303},
		{page + "/alias", url.Values{"alias": {"latest"}}, 400},
		{page + "/alias/remove", url.Values{"alias": {"challenger"}}, 303},
		{page + "/description", url.Values{"description": {"Second.\r\nBetter."}}, 303},
		{"/models/flight-delay/description", url.Values{"description": {"Late or not"}}, 303},
		{"/models/flight-delay/versions/9/stage", url.Values{"stage": {"Staging"}}, 404},
		{page + "/description", url.Values{"description": {strings.Repeat("x", 70_000)}}, 400},
	} {
		if got := post(step.path, h.URL, step.form); got != step.want {
			t.Errorf("POST %s answers %d, want %d", step.path, got, step.want)
		}
	}
	if got := post(page+"/stage", "https://evil.example.org", url.Values{"stage": {"Archived"}}); got != http.StatusForbidden {
		t.Errorf("a page of another site is answered %d", got)
	}
	v := must[registry.Version](t)(h.registry.Version(h.ctx, "flight-delay", 2))
	if v.Stage != registry.Production || !slices.Equal(v.Aliases, []string{"champion"}) || v.Description != "Second.\nBetter." {
		t.Errorf("the version is %+v", v)
	}
	if old := must[registry.Version](t)(h.registry.Version(h.ctx, "flight-delay", 3)); old.Stage != registry.Archived {
		t.Errorf("the version before is still at %s", old.Stage)
	}
	if m := must[registry.Model](t)(h.registry.Model(h.ctx, "flight-delay")); m.Description != "Late or not" || len(m.Aliases) != 2 {
		t.Errorf("the model is %+v", m)
	}
}
