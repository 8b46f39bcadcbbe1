package artifact

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestCleanIsNeverEmpty(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a%2520b/": "a b", "": "", ".": "", "%2e%2e/x": "", "..": ""} {
		got, err := Clean(in)
		if got != want || want == "" && !fault.Is(err, fault.Invalid) {
			t.Errorf("Clean(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestBelow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ root, path, want string }{
		{"mlflow-artifacts:/1/r/artifacts", "model/MLmodel", "1/r/artifacts/model/MLmodel"},
		{"mlflow-artifacts:/1/r/artifacts", "", "1/r/artifacts"},
		{"mlflow-artifacts:/", "x", "x"},
		{"mlflow-artifacts:///1/r?y=1", "per%cent", "1/r/per%cent"}, {"mlflow-artifacts:/per%20cent/r", "x", "per cent/r/x"},
		{"mlflow-artifacts://host:5000/1/r", "x", ""},
		{"http://host/ml/w/team/api/2.0/mlflow-artifacts/artifacts/1/r", "x", ""},
		{"s3://bucket/1", "x", ""}, {"/srv/mlruns", "x", ""}, {"file:///srv", "x", ""}, {"mlflow-artifacts:/../x", "y", ""}, {"mlflow-artifacts:/1", "../2", ""},
	} {
		if got, err := Below(c.root, c.path); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("Below(%q, %q) = %q, %v; want %q", c.root, c.path, got, err, c.want)
		}
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	for p, want := range map[string]string{
		"1/" + runID + "/artifacts/f":                                  "tacit:run/" + runID,
		"team/flights/" + runID + "/artifacts/plots/roc.svg":           "tacit:run/" + runID,
		runID + "/artifacts/f":                                         "tacit:run/" + runID,
		"team/models/" + modelID + "/artifacts/MLmodel":                "tacit:logged-model/" + modelID,
		"1/models/" + modelID + "/artifacts/MLmodel":                   "tacit:logged-model/" + modelID,
		"1/" + runID + "/artifacts/models/" + modelID + "/artifacts/f": "tacit:run/" + runID,
		"1/" + modelID + "/artifacts/f":                                "tacit:experiment/1",
		"1/notes.md":                                                   "tacit:experiment/1",
		"1/b/artifacts/f":                                              "tacit:experiment/1",
		"a/b/artifacts/f":                                              "",
		"a/models/m-1/artifacts/f":                                     "",
		"a/" + strings.ToUpper(runID) + "/artifacts/f":                 "",
		"a/" + runID + "/artifacts":                                    "tacit:run/" + runID,
		"1/models/" + modelID + "/artifacts":                           "tacit:logged-model/" + modelID,
		"1/" + runID:                                                   "tacit:experiment/1",
		"a/" + runID:                                                   "",
		"team/" + runID + "/f":                                         "",
		"1":                                                            "",
	} {
		got := ""
		if u := Owner(p); !u.IsZero() {
			got = u.String()
		}
		if got != want {
			t.Errorf("Owner(%s) = %q, want %q", p, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a/b", "%2e%2e/x", "a%252fb", `..\x`, "c:/", "a//./b/", "\x00", "%", "ä"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean, err := Clean(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("Clean(%q) fails with %v", s, err)
			}
			return
		}
		if again, err := Clean(clean); err != nil || again != clean {
			t.Fatalf("Clean(%q) = %q, which is %q, %v", s, clean, again, err)
		}
		if err := blobs.CheckKey(clean); err != nil {
			t.Fatalf("Clean(%q) = %q: %v", s, clean, err)
		}
		below, err := Below("mlflow-artifacts:/1/r/artifacts", s)
		if err != nil || !strings.HasPrefix(below, "1/r/artifacts/") {
			t.Fatalf("%q leads out of its root: %q, %v", s, below, err)
		}
	})
}
