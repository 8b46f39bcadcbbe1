package scan_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// A version is judged when it is made, and its verdict is where clients see it; a
// file that comes later is judged with the others.
func TestVersionsAreJudged(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"1/models/m-1/artifacts", "s3://elsewhere/model", ""}
		r.files["1/models/m-1/artifacts/model.pkl"] = list
		for _, n := range []string{"1", "2", "3", "4"} { // one lies elsewhere, one has no files, one is gone
			r.tell(t, "registry.version.created", version(n))
		}
		if n := r.work(t); n != 1 || r.models.tags[1] != "" {
			t.Errorf("%d jobs, tag %q", n, r.models.tags[1])
		}
		v, err := r.OfVersion(r.ctx, "churn", 1)
		if err != nil || v.Waiting || v.Judgement.Verdict != "clean" || v.Judgement.Files != 1 || len(v.Report.Artifacts) != 1 {
			t.Errorf("%+v, %v", v, err)
		}
		r.files["1/models/m-1/artifacts/code/more.pkl"] = command
		if v, err := r.OfVersion(r.ctx, "churn", 1); err != nil || !v.Waiting {
			t.Errorf("files that changed have a verdict: %+v, %v", v.Judgement, err)
		}
		r.tell(t, "artifact.file.stored", urn.New("artifact", "1", "models", "m-1", "artifacts", "code", "more.pkl"))
		if n := r.work(t); n != 1 || !strings.HasPrefix(r.models.tags[1], "malicious: code/more.pkl: posix.system") {
			t.Errorf("%d jobs, tag %q", n, r.models.tags[1])
		}
		told, err := r.events.List(r.ctx, event.Query{Workspace: caller.DefaultWorkspace, Limit: 10})
		if err != nil || len(told) != 3 || told[0].Verb != "scan.artifact.judged" || told[0].Before == "" || told[2].Verb != "scan.version.placed" || len(told[2].Links) != 1 {
			t.Errorf("%+v, %v", told, err)
		}
		r.tell(t, "artifact.file.stored", urn.New("artifact", "9", "plot.png")) // of nobody's
		if n := r.work(t); n != 0 {
			t.Errorf("%d jobs for a file without a verdict above it", n)
		}
	})
}

// A folder of MLflow is judged as a whole here as well as by the command, and a folder
// that the rules cannot be held against does not pass.
func TestFoldersOfMLflow(t *testing.T) {
	flavor := func(text string) string { return "flavors:\n  python_function:\n    " + text + "\n" }
	folders := map[string]map[string]string{
		"malicious":  {"MLmodel": flavor("loader_module: os"), "a.pkl": list},
		"suspicious": {"MLmodel": flavor("loader_module: mlflow.sklearn"), "requirements.txt": "git+https://127.0.0.1/x.git\n"},
		"unknown":    {"MLmodel": "flavors: {", "a.pkl": list},
		"clean":      {"MLmodel": flavor("{loader_module: mlflow.sklearn, model_path: a.pkl}"), "a.pkl": list, "data/b.txt": "b"},
	}
	scanner, err := scan.NewScanner(scan.ScannerConfig{Engine: "tacit test", Now: time.Now, Budget: inspect.DefaultBudget()})
	if err != nil {
		t.Fatal(err)
	}
	eachRoom(t, func(t *testing.T, r room) {
		for want, files := range folders {
			root := "1/run/artifacts/" + want
			r.models.roots = append(r.models.roots, root)
			number, onDisk := int64(len(r.models.roots)), fstest.MapFS{}
			for name, text := range files {
				r.files[root+"/"+name], onDisk[name] = text, &fstest.MapFile{Data: []byte(text)}
			}
			alone, err := scanner.Tree(r.ctx, root, onDisk)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Admit(r.ctx, "churn", number, scan.Target{Alias: "champion"})
			if passes := want == "clean" || want == "suspicious"; passes && err != nil || !passes && !fault.Is(err, fault.Conflict) {
				t.Errorf("%s is admitted or refused: %v", want, err)
			}
			v, err := r.OfVersion(r.ctx, "churn", number)
			if err != nil || v.Judgement.Verdict != want {
				t.Errorf("%s: %+v, %v", want, v.Judgement, err)
			} else if !reflect.DeepEqual(v.Report.Artifacts, alone.Artifacts) {
				t.Errorf("%s: %+v, and by the command %+v", want, v.Report.Artifacts, alone.Artifacts)
			}
		}
	})
}

