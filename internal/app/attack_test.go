package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// marker stands in everything that the workspace team keeps.
const marker = "marker-of-team"

// theirs makes an experiment, a run, a model, a version and an event in the
// workspace team, and gives their names by kind.
func (g guarded) theirs() map[string]string {
	g.t.Helper()
	for i := range 40 { // so that the id is one that nobody else comes to
		g.made("/w/team/api/2.0/mlflow/experiments/create", fmt.Sprintf(`{"name":"e%d"}`, i))
	}
	experiment := g.made("/w/team/api/2.0/mlflow/experiments/create", `{"name":"`+marker+`"}`, "experiment_id")
	run := g.made("/w/team/api/2.0/mlflow/runs/create", `{"experiment_id":"`+experiment+`","tags":[{"key":"k","value":"`+marker+`"}]}`, "run", "info", "run_id")
	g.made("/w/team/api/2.0/mlflow/registered-models/create", `{"name":"`+marker+`","description":"`+marker+`"}`)
	g.made("/w/team/api/2.0/mlflow/model-versions/create", `{"name":"`+marker+`","run_id":"`+run+`","source":"runs:/`+run+`/model","description":"`+marker+`"}`)
	var events struct{ Items []struct{ ID string } }
	w := g.ask(g.socket, "GET", "/w/team/api/v1/events", "")
	if err := json.Unmarshal(w.Body.Bytes(), &events); err != nil || len(events.Items) == 0 {
		g.t.Fatal(w.Code, w.Body)
	}
	return map[string]string{"experiment": experiment, "run": run, "model": marker, "event": events.Items[0].ID, "artifact": experiment + "/" + run + "/artifacts/model"}
}

var (
	signedText  = regexp.MustCompile(`[A-Za-z0-9_-]{60,}`)
	hexadecimal = regexp.MustCompile(`[0-9a-f]{8,}(-[0-9a-f]+)*`)
	digits      = regexp.MustCompile(`[0-9][0-9,.]*`)
	ago         = regexp.MustCompile(`just now|N\p{Z}m?s ago`)
	folders     = regexp.MustCompile(regexp.QuoteMeta(os.TempDir()) + `/[^" <]*`)
)

// ofAll are routes that tell of the installation, and another thing each time:
// the machine's state, and the size and order of the one audit log.
var ofAll = regexp.MustCompile(`^(/metrics|/api/v1/server.*|/api/v1/audit/(checkpoint|log))$`)

// told is what an answer tells, without what every answer tells anew: times, ids
// and places, and the order of what was made at the same time.
func told(w *httptest.ResponseRecorder) string {
	text := folders.ReplaceAllString(w.Body.String(), "F")
	text = hexadecimal.ReplaceAllString(signedText.ReplaceAllString(text, "T"), "H")
	text = ago.ReplaceAllString(digits.ReplaceAllString(text, "N"), "then")
	pieces := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("<>{}[]\n", r) })
	slices.Sort(pieces)
	return strings.Join(pieces, "\n")
}

// asking asks a route for a name, wherever a name may stand in the request.
func (g guarded) asking(r route.Route, name, authorization string) *httptest.ResponseRecorder {
	path := pathOf(r, url.PathEscape(name))
	if strings.Contains(name, "/") {
		path = pathOf(r, name)
	}
	q := url.Values{}
	body := map[string]any{}
	for _, field := range []string{"run_id", "run_uuid", "experiment_id", "name", "model_id", "source_run_id", "experiment_name", "path", "key", "metric_key", "run", "of"} {
		q.Set(field, name)
		body[field] = name
	}
	body["experiment_ids"], body["run_ids"], body["version"], body["alias"], body["stage"], body["value"] = []string{name}, []string{name}, "1", "a", "Staging", "1"
	text, err := json.Marshal(body)
	if err != nil {
		g.t.Fatal(err)
	}
	if strings.HasPrefix(r.Pattern, "/api/v1/") {
		text, q = []byte("{}"), url.Values{} // it takes nothing that it does not know
	}
	return g.ask(g.door, r.Method, path+"?"+q.Encode(), string(text), "Authorization", authorization, "Content-Type", "application/json")
}

// What another workspace keeps answers as what nobody keeps: by status, by
// message and by every word of a page or list. Of two houses one has it, the
// other does not; who asks both for it may do all in a workspace of their own,
// on every route of every face.
func TestAnotherWorkspaceCannotBeProbed(t *testing.T) {
	t.Parallel()
	full, bare := openTwins(t)
	inFull, inBare := full.user("mallory", "admin"), bare.user("mallory", "admin")
	names := full.theirs()
	for _, kind := range slices.Sorted(maps.Keys(names)) {
		full.each(func(_ string, r route.Route) {
			if r.Public || ofAll.MatchString(r.Pattern) {
				return
			}
			there, none := full.asking(r, names[kind], inFull), bare.asking(r, names[kind], inBare)
			if there.Code != none.Code || told(there) != told(none) {
				t.Errorf("%s %s tells the %s of another workspace from none: %d and %d\n%s", r.Method, r.Pattern, kind, there.Code, none.Code, cmp.Diff(told(none), told(there)))
			}
		})
	}
}

