package tracking_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// A location must not lead into what belongs to another experiment, run or
// model, nor to another host.
func TestLocations(t *testing.T) {
	t.Parallel()
	const id = "0123456789abcdef0123456789abcdef"
	h := newHouse(rowstest.SQLite(t, schemas()))
	for i, location := range []string{
		"s3://bucket/x", "s3://bucket/x?region=eu", "s3://b/x;p", "/srv/runs", "file:///srv/runs", "runs", "dbfs:/x", "models:/m",
		"mlflow-artifacts:/team", "mlflow-artifacts:team/a b", "mlflow-artifacts:///team/7?q=1", "mlflow-artifacts:/team/artifacts", "mlflow-artifacts:/2026-flights",
		"mlflow-artifacts:/x/" + id, "s3://bucket/" + strings.Repeat("ä", 2036),
	} {
		if _, err := h.CreateExperiment(in("w"), tracking.ExperimentSpec{Name: strconv.Itoa(i), ArtifactLocation: location}); err != nil {
			t.Errorf("%s is refused: %v", location, err)
		}
	}
	for location, sentence := range map[string]string{
		"mlflow-artifacts:":                        "is the folder of all artifacts",
		"mlflow-artifacts:/":                       "is the folder of all artifacts",
		"mlflow-artifacts:/./":                     "is the folder of all artifacts",
		"mlflow-artifacts:/0":                      "is the folder of an experiment",
		"mlflow-artifacts:7/x":                     "is the folder of an experiment",
		"mlflow-artifacts:///%2537":                "is the folder of an experiment",
		"mlflow-artifacts:/.//7/":                  "is the folder of an experiment",
		"MLFLOW-ARTIFACTS:/7":                      "is the folder of an experiment",
		"mlflow-artifacts:/x/" + id + "/artifacts": "lies in the artifacts of a run or a model",
		"mlflow-artifacts:/x/" + strings.ToUpper(id) + "/Artifacts/y":   "lies in the artifacts of a run or a model",
		"mlflow-artifacts:/x/models/m-" + id + "/%61rtifacts":           "lies in the artifacts of a run or a model",
		"mlflow-artifacts:/x/%2e%2e/7":                                  "is no path",
		"mlflow-artifacts:/x%5c..%5c7":                                  "is no path",
		"mlflow-artifacts:/%2F7":                                        "is no path",
		"mlflow-artifacts:/x/../7":                                      "must not hold '..'",
		"s3://bucket/../x":                                              "must not hold '..'",
		"mlflow-artifacts://other:5000/team":                            "cannot use the 'mlflow-artifacts' scheme",
		"http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/team": "cannot use the 'http' scheme",
		"HTTPS://other":                                                 "cannot use the 'https' scheme",
		"hdfs:///x":                                                     "cannot use the 'hdfs' scheme",
		"abfss://c@host/x":                                              "cannot use the 'abfss' scheme",
		"file://other/srv":                                              "names a file on another machine",
		"runs:/" + id:                                                   "Artifact location cannot be a runs:/ URI.",
		"s3://b/x#f":                                                    "'artifact_location' URL can't include fragments or params.",
		"a;b":                                                           "'artifact_location' URL can't include fragments or params.",
		"s3://b/x?y=../z":                                               "Invalid query string",
		"s3://b/x?y=%252e%252e":                                         "Invalid query string",
		"s3://b/" + strings.Repeat("ä", 2042):                           "Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters.",
		"s3://b/\x00":                                                   "cannot contain NUL (0x00) characters",
	} {
		_, err := h.CreateExperiment(in("w"), tracking.ExperimentSpec{Name: "x", ArtifactLocation: location})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), sentence) {
			t.Errorf("%q: %v; want %q", location, err, sentence)
		}
	}
}

// A workspace's root is a place below which each experiment has one of its own.
func TestRootsOfWorkspaces(t *testing.T) {
	t.Parallel()
	for root, ok := range map[string]bool{
		"s3://bucket/team": true, "mlflow-artifacts:/team": true, "/srv/files": true, "file:///srv/files": true,
		"team": false, "": false, "https://example.org/team": false, "mlflow-artifacts:/../team": false, "mlflow-artifacts:/7": false, "runs:/1": false, "s3://bucket/team#x": false,
	} {
		if err := tracking.CheckRoot(root); (err == nil) != ok {
			t.Errorf("%q: %v", root, err)
		}
	}
}
