package app

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"testing"
)

// countShown finds the number beside an item of the navigation.
var countShown = regexp.MustCompile(`(Experiments|Models)\s*<span class="tail num">(\d+)</span>`)

// The navigation counts what the lists would show: to each reader their own, and
// nothing of a list that is closed to them.
func TestTheNavigationCountsWhatIsListed(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	people := map[string]string{"vera": g.user("vera", "viewer"), "gina": g.user("gina", ""), "mona": g.user("mona", "")}
	open, err := g.Handler("http://127.0.0.1:5000")
	if err != nil {
		t.Fatal(err)
	}
	w := g.ask(open, "GET", "/", "")
	if found := countShown.FindAllStringSubmatch(w.Body.String(), -1); len(found) != 1 || found[0][2] != "1" {
		t.Errorf("where there is the experiment Default alone: %q", found)
	}
	g.ruled(`forbid (principal == User::"vera", action, resource in Experiment::"2");
forbid (principal == User::"vera", action, resource in Model::"kept");
forbid (principal == User::"vera", action, resource is Model) when { resource.hasTag("secret") };`)
	for _, name := range []string{"one", "two", "three", "gone"} {
		g.made("experiments/create", `{"name":"`+name+`"}`)
	}
	g.made("experiments/delete", `{"experiment_id":"4"}`)
	for _, name := range []string{"open", "kept", "said"} {
		g.made("registered-models/create", `{"name":"`+name+`"}`)
	}
	g.made("registered-models/create", `{"name":"tagged","tags":[{"key":"secret","value":"1"}]}`)
	g.made("registered-models/create", `{"name":"prompt","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"}]}`)
	g.made("experiments/permissions/create", `{"experiment_id":"3","username":"gina","permission":"READ"}`)
	g.made("registered-models/permissions/create", `{"name":"open","username":"mona","permission":"READ"}`)
	for name, want := range map[string]map[string]int{
		"vera": {"Experiments": 3, "Models": 2}, "gina": {"Experiments": 1}, "mona": {"Models": 1},
	} {
		b := g.browser()
		b.get("/sign-in")
		b.signIn(name, "/")
		b.wants(b.get("/account"), http.StatusOK, "</html>")
		told := map[string]int{}
		for _, m := range countShown.FindAllStringSubmatch(b.page, -1) {
			told[m[1]], _ = strconv.Atoi(m[2])
		}
		listed := map[string]int{}
		for noun, list := range map[string]string{"Experiments": "experiments/search?max_results=100", "Models": "registered-models/search?max_results=100"} {
			var page map[string]json.RawMessage
			var all []json.RawMessage
			w := g.ask(g.door, "GET", "/api/2.0/mlflow/"+list, "", "Authorization", people[name])
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"experiments", "registered_models"} {
				if page[key] != nil {
					if err := json.Unmarshal(page[key], &all); err != nil {
						t.Fatal(err)
					}
				}
			}
			if len(all) > 0 {
				listed[noun] = len(all)
			}
		}
		for _, noun := range []string{"Experiments", "Models"} {
			if told[noun] != want[noun] || listed[noun] != want[noun] {
				t.Errorf("%s is told of %d %s, and listed %d, want %d", name, told[noun], noun, listed[noun], want[noun])
			}
		}
	}
}
