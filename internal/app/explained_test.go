package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Of what whoever asks may not read, the same is explained as of what is not there;
// and of what is not there, to whoever may read all of its kind, that it is not.
func TestAnExplanationTellsOfNothingHidden(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	root := g.user("root", "admin")
	run, open := g.made("runs/create", `{"experiment_id":"0","tags":[{"key":"secret","value":"1"}]}`, "run", "info", "run_id"), g.made("runs/create", `{"experiment_id":"0"}`, "run", "info", "run_id")
	explain := func(object string) (int, string) {
		w := g.ask(g.door, "GET", "/api/v1/access/explain?principal=root&action=run.update&object="+url.QueryEscape("tacit:run/"+object), "", "Authorization", root)
		return w.Code, strings.ReplaceAll(w.Body.String(), object, "R")
	}
	absent := strings.Repeat("f", 32)
	if status, text := explain(absent); status != http.StatusOK || !strings.Contains(text, `"there":false`) {
		t.Error(status, text)
	}
	if status, text := explain(run); status != http.StatusOK || !strings.Contains(text, `"there":true`) {
		t.Error(status, text)
	}
	g.ruled(`@id("s") forbid (principal, action, resource is Run) when { resource.hasTag("secret") };`)
	status, text := explain(run)
	if none, of := explain(absent); status != http.StatusForbidden || none != status || hexadecimal.ReplaceAllString(text, "H") != hexadecimal.ReplaceAllString(of, "H") {
		t.Errorf("%d %s, and of none %d %s", status, text, none, of)
	}
	if status, text := explain(open); status != http.StatusOK || !strings.Contains(text, `"allowed":true`) {
		t.Error(status, text)
	}
	// A name that is to be given is explained by the name.
	w := g.ask(g.door, "GET", "/api/v1/access/explain?principal=root&action=experiment.create&object=tacit:experiment/new/x", "", "Authorization", root)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"allowed":true`) {
		t.Error(w.Code, w.Body)
	}
}

// What is not there is told as that of every kind: people, groups, workspaces, data and
// jobs; and of another workspace, to who has no part in it, as of one that there is not.
func TestAnExplanationTellsWhatIsNotThere(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	root := g.user("root", "admin")
	made := func(path, body string) string {
		w := g.ask(g.socket, "POST", path, body, "Content-Type", "application/json")
		if w.Code != http.StatusCreated {
			t.Fatal(path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	group := said(made("/api/v1/groups", `{"name":"planners"}`), `"id": ?"?(\d+)`)
	g.placed("e") // in the workspace team
	made("/api/v1/lineage", `{"eventTime":"2026-01-02T03:04:05Z","producer":"https://p","schemaURL":"s","job":{"namespace":"n","name":"clean"},"inputs":[{"namespace":"s3","name":"flights"}]}`)
	there := map[string]bool{
		"workspace.read tacit:workspace/default": true, "workspace.read tacit:workspace/nowhere": false, "workspace.read tacit:workspace/team": false,
		"user.update tacit:user/root": true, "user.update tacit:user/zzz": false, "service.update tacit:service/none": false,
		"group.update tacit:group/" + group: true, "group.update tacit:group/none": false, "group.update tacit:group/99": false,
		"lineage.read tacit:dataset/s3/flights": true, "lineage.read tacit:dataset/s3/none": false, "lineage.read tacit:job/n/clean": true, "lineage.read tacit:job/n/none": false,
		"workspace.read ": true,
	}
	ask := func(query string) string {
		action, object, _ := strings.Cut(query, " ")
		w := g.ask(g.door, "GET", "/api/v1/access/explain?principal=root&action="+action+"&object="+url.QueryEscape(object), "", "Authorization", root)
		if w.Code != http.StatusOK {
			t.Error(query, w.Code, w.Body)
		}
		return w.Body.String()
	}
	for query, want := range there {
		if text := ask(query); strings.Contains(text, `"there":true`) != want {
			t.Error(query, text)
		}
	}
	g.inTeam("root", "viewer")
	if text := ask("workspace.read tacit:workspace/team"); !strings.Contains(text, `"there":true`) {
		t.Error(text)
	}
}