// What another workspace keeps, and whether there is one, costs the same as what
// nobody keeps: both take the same statements equally often, so that no clock
// tells them apart.
func TestAnotherWorkspaceTakesTheSameStatements(t *testing.T) {
	t.Parallel()
	full, bare := openTwins(t)
	inFull, inBare := full.user("mallory", "admin"), bare.user("mallory", "admin")
	names := full.theirs()
	names["workspace"] = "team"
	for _, g := range []guarded{full, bare} { // what follows the stream has come to its end, as it does beside requests
		for _, path := range []string{"/lineage?of=tacit:run/x", "/audit"} {
			g.ask(g.socket, "GET", path, "")
		}
	}
	routes, statements := 0, 0
	compare := func(what string, ask func(g guarded, authorization string)) {
		t.Helper()
		there, none := full.statements(func() { ask(full, inFull) }), bare.statements(func() { ask(bare, inBare) })
		routes, statements = routes+1, statements+len(there)
		if diff := cmp.Diff(none, there); diff != "" {
			t.Errorf("%s takes other statements than where there is none:\n%s", what, diff)
		}
	}
	full.each(func(_ string, r route.Route) {
		if r.Public || ofAll.MatchString(r.Pattern) {
			return
		}
		path := pathOf(r, "1")
		compare(r.Method+" /w/team"+path, func(g guarded, authorization string) {
			g.ask(g.door, r.Method, "/w/team"+path, "{}", "Authorization", authorization, "Content-Type", "application/json")
		})
		compare(r.Method+" "+path+" by header", func(g guarded, authorization string) {
			g.ask(g.door, r.Method, path, "{}", "Authorization", authorization, "Content-Type", "application/json", "X-MLFLOW-WORKSPACE", "team")
		})
		for _, kind := range slices.Sorted(maps.Keys(names)) {
			compare(r.Method+" "+r.Pattern+" of a "+kind, func(g guarded, authorization string) { g.asking(r, names[kind], authorization) })
		}
	})
	if routes < 100 || statements < routes {
		t.Errorf("%d requests took %d statements: the test does not see them", routes, statements)
	}
}

// statements are the texts of those that a request takes, each as often as it
// is run.
func (g guarded) statements(ask func()) (texts []string) {
	var mu sync.Mutex
	g.Rows.Watch(func(text string) {
		mu.Lock()
		defer mu.Unlock()
		texts = append(texts, text)
	})
	defer g.Rows.Watch(nil)
	ask()
	slices.Sort(texts)
	return texts
}

// Without credentials nobody learns whether there is what they ask for.
func TestWithoutCredentialsNothingIsTold(t *testing.T) {
	t.Parallel()
	full, bare := openTwins(t)
	full.user("ada", "admin")
	run := full.theirs()["run"]
	full.each(func(_ string, r route.Route) {
		if r.Public {
			return
		}
		there, none := full.ask(full.door, r.Method, "/w/team"+pathOf(r, run), "{}"), bare.ask(bare.door, r.Method, "/w/team"+pathOf(r, run), "{}")
		if there.Code != none.Code || there.Code < 300 || there.Code == http.StatusNotFound || told(there) != told(none) {
			t.Errorf("%s %s: %d and %d:\n%s", r.Method, r.Pattern, there.Code, none.Code, cmp.Diff(told(none), told(there)))
		}
	})
}

