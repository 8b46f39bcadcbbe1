package app

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// hiding hides a model, and runs with a tag, from everybody but the folder's owner,
// beside a model that it does not hide, and gives a hidden run's id.
func (g guarded) hiding() (run string) {
	g.t.Helper()
	g.ruled(`@id("no-model") forbid (principal, action, resource in Model::"hid-model");
@id("no-runs") forbid (principal, action, resource is Run) when { resource.hasTag("secret") };`)
	for _, name := range []string{"hid-model", "open-model"} {
		g.made("registered-models/create", `{"name":"`+name+`"}`)
	}
	return g.made("runs/create", `{"experiment_id":"0","tags":[{"key":"secret","value":"1"}]}`, "run", "info", "run_id")
}

// An event is read one by one under the condition that it is listed under.
func TestAHiddenEventIsAsOneThatIsNotThere(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	vera := g.user("vera", "viewer")
	run := g.hiding()
	g.made("experiments/create", `{"name":"open"}`)
	listed := func(door http.Handler, header ...string) map[string]string {
		var page struct {
			Items []struct{ ID, Subject string }
		}
		w := g.ask(door, "GET", "/api/v1/events?limit=1000", "", header...)
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Items) == 0 {
			t.Fatal(w.Code, w.Body)
		}
		all := map[string]string{}
		for _, e := range page.Items {
			all[e.ID] = e.Subject
		}
		return all
	}
	const absent = "00000000-0000-4000-8000-000000000000"
	all, hers := listed(g.socket), listed(g.door, "Authorization", vera)
	all[absent] = ""
	hidden, shown := map[string]bool{}, 0
	for id, subject := range all {
		w := g.ask(g.door, "GET", "/api/v1/events/"+id, "", "Authorization", vera)
		if _, ok := hers[id]; ok {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), subject) {
				t.Errorf("listed %s of %s: %d %s", id, subject, w.Code, w.Body)
			}
			if strings.HasPrefix(subject, "tacit:experiment/") {
				shown++
			}
			continue
		}
		hidden[subject] = true
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "There is no event") || subject != "" && strings.Contains(w.Body.String(), subject) {
			t.Errorf("hidden %s of %s: %d %s", id, subject, w.Code, w.Body)
		}
	}
	for _, subject := range []string{"tacit:model/hid-model", "tacit:run/" + run, ""} {
		if !hidden[subject] {
			t.Errorf("no event of %q was hidden", subject)
		}
	}
	if shown == 0 {
		t.Error("the event of an experiment that may be read was not given")
	}
}

// The search goes straight to what the caller may read, and says of what is
// hidden what it says of what is not there.
func TestTheSearchLeadsOnlyToWhatMayBeRead(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("vera", "viewer")
	run := g.hiding()
	b := g.browser()
	b.get("/sign-in")
	b.signIn("vera", "/")
	search := func(q string) string { return "/search?q=" + url.QueryEscape(q) }
	b.wants(b.get(search("open-model")), http.StatusSeeOther, "/models/open-model")
	b.wants(b.get(search("tacit:model/open-model")), http.StatusSeeOther, "/models/open-model")
	b.wants(b.get(search("0")), http.StatusSeeOther, "/experiments/0")
	for _, c := range []struct{ begins, hidden, absent, ends string }{
		{"", "hid-model", "not-model", ""}, {"tacit:model/", "hid-model", "not-model", ""}, {"tacit:model/", "hid-model", "not-model", "/1"},
		{"", run, strings.Repeat("f", 32), ""}, {"tacit:run/", run, strings.Repeat("f", 32), ""},
	} {
		hidden := c.begins + c.hidden + c.ends
		got, want := b.get(search(hidden)), b.get(search(c.begins+c.absent+c.ends))
		said, wanted := strings.ReplaceAll(got.Body.String(), c.hidden, "Q"), strings.ReplaceAll(want.Body.String(), c.absent, "Q")
		if got.Code != http.StatusOK || want.Code != got.Code || got.Header().Get("Location") != "" || said != wanted {
			t.Errorf("%s: %d %q, and of what is not there %d %q", hidden, got.Code, got.Header().Get("Location"), want.Code, want.Header().Get("Location"))
		}
	}
}

// Who has nothing but a grant opens what it lets read, its tabs and the
// overview: a list beside it that shows nothing does not close the page.
func TestAGrantAloneOpensPages(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("gina", "")
	g.user("mona", "")
	run := g.made("runs/create", `{"experiment_id":"0"}`, "run", "info", "run_id")
	g.made("registered-models/create", `{"name":"churn"}`)
	g.made("model-versions/create", `{"name":"churn","source":"s3://b/m","run_id":"`+run+`"}`)
	g.made("experiments/permissions/create", `{"experiment_id":"0","username":"gina","permission":"READ"}`)
	g.made("registered-models/permissions/create", `{"name":"churn","username":"mona","permission":"READ"}`)
	run = "/runs/" + run
	for name, c := range map[string]struct{ opens, closed []string }{
		"gina": {[]string{"/", run, run + "/metrics", run + "/artifacts", "/experiments", "/experiments/0", "/search?q=x"}, []string{"/models", "/models/churn"}},
		"mona": {[]string{"/", "/models", "/models/churn", "/models/churn/versions/1", "/search?q=x"}, []string{"/experiments", run}},
	} {
		b := g.browser()
		b.get("/sign-in")
		b.signIn(name, "/")
		for _, path := range c.opens {
			b.wants(b.get(path), http.StatusOK, "</html>")
		}
		if b.get(run); name == "gina" && strings.Contains(b.page, "churn") {
			t.Error("the page of a run names a version that may not be read")
		}
		for _, path := range c.closed {
			b.wants(b.get(path), http.StatusForbidden, "may not")
		}
	}
}

