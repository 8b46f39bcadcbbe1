package bom

import (
	"slices"
	"testing"
)

func TestRequirements(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]Library{
		"numpy==1.26.4":                        {"numpy", "1.26.4", "numpy==1.26.4", "pypi"},
		"Scikit_Learn [alldeps] == 1.5.0 # ok": {"scikit-learn", "1.5.0", "Scikit_Learn [alldeps] == 1.5.0", "pypi"},
		"pandas>=2,<3; python_version<'4'":     {"pandas", "", "pandas>=2,<3", "pypi"},
		"torch==2.*":                           {"torch", "", "torch==2.*", "pypi"},
		"mlflow":                               {"mlflow", "", "mlflow", "pypi"},
	} {
		if got, ok := readRequirement(line, "pypi"); !ok || got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
	for _, line := range []string{"", "# a", "-r more.txt", "--index-url https://x", "git+https://example.org/a.git", "é"} {
		if got, ok := readRequirement(line, "pypi"); ok {
			t.Errorf("%q: %+v", line, got)
		}
	}
	conda := condaOf([]byte("channels: [conda-forge]\ndependencies:\n- python=3.11.7=h1\n- conda-forge::numpy==1.26\n- pip<=23\n- pip:\n  - mlflow==3.1\n  - 7\n"))
	want := []Library{{"python", "3.11.7", "python=3.11.7=h1", "conda"}, {"numpy", "1.26", "numpy==1.26", "conda"}, {"pip", "", "pip<=23", "conda"}, {"mlflow", "3.1", "mlflow==3.1", "pypi"}}
	if !slices.Equal(conda, want) {
		t.Errorf("%+v", conda)
	}
	if all := joined(requirementsOf([]byte("mlflow==3.1\nnumpy\n")), conda); len(all) != 5 {
		t.Errorf("%+v", all)
	}
	d := describe([]byte("flavors:\n  sklearn: {}\n  python_function: {}\nsignature:\n  inputs: '[{\"name\": \"age\", \"type\": \"long\"}]'\n  outputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"int64\", \"shape\": [-1]}}]'\n"))
	if !slices.Equal(d.flavors, []string{"python_function", "sklearn"}) || !slices.Equal(d.inputs, []string{"age: long"}) || !slices.Equal(d.outputs, []string{"int64 [-1]"}) {
		t.Errorf("%+v", d)
	}
}

func FuzzTexts(f *testing.F) {
	f.Add([]byte("dependencies: [python=3, {pip: [a==1]}]\nflavors: {a: 1}\nsignature: {inputs: '[{}]'}\nnumpy==1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		describe(text)
		for _, l := range joined(requirementsOf(text), condaOf(text)) {
			if l.Name == "" || l.Kind == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}