// A version may lie on one file: that is judged, and nothing beside it.
func TestAVersionOfOneFile(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"1/run/artifacts/bad/model.pkl", "1/run/artifacts/good/model.pkl"}
		r.files["1/run/artifacts/bad/model.pkl"] = command
		r.files["1/run/artifacts/good/model.pkl"] = list
		r.files["1/run/artifacts/good/other.pkl"] = command
		for _, n := range []string{"1", "2"} {
			r.tell(t, "registry.version.created", version(n))
		}
		r.work(t)
		for number, want := range map[int64]string{1: "malicious", 2: "clean"} {
			v, err := r.OfVersion(r.ctx, "churn", number)
			if err != nil || v.Waiting || v.Judgement.Verdict != want || v.Judgement.Files != 1 {
				t.Errorf("%d: %+v, %v", number, v.Judgement, err)
			}
		}
		if _, err := r.Admit(r.ctx, "churn", 1, scan.Target{Alias: "champion"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a malicious file of its own is admitted: %v", err)
		}
		if text, err := r.Why(r.ctx, "churn", 1, "model.pkl"); err != nil || !strings.Contains(text, "system") {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// The gate waits for a verdict, and decides by the policy and the files as they are.
func TestGate(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a", "b", "c", "s3://elsewhere/model", ""}
		r.files["a/model.pkl"], r.files["b/model.pkl"], r.files["c/model.pkl"] = list, command, "\x80\x04\x95"
		champion, production := scan.Target{Alias: "champion"}, scan.Target{Stage: "Production"}
		admits := func(number int64, to scan.Target, want string) {
			t.Helper()
			_, err := r.Admit(r.ctx, "churn", number, to)
			if want == "" && err != nil || want != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), want)) {
				t.Errorf("version %d to the %s: %v, want %q", number, to, err, want)
			}
		}
		admits(1, champion, "")
		admits(1, production, "")
		admits(2, champion, "malicious")
		admits(2, production, "posix.system")
		admits(2, scan.Target{Stage: "Staging"}, "")
		admits(3, champion, "not read completely")
		admits(4, champion, "")
		admits(5, champion, "")
		told, err := r.events.List(r.ctx, event.Query{Workspace: caller.DefaultWorkspace, Verb: "scan.gate.refused", Limit: 10})
		if err != nil || len(told) != 3 || told[0].Outcome != event.Refused {
			t.Errorf("%+v, %v", told, err)
		}

		r.files["a/model.pkl"] = command // nobody told yet
		admits(1, champion, "malicious")

		r.files["a/model.pkl"] = "ccloudpickle.cloudpickle\n_make_function\n(I1\ntR."
		admits(1, champion, "")
		r.settings.Policy.Code = scan.Deny
		admits(1, champion, "suspicious")

		r.settings.Policy.Unscanned, r.settings.Policy.Inconclusive = scan.Deny, scan.Warn
		admits(3, champion, "")
		admits(4, champion, "s3://elsewhere/model")
	})
}

// Code that a folder brings is code of the model, and the finding that decides is the
// reason, which need not be the gravest.
func TestCodeOfTheModel(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"brings", "shadows", "both"}
		r.files["brings/MLmodel"] = "flavors: {python_function: {loader_module: mlflow.sklearn, code: code}}"
		r.files["brings/code/mine.py"] = "x = 1\n"
		r.files["shadows/MLmodel"] = "flavors: {python_function: {loader_module: mlflow.sklearn, code: code}}"
		r.files["shadows/code/numpy.py"] = "x = 1\n"
		r.files["both/model.pkl"] = "\x80\x02ccloudpickle.cloudpickle\n_make_skeleton_class\n(I1\ntR)\x81}X\x01\x00\x00\x00aI1\nsb."
		r.files["both/requirements.txt"], r.files["both/MLmodel"] = "git+https://127.0.0.1/x.git\n", "flavors: {python_function: {loader_module: mlflow.pyfunc.model}}"
		p := &r.settings.Policy
		for _, c := range []struct {
			code, suspicious scan.Decision
			number           int64
			want             string
		}{
			{scan.Deny, scan.Warn, 1, "puts the folder \"code\" before all libraries"},
			{scan.Warn, scan.Deny, 1, ""},
			{scan.Deny, scan.Allow, 2, "numpy"},
			{scan.Allow, scan.Deny, 2, "numpy"},
			{scan.Allow, scan.Deny, 3, "a package comes from an address"},
			{scan.Deny, scan.Allow, 3, "_make_skeleton_class"},
			{scan.Allow, scan.Allow, 3, ""},
		} {
			p.Code, p.Suspicious = c.code, c.suspicious
			_, err := r.Admit(r.ctx, "churn", c.number, scan.Target{Alias: "champion"})
			if c.want == "" && err != nil || c.want != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), c.want)) {
				t.Errorf("code %s, suspicious %s, version %d: %v, want %q", c.code, c.suspicious, c.number, err, c.want)
			}
		}
		delete(r.files, "both/requirements.txt") // what is left is an ordinary PythonModel
		p.Code, p.Suspicious = scan.Allow, scan.Deny
		if _, err := r.Admit(r.ctx, "churn", 3, scan.Target{Alias: "champion"}); err != nil {
			t.Errorf("a PythonModel, where code is allowed: %v", err)
		}
	})
}