// The pages of a run, and those that stand above it, tell neither the name of its
// experiment nor that of a model it logged to who may not read those.
func TestPagesOfARunTellOfNothingHidden(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	mona := g.user("mona", "maintainer")
	id := g.made("experiments/create", `{"name":"hid-title"}`, "experiment_id")
	run := g.made("runs/create", `{"experiment_id":"`+id+`","run_name":"open-run"}`, "run", "info", "run_id")
	other := g.made("runs/create", `{"experiment_id":"`+id+`","run_name":"other"}`, "run", "info", "run_id")
	model := g.made("logged-models", `{"experiment_id":"`+id+`","name":"hid-logged","source_run_id":"`+run+`"}`, "model", "info", "model_id")
	g.made("runs/outputs", `{"run_id":"`+run+`","models":[{"model_id":"`+model+`","step":1}]}`)
	g.made("registered-models/create", `{"name":"m"}`)
	g.made("model-versions/create", `{"name":"m","run_id":"`+run+`","source":"runs:/`+run+`/m"}`)
	tells := map[string][]string{ // the pages, by what they tell
		"hid-title":  {"/", "/runs/" + run, "/runs/" + run + "/metrics", "/compare?run=" + run + "&run=" + other, "/models/m/versions/1"},
		"hid-logged": {"/runs/" + run, "/runs/" + run + "/artifacts"},
	}
	wants := func(word string, told bool) {
		t.Helper()
		for _, path := range tells[word] {
			w := g.ask(g.door, "GET", path, "", "Authorization", mona)
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "open-run") || strings.Contains(w.Body.String(), word) != told {
				t.Errorf("%s: %d, tells of %s: %v", path, w.Code, word, !told)
			}
		}
	}
	wants("hid-title", true)
	wants("hid-logged", true)
	g.ruled(`@id("l") forbid (principal, action, resource is LoggedModel);`)
	wants("hid-logged", false)
	g.ruled(`@id("e") forbid (principal, action, resource is Experiment);`)
	wants("hid-title", false)
}

// A name that a policy forbids is neither made nor given, and a grant on what is
// not there is refused: what somebody makes later begins without it.
func TestNamesOfNewModelsAreDecidedOn(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	mona, root := g.user("mona", "maintainer"), g.user("root", "admin")
	g.ruled(`@id("x") forbid (principal, action == Action::"model.create", resource is Model) when { resource.name like "prod-*" };`)
	g.made("registered-models/create", `{"name":"mine"}`)
	const asJSON = "application/json"
	for asked, status := range map[string]int{
		`POST /api/2.0/mlflow/registered-models/create {"name":"prod-a"}`:                   http.StatusForbidden,
		`POST /api/v1/models {"name":"prod-b"}`:                                             http.StatusForbidden,
		`POST /api/2.0/mlflow/registered-models/rename {"name":"mine","new_name":"prod-c"}`: http.StatusForbidden,
		`POST /api/v1/models/mine/rename {"name":"prod-d"}`:                                 http.StatusForbidden,
		`POST /api/2.0/mlflow/registered-models/create {"name":"other"}`:                    http.StatusOK,
		`POST /api/v1/models {"name":"another"}`:                                            http.StatusCreated,
	} {
		method, rest, _ := strings.Cut(asked, " ")
		path, body, _ := strings.Cut(rest, " ")
		if w := g.ask(g.door, method, path, body, "Authorization", mona, "Content-Type", asJSON); w.Code != status {
			t.Errorf("%s: %d %s", asked, w.Code, w.Body)
		}
	}
	for path, body := range map[string]string{
		"/api/2.0/mlflow/registered-models/permissions/create": `{"name":"later","username":"mona","permission":"NO_PERMISSIONS"}`,
		"/api/2.0/mlflow/experiments/permissions/create":       `{"experiment_id":"77","username":"mona","permission":"READ"}`,
	} {
		if w := g.ask(g.door, "POST", path, body, "Authorization", root, "Content-Type", asJSON); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "RESOURCE_DOES_NOT_EXIST") {
			t.Errorf("a grant on what is not there: %d %s", w.Code, w.Body)
		}
	}
	g.made("registered-models/create", `{"name":"later"}`)
	if w := g.ask(g.door, "GET", "/api/v1/models/later", "", "Authorization", mona); w.Code != http.StatusOK {
		t.Errorf("what was made later: %d %s", w.Code, w.Body)
	}
}
