package browser

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// at is one page, and words that stand on it.
type at struct {
	name, path string
	says       []string
}

func full(run, other, entry string) []at {
	return []at{
		{"overview", "/", []string{"Overview", "Latest runs", "flight-delay", "Recent activity", "set alias of model"}},
		{"experiments", "/experiments", []string{"Next", "sweep-69", "experiments 1–50"}},
		{"experiments-found", "/experiments?filter=name+LIKE+%27flight%25%27", []string{"flight-delay", "64", "team flights"}},
		{"experiments-bad", "/experiments?filter=oops+%3D+", []string{"No experiments are shown"}},
		{"experiment", "/experiments/1", []string{"64 runs", "finished", "failed", "1–50 of 64 runs", "valid_auc", "valid_auc, curve", "learning_rate"}},
		{"experiment-filtered", "/experiments/1?filter=metrics.valid_auc+%3E+0.783&by=metrics.%60valid_auc%60&desc=1&col=m:valid_auc&col=p:max_depth", []string{"of 64", "valid_auc", "max_depth"}},
		{"experiment-bad", "/experiments/1?filter=metrics.auc+%3E%3E+0.74", []string{"The filter cannot be understood"}},
		{"experiment-none", "/experiments/1?filter=metrics.valid_auc+%3E+7", []string{"No run matches"}},
		{"run", "/runs/" + run, []string{"Params", "learning_rate", "flights.parquet", "valid_logloss", "Training data", "Logged model trees", "flight-delay version 4", "All artifacts", "confusion.csv"}},
		{"run-metrics", "/runs/" + run + "/metrics", []string{"logloss", "NaN at step 90–95", "Show as table", "calibration_error"}},
		{"run-artifacts", "/runs/" + run + "/artifacts", []string{"Logged model trees", "confusion.csv", "model", "Download"}},
		{"run-csv", "/runs/" + run + "/artifacts?path=confusion.csv", []string{"predicted", "141203"}},
		{"run-png", "/runs/" + run + "/artifacts?path=calibration.png", []string{"calibration.png", "Download"}},
		{"run-svg", "/runs/" + run + "/artifacts?path=evil.svg", []string{"evil.svg"}},
		{"run-json", "/runs/" + run + "/artifacts?path=shap_summary.json", []string{`"mean": 0.08`}},
		{"run-text", "/runs/" + run + "/artifacts?path=notes.txt", []string{"<b>not bold</b>"}},
		{"run-binary", "/runs/" + run + "/artifacts?path=model/model.xgb", []string{"This is no text"}},
		{"compare", "/compare?run=" + run + "&run=" + other, []string{"Compare 2 runs", "valid_logloss", "learning_rate", "are the same in all runs. Show all", "running"}},
		{"models", "/models", []string{"flight-delay", "@champion 3", hostile}},
		{"models-bad", "/models?filter=oops", []string{"No models are shown"}},
		{"model-hostile", "/models/" + url.PathEscape(hostile), []string{hostile, "Version 1"}},
		{"model", "/models/flight-delay", []string{"Version 4", "Staging", "@champion", "Where version 4 comes from"}},
		{"version", "/models/flight-delay/versions/3", []string{"Production", "@rollback", "Where it comes from", "Remove @rollback", "Point here", "Edit the description", `models:/flight-delay@champion`, "malicious", "posix.system", "ticket 4711"}},
		{"version-clean", "/models/flight-delay/versions/1", []string{"clean", "complete"}},
		{"version-signed", "/models/flight-delay/versions/4", []string{"clean", "verified", "by the key"}},
		{"why", "/models/flight-delay/versions/3/why?file=model.pkl", []string{"posix.system", "bytes around"}},
		{"security", "/security?all=1", []string{"flight-delay 3", "malicious", "posix.system", "ticket 4711", "1 critical", "unknown", "clean"}},
		{"security-rules", "/security/rules", []string{"custom-code", "critical"}},
		{"security-rule", "/security/rules/custom-code", []string{"The pickle carries code of its own", "What to do"}},
		{"activity", "/activity", []string{"tracking.run.created", "local user", "Next"}},
		{"activity-run", "/activity?subject=tacit%3Arun%2F" + run, []string{"tracking.run.created"}},
		{"activity-bad", "/activity?subject=run", []string{"A subject is a URN"}},
		{"activity-nowhere", "/activity?before=zz", []string{"before=zz, which is no position in the list"}},
		{"audit-nowhere", "/audit?before=-1", []string{"before=-1, which is no position in the list"}},
		{"audit", "/audit", []string{"Audit", "tracking.run.created", "local", "Next", "log verified", "entries signed", "Verify now", "entries 1–100"}},
		{"audit-found", "/audit?who=local&verb=registry.alias.&object=model%2Fflight-delay%2F3&outcome=done&from=2020-01-01&workspace=*", []string{"registry.alias.set", "Workspace", "Clear"}},
		{"audit-none", "/audit?outcome=refused", []string{"No entry matches"}},
		{"audit-bad", "/audit?object=run", []string{"An object is a URN", "No entries are shown"}},
		{"audit-entry", "/audit/entries/" + entry, []string{"proof holds", "Leaf", "What happened", "Signed root", "tacit audit prove"}},
		{"lineage", "/lineage?of=tacit%3Arun%2F" + run, []string{"used", "flights.parquet", "derived-from", "Came from", "Told at", "artifacts", "see the table"}},
		{"lineage-up", "/lineage?of=models%3A%2Fflight-delay%403&direction=up", []string{"There is no such thing"}},
		{"lineage-user", "/lineage?of=tacit%3Auser%2Flocal", []string{"caused-by", "runs", "see the table", "1–100 of 182 edges", "Next"}},
		{"lineage-user-next", "/lineage?of=tacit%3Auser%2Flocal&at=100", []string{"101–182 of 182 edges", "First"}},
		{"policies", "/policies", []string{"Policies", "viewer", "permits", "Contributors make and change experiments", "Explain"}},
		{"policies-bad", "/policies?who=ada&action=run.update&object=run", []string{"An object is a URN"}},
		{"account-local", "/account", []string{"Account"}},
		{"people-none", "/people", []string{"People", "None yet"}},
		{"search", "/search?q=sweep-0", []string{"sweep-01", "experiment"}},
		{"missing", "/runs/00000000000000000000000000000000", []string{"Not found", "Request"}},
		{"nowhere", "/nowhere", []string{"There is nothing at /nowhere."}},
	}
}