// A workspace is named once and in one form; whatever else is tried, nothing of
// another one comes back.
func TestTheWorkspaceCannotBeSmuggled(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	ada := g.user("ada", "admin")
	g.theirs()
	const search = "/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + marker
	for name, c := range map[string]struct {
		path   string
		header []string
		status []int
	}{
		"path":                        {"/w/team" + search, nil, []int{403}},
		"path, encoded":               {"/w/te%61m" + search, nil, []int{403}},
		"path, a slash encoded":       {"/w/team%2f" + search[1:], nil, []int{400, 403, 404}},
		"path, twice":                 {"/w/default/w/team" + search, nil, []int{404}},
		"path, up again":              {"/w/default/../team" + search, nil, []int{400, 404}},
		"path, up again encoded":      {"/w/default/%2e%2e/team" + search, nil, []int{400, 404}},
		"path, in capitals":           {"/w/TEAM" + search, nil, []int{400}},
		"path, with a blank":          {"/w/team%20" + search, nil, []int{400}},
		"header":                      {search, []string{"X-MLFLOW-WORKSPACE", "team"}, []int{403}},
		"header in small letters":     {search, []string{"x-mlflow-workspace", "team"}, []int{403}},
		"header and path":             {"/w/default" + search, []string{"X-MLFLOW-WORKSPACE", "team"}, []int{400}},
		"header twice":                {search, []string{"X-MLFLOW-WORKSPACE", "default", "X-MLFLOW-WORKSPACE", "team"}, []int{400}},
		"header with a list":          {search, []string{"X-MLFLOW-WORKSPACE", "default, team"}, []int{400}},
		"header with a blank":         {search, []string{"X-MLFLOW-WORKSPACE", "team "}, []int{400, 403}},
		"header with a path":          {search, []string{"X-MLFLOW-WORKSPACE", "../team"}, []int{400}},
		"header with underscores":     {search, []string{"X_MLFLOW_WORKSPACE", "team"}, []int{404}},
		"query":                       {search + "&workspace=team", nil, []int{404}},
		"another's address forwarded": {search, []string{"X-Original-URL", "/w/team" + search, "X-Rewrite-URL", "/w/team" + search, "X-Forwarded-Prefix", "/w/team"}, []int{404}},
	} {
		w := g.ask(g.door, "GET", c.path, "", append(c.header, "Authorization", ada)...)
		if !slices.Contains(c.status, w.Code) || strings.Contains(w.Body.String(), `"experiment_id"`) {
			t.Errorf("%s: %d %.200s", name, w.Code, w.Body)
		}
	}
}

// Tokens are looked up and never read: what only looks like one proves nobody,
// on every face.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	token := strings.TrimPrefix(g.user("grace", "admin"), "Bearer ") // a name that no hexadecimal id holds
	paths := []string{"/api/v1/me", "/api/2.0/mlflow/experiments/get?experiment_id=0", "/experiments", "/metrics"}
	const none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJncmFjZSIsInJvbGUiOiJhZG1pbiJ9." // {"alg":"none"} {"sub":"grace","role":"admin"}
	flipped := []byte(token)
	flipped[len(flipped)-1] ^= 1
	for name, forged := range map[string]string{
		"alg none": none, "alg none with a signature": none + "x", "another prefix": strings.Replace(token, "tacit_pat_", "tacit_at_", 1),
		"a refresh token's prefix": strings.Replace(token, "tacit_pat_", "tacit_rt_", 1), "no prefix": strings.TrimPrefix(token, "tacit_pat_"),
		"one bit": string(flipped), "cut": token[:len(token)-1], "longer": token + "A", "in capitals": strings.ToUpper(token), "the prefix alone": "tacit_pat_",
		"a wildcard": "tacit_pat_%", "NUL": token + "\x00", "SQL": "tacit_pat_' OR ''='",
	} {
		for _, path := range paths {
			w := g.ask(g.door, "GET", path, "", "Authorization", "Bearer "+forged)
			if w.Code != http.StatusUnauthorized && w.Code != http.StatusSeeOther {
				t.Errorf("%s at %s: %d %.200s", name, path, w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "grace") {
				t.Errorf("%s at %s tells of whom: %.200s", name, path, w.Body)
			}
		}
	}
	for _, path := range paths {
		if w := g.ask(g.door, "GET", path, "", "Authorization", "Bearer "+token); w.Code != http.StatusOK {
			t.Errorf("the token itself at %s: %d", path, w.Code)
		}
	}
}

// Names that lead elsewhere lead nowhere, on every route that takes one.
func TestNamesThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	root := g.user("root", "admin")
	for _, name := range []string{"..", "%2e%2e", "..%2f..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "..%5c..%5cwindows", "%00", "a%00b", "%c0%ae%c0%ae%2f", "file:%2f%2f%2fetc%2fpasswd", "%252e%252e%252f", strings.Repeat("a", 10_000), "%ff%fe"} {
		g.each(func(_ string, r route.Route) {
			if !strings.Contains(r.Pattern, "{") || strings.HasSuffix(r.Pattern, "{$}") {
				return
			}
			w := g.ask(g.door, r.Method, pathOf(r, name), "{}", "Authorization", root, "Content-Type", "application/json")
			if w.Code >= 500 && w.Code != http.StatusNotImplemented || strings.Contains(w.Body.String(), "root:") {
				t.Errorf("%s %s with %.40s: %d %.300s", r.Method, r.Pattern, name, w.Code, w.Body)
			}
		})
	}
}
