package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// makes are the actions by which something is made below a thing that the request
// names: runs, logged models, versions and files.
var makes = regexp.MustCompile(`\.(create|write)$`)

// put puts something as the folder's owner.
func (h *house) put(path, body string) {
	h.t.Helper()
	if w := h.ask(h.socket, "PUT", "/api/v1/"+path, body, "Content-Type", "application/json"); w.Code >= 300 {
		h.t.Fatal(path, w.Code, w.Body)
	}
}

// scoped is the Authorization header of a token of mona's that lets some words
// through.
func (h *house) scoped(scope string) string {
	h.t.Helper()
	w := h.ask(h.socket, "POST", "/api/v1/users/mona/tokens", `{"name":"narrow","scope":"`+scope+`"}`, "Content-Type", "application/json")
	var made struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated {
		h.t.Fatal(w.Code, w.Body)
	}
	return "Bearer " + made.Token
}

// Who asks to make something below what is hidden from them is answered as for
// what nobody has, on every route that makes and whatever hides it: policies, by
// tags and by names, grants, the lack of any, and beside a token's scope.
func TestMakingBelowWhatIsHidden(t *testing.T) {
	t.Parallel()
	all := strings.Join([]string{"experiment.create", "run.create", "logged-model.create", "version.create", "model.create", "artifact.write"}, " ")
	ways := map[string]func(h *house){
		"a policy, with a scope that makes alone": func(h *house) { h.mona = h.scoped(all) },
		"a policy by names": func(h *house) {
			h.ruled(`@id("e") forbid (principal == User::"mona", action, resource) when { resource has experiment && resource.experiment.name like "hidmark-*" };
@id("m") forbid (principal == User::"mona", action, resource) when { resource has model && resource.model.name like "hidmark-*" };`)
		},
		"a policy on reading and making": func(h *house) {
			h.ruled(`@id("x") forbid (principal == User::"mona", action in [Action::"experiment.read", Action::"run.read", Action::"run.create", Action::"logged-model.read", Action::"logged-model.create",
Action::"model.read", Action::"version.create", Action::"artifact.write", Action::"artifact.read"], ` + forbids[h.kind] + `;`)
		},
		"grants on other things alone": func(h *house) {
			h.write("tacit.yaml", "access: {}\n")
			if err := h.Reload(); err != nil {
				h.t.Fatal(err)
			}
			h.put("users/mona/role", `{"role":""}`)
			h.put("grants/experiment/"+h.open["experiment"]+"/user/mona", `{"level":"MANAGE"}`)
			h.put("grants/model/"+h.open["model"]+"/user/mona", `{"level":"MANAGE"}`)
		},
	}
	for _, kind := range []string{"experiment", "model"} {
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			t.Run(kind+" by "+way, func(t *testing.T) {
				t.Parallel()
				h := conceal(t, kind, false)
				ways[way](h)
				walked := 0
				h.each(func(_ string, r route.Route) {
					if r.Method == "GET" || !makes.MatchString(r.Action) {
						return
					}
					for _, asked := range tellings[r.Method+" "+strings.Replace(r.Pattern, "/ajax-api/", "/api/", 1)].asked {
						var words []string
						for _, word := range hidden[kind] {
							if strings.Contains(asked, "{"+word+"}") {
								words = append(words, word)
							}
						}
						if len(words) > 0 {
							walked++
							h.walkNamed(r.Method+" "+r.Pattern, r, strings.TrimPrefix(asked, "!"), words, true)
						}
					}
				})
				if walked < 4 {
					t.Errorf("%d requests make something below a thing: the test does not see them", walked)
				}
			})
		}
	}
}
