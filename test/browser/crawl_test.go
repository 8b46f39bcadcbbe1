package browser

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// reference finds every address that a page names, and whether it is that of a
// form which is posted.
var reference = regexp.MustCompile(`(method="post" )?\b(?:href|src|action)="([^"]*)"`)

// someRun is the id of a run in an address: the pages of all runs are of one kind.
var someRun = regexp.MustCompile(`[0-9a-f]{32}`)

// chosen is the first page of another workspace.
var chosen = regexp.MustCompile(`^/ml/w/[a-z0-9_-]+/$`)

// TestEveryLinkLeads follows every link of every page, from the first, behind a
// path prefix and in a workspace that the path names, on both engines. None may
// lead nowhere, and none out of either but by the choice of a workspace.
func TestEveryLinkLeads(t *testing.T) {
	rowstest.Each(t, app.Schemas(), followLinks)
}

func followLinks(t *testing.T, db *rows.DB) {
	public, err := url.Parse("https://ml.example.org/ml")
	if err != nil {
		t.Fatal(err)
	}
	h := openOn(t, db, "team", public)
	h.fill(t)
	api := apiPaths(t)
	const variants = 70 // of one kind of path: orders, filters and axes multiply
	paths := map[string]int{}
	queue, seen := []string{"/ml/w/team/"}, map[string]bool{"/ml/w/team/": true}
	kinds := map[string]int{}
	for ; len(queue) > 0; queue = queue[1:] {
		page := queue[0]
		status, kind, text := fetch(t, h, page)
		if status != http.StatusOK {
			t.Errorf("%s answers %d", page, status)
			continue
		}
		kinds[kind]++
		if kind != "text/html; charset=utf-8" {
			continue
		}
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			to := html.UnescapeString(m[2])
			if strings.HasPrefix(to, "#") {
				continue
			}
			if chosen.MatchString(to) {
				continue // from the head's choice, to another workspace
			}
			if !strings.HasPrefix(to, "/ml/w/team/") && !strings.HasPrefix(to, "/ml/static/") {
				t.Errorf("%s leads out of the prefix or the workspace: %s", page, to)
				continue
			}
			to, _, _ = strings.Cut(to, "#")
			path, _, _ := strings.Cut(to, "?")
			if below, ok := strings.CutPrefix(path, "/ml/w/team/api/v1"); ok {
				if !api.MatchString(below) {
					t.Errorf("%s leads to %s, which the API does not have", page, to)
				}
				continue // this house has the pages alone
			}
			path = someRun.ReplaceAllString(path, "*")
			if m[1] == "" && !seen[to] && paths[path] < variants {
				seen[to] = true
				paths[path]++
				queue = append(queue, to)
			}
		}
	}
	for _, kind := range []string{"text/html; charset=utf-8", "text/css; charset=utf-8", "text/csv; charset=utf-8", "image/svg+xml", "image/png", "application/octet-stream"} {
		if kinds[kind] == 0 {
			t.Errorf("nothing of the kind %s was reached: %v", kind, kinds)
		}
	}
}

// apiPaths matches the paths that tacit's own API answers with GET.
func apiPaths(t *testing.T) *regexp.Regexp {
	t.Helper()
	text, err := os.ReadFile("../../docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var all []string
	for path, methods := range document.Paths {
		if _, ok := methods["get"]; ok {
			all = append(all, regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`))
		}
	}
	return regexp.MustCompile("^(" + strings.Join(all, "|") + ")$")
}

func fetch(t *testing.T, h *house, path string) (status int, kind, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(h.ctx, http.MethodGet, h.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Content-Type"), string(body)
}

// TestPrefixIsTold: the command of an empty page names the address that people
// use, prefix and workspace included.
func TestPrefixIsTold(t *testing.T) {
	public, err := url.Parse("https://ml.example.org/ml")
	if err != nil {
		t.Fatal(err)
	}
	_, _, text := fetch(t, openAt(t, "team", public), "/ml/w/team/")
	if want := "MLFLOW_TRACKING_URI=https://ml.example.org/ml/w/team\n"; !strings.Contains(text, want) {
		t.Errorf("the page does not say %q", want)
	}
}
