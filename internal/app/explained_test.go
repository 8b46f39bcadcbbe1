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
