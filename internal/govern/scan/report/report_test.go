package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// scanned is a report of a clean file, a malicious one, and one that is cut off.
func scanned(t *testing.T) *scan.Report {
	t.Helper()
	s, err := scan.NewScanner(scan.ScannerConfig{Engine: "tacit 1.2.3", Now: func() time.Time { return time.Unix(0, 0) }, Budget: inspect.DefaultBudget()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Tree(context.Background(), "models", fstest.MapFS{
		"a b/evil.pkl": {Data: []byte("cposix\nsystem\n(S'<b>'\ntR.")},
		"cut.pkl":      {Data: []byte("\x80\x04\x95\x10")},
		"good.pkl":     {Data: []byte("ccollections\nOrderedDict\n(tR.")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func written(t *testing.T, form string) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, form, scanned(t)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestForms(t *testing.T) {
	t.Parallel()
	for form, want := range map[string][]string{
		report.JSON:       {`"verdict": "malicious"`, `"took_ms": 0`},
		report.SARIF:      {`"version": "2.1.0"`, `"uri": "a%20b/evil.pkl"`, `"byteOffset": 23`, `"level": "error"`, `"ruleId": "dangerous-call"`, `Not read completely: cut.pkl`},
		report.HTML:       {`<span class="malicious">malicious</span>`, `&lt;b&gt;`, "Do not load the file"},
		report.CycloneDX:  {`"specVersion": "1.6"`, `"id": "dangerous-call"`, `"name": "tacit:verdict"`, `"severity": "critical"`},
		report.ModelScan:  {`"total_issues":1`, `"description":"Use of unsafe operator 'system' from module 'posix'"`, `"category":"MODEL_SCAN"`},
		report.PickleScan: {"models/a b/evil.pkl: dangerous import 'posix system' FOUND\n", "Infected files: 1\n", "Scanned files: 3\n"},
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			text := written(t, form)
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%q is not in\n%s", w, text)
				}
			}
			if form != report.HTML && form != report.PickleScan && !json.Valid([]byte(text)) {
				t.Errorf("no JSON:\n%s", text)
			}
			if strings.Contains(text, "<b>") && form == report.HTML {
				t.Error("what a file says is markup")
			}
			if again := written(t, form); again != text {
				t.Error("the same files gave another report")
			}
		})
	}
	if err := report.Write(&bytes.Buffer{}, "pdf", scanned(t)); err == nil {
		t.Error("an unknown form was written")
	}
}

// Code scanning shows a result by a reference from the repository's root and a line, and
// takes two results of a rule on one line for one without a print of their own.
func TestCodeScanning(t *testing.T) {
	t.Parallel()
	s, err := scan.NewScanner(scan.ScannerConfig{Engine: "tacit 1.2.3", Now: func() time.Time { return time.Unix(0, 0) }, Budget: inspect.DefaultBudget()})
	if err != nil {
		t.Fatal(err)
	}
	twice := fstest.MapFS{"a:b.pkl": {Data: []byte("cposix\nsystem\n(S'a'\ntR0cposix\npopen\n(S'b'\ntR.")}}
	for folder, want := range map[string]string{"models": "models/a:b.pkl", "./models/": "models/a:b.pkl", ".": "./a:b.pkl", "/srv/models": "file:///srv/models/a:b.pkl"} {
		r, err := s.Tree(context.Background(), folder, twice)
		if err != nil {
			t.Fatal(err)
		}
		r.Below(folder)
		var text bytes.Buffer
		if err := report.Write(&text, report.SARIF, r); err != nil {
			t.Fatal(err)
		}
		var read struct {
			Runs []struct {
				Results []struct {
					PartialFingerprints struct{ PrimaryLocationLineHash string }
					Locations           []struct {
						PhysicalLocation struct {
							ArtifactLocation struct{ URI string }
							Region           struct{ StartLine int }
						}
					}
				}
			}
		}
		if err := json.Unmarshal(text.Bytes(), &read); err != nil {
			t.Fatal(err)
		}
		prints := map[string]bool{}
		for _, result := range read.Runs[0].Results {
			prints[result.PartialFingerprints.PrimaryLocationLineHash] = true
			if at := result.Locations[0].PhysicalLocation; at.ArtifactLocation.URI != want || at.Region.StartLine != 1 {
				t.Errorf("%s: %+v, want %s", folder, at, want)
			}
		}
		if len(prints) < 2 || len(prints) != len(read.Runs[0].Results) {
			t.Errorf("%d prints of %d results", len(prints), len(read.Runs[0].Results))
		}
	}
}

// Code scanning refuses a run with more results than it takes: the gravest stay, and the
// run says how many are left out.
func TestMoreThanCodeScanningTakes(t *testing.T) {
	t.Parallel()
	const most, over = 25_000, 7
	r := &scan.Report{Artifacts: []scan.Artifact{{Path: "a.pkl", Status: "complete"}, {Path: "b.pkl", Status: "complete"}}}
	for range most {
		r.Artifacts[0].Findings = append(r.Artifacts[0].Findings, scan.Finding{Rule: "unknown-global", Severity: "low", Member: "a.pkl"})
	}
	for range over {
		r.Artifacts[1].Findings = append(r.Artifacts[1].Findings, scan.Finding{Rule: "dangerous-call", Severity: "critical", Member: "b.pkl"})
	}
	var out bytes.Buffer
	if err := report.Write(&out, report.SARIF, r); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Runs []struct {
			Results     []struct{ Level, RuleID string }
			Invocations []struct {
				Notifications []struct{ Message struct{ Text string } } `json:"toolExecutionNotifications"`
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	run, grave := read.Runs[0], 0
	for _, result := range run.Results {
		if result.Level == "error" {
			grave++
		}
	}
	if len(run.Results) != most || grave != over {
		t.Errorf("%d results, %d of %d grave ones", len(run.Results), grave, over)
	}
	if told := run.Invocations[0].Notifications; len(told) != 1 || !strings.HasPrefix(told[0].Message.Text, "7 of 25007 findings, the least grave, are left out") {
		t.Errorf("it says %+v", told)
	}
}
