package bom_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tacit-ml/tacit/internal/govern/bom"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// schema compiles an official schema with what it refers to.
func schema(t *testing.T, file string, others ...string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(engine)
	base := "http://cyclonedx.org/schema/"
	for _, name := range append(others, file) {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		read, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = c.AddResource(base+name, read)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile(base + file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// address is the one pattern of the schemas that Go's engine cannot have, since it
// looks ahead: an IRI that is no blank node.
type address struct{ *regexp.Regexp }

const blankless = "^(?!_:).+:.+"

func (a address) MatchString(s string) bool {
	return !strings.HasPrefix(s, "_:") && a.Regexp.MatchString(s)
}

func (a address) String() string { return blankless }

func engine(pattern string) (jsonschema.Regexp, error) {
	if pattern == blankless {
		return address{regexp.MustCompile("^.+:.+")}, nil
	}
	return regexp.Compile(pattern)
}

func full() bom.Model {
	ended := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	return bom.Model{
		Version: bom.Version{Name: "churn/eu <b>", Number: 3, Description: "Who leaves.", Stage: "Production", Aliases: []string{"champion"}, User: "ada",
			Tags: map[string]string{"license": "apache-2.0", "task": "classification"}, Created: ended.Add(time.Hour), Source: "runs:/abc/model",
			Run: &bom.Run{ID: "abc", Name: "calm-owl", User: "ada", Ended: ended, Params: map[string]string{"C": "1.0"}, Metrics: map[string]float64{"auc": 0.91, "loss": math.NaN()},
				Tags: map[string]string{"mlflow.source.git.commit": "0123abcd", "mlflow.source.git.repoURL": "https://example.org/churn.git", "estimator_class": "sklearn.linear_model.LogisticRegression"},
				Data: []bom.Data{{Name: "people", Digest: "ab12", SourceType: "s3", Source: "s3://data/people.parquet", Context: "training"}, {Name: "odd", Source: "a b"}}}},
		Files:     []bom.File{{Path: "MLmodel", Size: 12, SHA256: strings.Repeat("0a", 32)}, {Path: "model.pkl", Size: 40, SHA256: strings.Repeat("1b", 32)}},
		Libraries: []bom.Library{{Name: "scikit-learn", Version: "1.5.0", Wanted: "scikit-learn==1.5.0", Kind: "pypi"}, {Name: "python", Wanted: "python>=3.11", Kind: "conda"}},
		Flavors:   []string{"python_function", "sklearn"}, Inputs: []string{"age: long"}, Outputs: []string{"int64 [-1]"},
		Verdict: "malicious", Findings: []bom.Finding{{File: "model.pkl", Rule: "dangerous-call", Severity: "critical", What: "posix.system: starts programs", Remedy: "Do not load the file."}},
		Signature: scan.Signature{State: scan.Verified, Key: strings.Repeat("2c", 32)},
	}
}

// Documents hold against the official schemas: of a version of which everything is
// known, and of one of which nothing is.
func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	made := bom.Made{Time: time.Date(2026, 11, 26, 1, 2, 3, 4, time.UTC), Serial: "3e671687-395b-41f5-a30f-a58921a69b79", Engine: "tacit 1.2.3"}
	bare := bom.Model{Version: bom.Version{Name: "m", Number: 1, Created: made.Time}}
	for form, c := range map[string]struct {
		write  func(bom.Model, bom.Made) ([]byte, error)
		schema *jsonschema.Schema
		want   []string
		bare   []string
	}{
		"cyclonedx": {bom.CycloneDX, schema(t, "bom-1.6.schema.json", "spdx.schema.json", "jsf-0.82.schema.json"),
			[]string{`"specVersion": "1.6"`, `"type": "machine-learning-model"`, `"id": "Apache-2.0"`, `"purl": "pkg:pypi/scikit-learn@1.5.0"`, `"purl": "pkg:mlflow/churn%2Feu%20%3Cb%3E@3?run_id=abc"`,
				`"type": "auc"`, `"value": "0.91"`, `"ref": "data-1"`, `"id": "dangerous-call"`, `"uid": "0123abcd"`, `"format": "age: long"`, `"architectureFamily": "sklearn"`, `"serialNumber": "urn:uuid:3e671687`},
			[]string{`"task": "unknown"`, `"name": "unknown"`, `"value": "licence, task, architecture, architecture family, run, data, metrics, source commit, files, libraries, inputs, outputs, verdict, intended use, limitations"`}},
		"spdx": {bom.SPDX, schema(t, "spdx-3.0.1.schema.json"),
			[]string{`"type": "ai_AIPackage"`, `"specVersion": "3.0.1"`, `"type": "dataset_DatasetPackage"`, `"relationshipType": "trainedOn"`, `"simplelicensing_licenseExpression": "Apache-2.0"`,
				`"software_packageUrl": "pkg:pypi/scikit-learn@1.5.0"`, `"key": "C"`, `"algorithm": "sha256"`, `"relationshipType": "hasAssociatedVulnerability"`, `"created": "2026-11-26T01:02:03Z"`},
			[]string{`"ai_informationAboutTraining": "unknown"`, "NoAssertionLicense"}},
	} {
		for name, m := range map[string]bom.Model{"full": full(), "bare": bare} {
			text, err := c.write(m, made)
			if err != nil {
				t.Fatal(err)
			}
			read, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err == nil {
				err = c.schema.Validate(read)
			}
			if err != nil {
				t.Errorf("%s, %s: %v\n%s", form, name, err, text)
			}
			want := c.want
			if name == "bare" {
				want = c.bare
			}
			for _, w := range want {
				if !strings.Contains(string(text), w) {
					t.Errorf("%s, %s: no %s in\n%s", form, name, w, text)
				}
			}
			again, err := c.write(m, made)
			if err != nil || !bytes.Equal(again, text) {
				t.Errorf("%s, %s: another document of the same", form, name)
			}
		}
		var broken map[string]any
		text, err := c.write(full(), made)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &broken); err != nil {
			t.Fatal(err)
		}
		broken["bomFormat"], broken["@context"] = "x", 7
		if c.schema.Validate(broken) == nil {
			t.Errorf("%s: the schema takes what is broken", form)
		}
	}
	serial := func(m bom.Model) string {
		s, err := m.Serial()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if a, b, c := serial(full()), serial(full()), serial(bare); a != b || a == c || len(a) != 36 {
		t.Errorf("serials %s, %s, %s", a, b, c)
	}
}