var empty = []at{
	{"empty-overview", "/", []string{"tacit demo", "Send the first run", "MLFLOW_TRACKING_URI"}},
	{"empty-data", "/data", []string{"No data sets yet", "tacit data remote add -d tacit", "tacit data push"}},
	{"empty-remotes", "/data/remotes", []string{"No remotes yet", "tacit data push"}},
	{"empty-experiments", "/experiments", []string{"Default", "No runs yet", "MLFLOW_TRACKING_URI"}},
	{"empty-models", "/models", []string{"No registered models yet", "register_model"}},
	{"empty-security", "/security", []string{"Nothing to look at", "tacit scan model.pkl"}},
	{"empty-security-all", "/security?all=1", []string{"No model versions yet"}},
	{"empty-activity", "/activity", []string{"Activity"}},
	{"empty-audit", "/audit", []string{"Nothing has happened yet", "not verified yet", "tacit audit list"}},
	{"empty-lineage", "/lineage", []string{"What came from what", "tacit lineage models:/churn@champion"}},
	{"empty-search", "/search", []string{"Search or go to"}},
	{"empty-compare", "/compare", []string{"Select two runs or more"}},
}

// looks are both themes, both widths, and the page without script.
func looks() []look {
	return []look{{1440, false, true}, {1440, true, true}, {390, true, true}, {390, false, false}}
}

func TestPagesWithData(t *testing.T) {
	h := open(t)
	run := h.fill(t)
	walk(t, h, full(run, h.runs[len(h.runs)-1], h.proven(t)), looks())
}

func TestPagesWithoutData(t *testing.T) {
	walk(t, open(t), empty, looks())
}

// TestListsOnPostgres: what orders, filters, counts and pages is written in SQL,
// so the pages with lists are looked at over the other engine too.
func TestListsOnPostgres(t *testing.T) {
	h := openOn(t, rowstest.Postgres(t, app.Schemas()), caller.DefaultWorkspace, nil)
	run := h.fill(t)
	lists := slices.DeleteFunc(full(run, h.runs[len(h.runs)-1], h.proven(t)), func(p at) bool {
		return strings.HasPrefix(p.name, "run-") || strings.HasSuffix(p.name, "-bad") || p.name == "missing" || p.name == "nowhere"
	})
	walk(t, h, lists, looks()[:1])
}

// walk looks at pages in some looks, each look in a tab of its own.
func walk(t *testing.T, h *house, pages []at, looks []look) {
	t.Helper()
	browser := chromium(t)
	rules := axe(t)
	t.Run("looks", func(t *testing.T) {
		for _, l := range looks {
			t.Run(l.String(), func(t *testing.T) {
				t.Parallel()
				tab := openTab(t, browser, l)
				for _, p := range pages {
					t.Run(p.name, func(t *testing.T) {
						judge(t, tab.visit(t, h.URL+p.path, p.name), p)
						if l.scripts {
							tab.audit(t, rules)
						}
					})
				}
			})
		}
	})
}

func judge(t *testing.T, s *seen, p at) {
	t.Helper()
	for _, c := range s.list() {
		t.Errorf("the browser complains: %s", c)
	}
	if s.Heads != 1 {
		t.Errorf("%d titles of the first level, want one", s.Heads)
	}
	if s.Styles == 0 {
		t.Error("the page has no style sheet")
	}
	if !strings.HasSuffix(s.Title, " · tacit") {
		t.Errorf("the window's title is %q", s.Title)
	}
	if s.Wide > 0 {
		t.Errorf("the page is %d pixels wider than the window: %s", s.Wide, s.Widest)
	}
	for _, cell := range s.Spilled {
		t.Errorf("a cell runs into the next: %s", cell)
	}
	if s.Styled > 0 {
		t.Errorf("%d elements have a style attribute", s.Styled)
	}
	for _, text := range s.Faint {
		t.Errorf("too little contrast: %s", text)
	}
	for _, control := range s.Nameless {
		t.Errorf("a control has no name: %s", control)
	}
	for _, want := range p.says {
		if !strings.Contains(strings.Join(strings.Fields(s.Text), " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestFilesAreHarmless: what somebody logged as an artifact must not act in the
// name of who looks at it.
func TestFilesAreHarmless(t *testing.T) {
	h := open(t)
	run := h.fill(t)
	for path, kind := range map[string]string{"evil.svg": "image/svg+xml", "notes.txt": "application/octet-stream"} {
		answer, err := http.Get(h.URL + "/runs/" + run + "/artifacts/file?path=" + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header.Get("Content-Type"); got != kind {
			t.Errorf("%s is served as %q", path, got)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if path == "notes.txt" && !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s is opened in the browser", path)
		}
	}
	for _, path := range []string{"../x", "a/../../x", "a\\b", ""} {
		answer, err := http.Get(h.URL + "/runs/" + run + "/artifacts/file?path=" + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("the path %q is answered with %d", path, answer.StatusCode)
		}
	}
}