// A refusal names what helps, and nothing that would be refused as well.
func TestRemedies(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"empty", "evil", "plain", "s3://bucket/model"}
		r.files["evil/model.pkl"], r.files["plain/model.pkl"] = command, list
		for number, want := range map[int64]struct {
			has  []string
			none string
		}{
			1: {[]string{"log its files first"}, "override"}, 2: {[]string{"tacit scan fix", "tacit scan override models:/churn/2"}, "tacit sign"},
			3: {[]string{"tacit sign models:/churn/3", "override"}, "fix"}, 4: {[]string{"log its files into tacit"}, "override"},
		} {
			r.settings.Policy.Signature.Required = number > 2
			_, err := r.Admit(r.ctx, "churn", number, scan.Target{Alias: "champion"})
			if !fault.Is(err, fault.Conflict) || strings.Contains(fault.HintOf(err), want.none) {
				t.Errorf("version %d: %v, hint %q", number, err, fault.HintOf(err))
			}
			for _, text := range want.has {
				if !strings.Contains(fault.HintOf(err), text) {
					t.Errorf("version %d: hint %q, want %q", number, fault.HintOf(err), text)
				}
			}
		}
	})
}

// An override lets files pass as they are, and ends when they change or somebody
// ends it.
func TestOverride(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a"}
		r.files["a/model.pkl"] = command
		champion := scan.Target{Alias: "champion"}
		if _, err := r.Override(r.ctx, "churn", 1, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("an override without a reason: %v", err)
		}
		if _, err := r.Override(r.ctx, "churn", 1, "reviewed by hand"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Admit(r.ctx, "churn", 1, champion); err != nil {
			t.Errorf("overridden: %v", err)
		}
		v, err := r.OfVersion(r.ctx, "churn", 1)
		if err != nil || v.Override == nil || v.Override.Reason != "reviewed by hand" || v.Judgement.Verdict != "malicious" {
			t.Errorf("%+v, %v", v.Override, err)
		}
		r.files["a/model.pkl"] += "\n"
		if _, err := r.Admit(r.ctx, "churn", 1, champion); !fault.Is(err, fault.Conflict) {
			t.Errorf("files that changed pass by the override of others: %v", err)
		}
		r.files["a/model.pkl"] = command
		if _, err := r.Admit(r.ctx, "churn", 1, champion); err != nil {
			t.Errorf("the same files again: %v", err)
		}
		if err := r.EndOverride(r.ctx, "churn", 1, "mended"); err != nil {
			t.Error(err)
		}
		if _, err := r.Admit(r.ctx, "churn", 1, champion); !fault.Is(err, fault.Conflict) {
			t.Errorf("the override ended: %v", err)
		}
	})
}

// Other rules judge anew what was judged.
func TestRulesChange(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a"}
		r.files["a/model.pkl"] = "ccompany.models\nChurn\n(tR."
		r.tell(t, "registry.version.created", version("1"))
		if r.work(t); !strings.HasPrefix(r.models.tags[1], "suspicious") {
			t.Errorf("tag %q", r.models.tags[1])
		}
		r.settings.Policy.Allow = []scan.Allowed{{Global: "company.models.Churn", Reason: "ours, reviewed"}}
		if v, err := r.OfVersion(r.ctx, "churn", 1); err != nil || !v.Waiting {
			t.Errorf("a verdict of other rules: %+v, %v", v.Judgement, err)
		}
		if err := r.WorkRenew(r.ctx, jobs.Work{}); err != nil {
			t.Fatal(err)
		}
		if n := r.work(t); n != 1 || r.models.tags[1] != "" {
			t.Errorf("%d jobs, tag %q", n, r.models.tags[1])
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, s := range []scan.Settings{
		{Policy: scan.Policy{Unknown: "perhaps"}},
		{Policy: scan.Policy{Stages: []string{"production"}}},
		{Policy: scan.Policy{Aliases: []string{"["}}},
		{Policy: scan.Policy{Allow: []scan.Allowed{{Global: "company.models.Churn"}}}},
		{Policy: scan.Policy{Allow: []scan.Allowed{{Global: "Churn", Reason: "ours"}}}},
		{Policy: scan.Policy{Allow: []scan.Allowed{{Global: "os.system", Reason: "ours"}}}},
	} {
		if err := s.Validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v is taken: %v", s.Policy, err)
		}
	}
}
