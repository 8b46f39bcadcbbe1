package inspect

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestOrders: text that a tool runs by its name is named as that, and is no attack where
// it is ordinary.
func TestOrders(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		text, rule string
		verdict    pickle.Verdict
	}{
		"sitecustomize.py":      {"import os\n", RuleScript, pickle.Suspicious},
		"usercustomize.py":      {"import os\n", RuleScript, pickle.Suspicious},
		"setup.py":              {"from setuptools import setup\nsetup(name='a')\n", RuleScript, pickle.Clean},
		"conftest.py":           {"import pytest\n", RuleScript, pickle.Clean},
		"MLproject":             {"name: a\nentry_points:\n  main:\n    command: \"python train.py\"\n", RuleScript, pickle.Clean},
		"Dockerfile":            {"FROM python\nRUN pip install mlflow\n", RuleScript, pickle.Clean},
		"Makefile":              {"all:\n\tpython train.py\n", RuleScript, pickle.Clean},
		"train.ipynb":           {`{"cells": [{"cell_type": "code", "source": ["!pip install mlflow"]}], "nbformat": 4}`, RuleScript, pickle.Clean},
		"a.desktop":             {"[Desktop Entry]\nExec=sh\n", RuleScript, pickle.Clean},
		"train.R":               {"library(mlflow)\n", RuleScript, pickle.Clean},
		"requirements.txt":      {"numpy==2.1\n--extra-index-url http://packages.example/simple\n", RuleMLflowRequirement, pickle.Clean},
		"requirements-dev.txt":  {"git+https://example.com/a.git\n", RuleMLflowRequirement, pickle.Clean},
		"requirements_ok.txt":   {"numpy>=1\n--extra-index-url https://download.pytorch.org/whl/cpu\ntorch\n", "", pickle.Clean},
		"requirement_notes.txt": {"--extra-index-url http://packages.example/simple\n", "", pickle.Clean},
		"notes.md":              {"see the Makefile\n", "", pickle.Clean},
	} {
		p := tree(t, fstest.MapFS{name: {Data: []byte(want.text)}})[name]
		var rules []string
		for _, f := range p.Findings {
			rules = append(rules, f.Rule)
		}
		if p.Verdict != want.verdict || strings.Join(rules, " ") != want.rule {
			t.Errorf("%s is %s: %v", name, p.Verdict, p.Findings)
		}
	}
}
