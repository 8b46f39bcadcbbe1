package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type monitor struct {
	Name      string  `yaml:"name"`
	Threshold float64 `yaml:"threshold"`
}

type settings struct {
	Level    string    `yaml:"level"`
	Monitors []monitor `yaml:"monitors"`
}

func (s *settings) Validate() error {
	if s.Level == "" {
		return fault.New(fault.Invalid, "level must not be empty.")
	}
	return nil
}

func sections() []Section {
	return []Section{{Name: "drift", New: func() any { return &settings{Level: "info"} }}}
}

func load(t *testing.T, text string) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tacit.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path, true, sections())
	var p *Problem
	if errors.As(err, &p) {
		p.Path = "tacit.yaml"
	}
	return f, err
}

func TestLoadReadsSections(t *testing.T) {
	t.Parallel()
	f, err := load(t, "workspace: team\ndrift:\n  monitors:\n    - {name: a, threshold: 0.25}\n")
	if err != nil {
		t.Fatal(err)
	}
	v := f.Value("drift").(*settings)
	if f.Workspace != "team" || v.Level != "info" || len(v.Monitors) != 1 || v.Monitors[0].Threshold != 0.25 {
		t.Errorf("got workspace %q, %+v", f.Workspace, v)
	}
}

func TestLoadWithoutAFileGivesDefaults(t *testing.T) {
	t.Parallel()
	f, err := Load(filepath.Join(t.TempDir(), "none.yaml"), false, sections())
	if err != nil || f.Value("drift").(*settings).Level != "info" || f.Workspace != "default" {
		t.Fatalf("got %+v, %v", f, err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), true, sections()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a named file that is not there: got %v, want invalid", err)
	}
}

func TestLoadNamesThePlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want, excerpt, hint string }{
		"unknown key deep": {
			"drift:\n  monitors:\n    - name: a\n      treshold: 0.1\n",
			`tacit.yaml:4:7: unknown key "treshold" in drift.monitors[0]`,
			"  4 |       treshold: 0.1\n    |       ^^^^^^^^", `did you mean "threshold"?`,
		},
		"unknown section": {"drfit: {}\n", `tacit.yaml:1:1: unknown key "drfit"`, "  1 | drfit: {}\n    | ^^^^^", `did you mean "drift"?`},
		"wrong type": {
			"drift:\n  monitors:\n    - threshold: high\n",
			"tacit.yaml:3:18: drift.monitors[0].threshold must be a number", "  3 |     - threshold: high\n    |                  ^^^^", "",
		},
		"one value for a list":   {"drift:\n  monitors: a\n", "tacit.yaml:2:13: drift.monitors must be a list, as in [a, b]", "  2 |   monitors: a\n    |             ^", ""},
		"one value for keys":     {"drift:\n  monitors:\n    - a\n", "tacit.yaml:3:7: drift.monitors[0] must be keys with values", "  3 |     - a\n    |       ^", ""},
		"a list for one value":   {"drift:\n  level: [a]\n", "tacit.yaml:2:10: drift.level must be one value", "  2 |   level: [a]\n    |          ^", ""},
		"refused by the section": {"drift:\n  level: ''\n", "tacit.yaml:2:3: drift: level must not be empty.", "  2 |   level: ''\n    |   ^", ""},
		"no workspace's name": {
			"workspace: Team A\n", `tacit.yaml:1:12: workspace: "Team A" is not a workspace's name.`, "  1 | workspace: Team A\n    |            ^^^^^^",
			"use 1 to 63 lower-case letters, digits, - and _, beginning and ending with a letter or digit",
		},
		"a number for a name": {"workspace: 5\n", "tacit.yaml:1:12: workspace must be a name", "  1 | workspace: 5\n    |            ^", ""},
		"a key twice": {
			"workspace: a\ndrift: {}\nworkspace: b\n", `tacit.yaml:3:1: the key "workspace" is there already, at line 1`, "  3 | workspace: b\n    | ^^^^^^^^^", "",
		},
		"a second document": {
			"workspace: a\n---\nfoo: b\n", "tacit.yaml:2:1: the file holds one document, here another begins", "  2 | ---\n    | ^", "",
		},
		"syntax": {"drift: [\n", "tacit.yaml:1:1: did not find expected node content", "  1 | drift: [\n    | ^", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, c.text)
			var p *Problem
			if !errors.As(err, &p) {
				t.Fatalf("got %v, want a problem", err)
			}
			if p.Error() != c.want || p.Excerpt() != c.excerpt || p.Hint != c.hint {
				t.Errorf("got %q\n%s\nhint %q\nwant %q\n%s\nhint %q", p.Error(), p.Excerpt(), p.Hint, c.want, c.excerpt, c.hint)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("workspace: a\ndrift: {level: x, monitors: [{name: a}]}"))
	f.Add([]byte("drift: &a [*a]"))
	f.Add([]byte("? [a]\n: b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := parse("tacit.yaml", text, sections(), []string{"listen"}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v is not a refusal", text, err)
		}
	})
}
