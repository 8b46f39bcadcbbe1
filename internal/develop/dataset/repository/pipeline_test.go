package repository

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
)

// FuzzPipeline: no dvc.yaml and no dvc.lock brings the reading down, or a path out of the repository.
func FuzzPipeline(f *testing.F) {
	f.Add("stages:\n  a:\n    wdir: w\n    outs:\n    - x:\n        cache: false\n    - y${z}.json\n", "schema: '2.0'\nstages:\n  a:\n    cmd: c\n    outs:\n    - path: x\n      md5: acbd18db4cc2f85cedef654fccc4a4d8\n")
	f.Add("stages:\n  a:\n    foreach: [1]\n    do: {cmd: c, outs: [../../x]}\n", "schema: '2.0'\nstages: {a@1: {cmd: c, outs: [{path: ../../x, md5: abc}]}}\n")
	f.Add("stages: [1]", "")
	f.Add("vars: [a.yaml:z]\nstages:\n  a:\n    foreach: {k: {v: w}}\n    do: {cmd: '${item.v}', wdir: '${z.y}/${key}', outs: [x]}\n", "schema: '2.0'\nstages: {a@k: {cmd: c, outs: [{path: x, md5: abc}]}}\n")
	f.Fuzz(func(t *testing.T, yaml, lock string) {
		read, err := pipelined("d/dvc.yaml", []byte(yaml), []byte(lock), func(string) ([]byte, error) { return []byte("z: {y: w}\n"), nil })
		if err != nil {
			return
		}
		for _, s := range read.stages {
			for _, o := range s.Outs {
				if !o.External && !o.NoCache && (o.Path == "" || o.Path[0] == '/' || Within(o.Path, "..")) {
					t.Errorf("%q owns %q", s.Name, o.Path)
				}
			}
		}
	})
}

// TestTemplate: an out that was named with variables has the flags of its template.
func TestTemplate(t *testing.T) {
	for _, c := range []struct {
		template, path string
		want           bool
	}{{"m/${x}.json", "m/a.json", true}, {"m/${x}.json", "n/a.json", false}, {"${a}-${b}", "1-2", true}, {"${a}/x", "1/y", false}, {"x", "y", false}, {"${a", "1", false}, {"a${b}", "a1", true}} {
		e := entry{outs: []dvcfile.Out{{Entry: dvcfile.Entry{Path: c.template}}}}
		if _, ok := e.flags(c.path); ok != c.want {
			t.Errorf("%s of %s: %v", c.path, c.template, ok)
		}
	}
}

// TestVariablesOfOuts: a stage that did not run owns what its variables say; an out of a
// variable that is not read has no place yet.
func TestVariablesOfOuts(t *testing.T) {
	const text = "stages:\n  a:\n    wdir: ${w}\n    cmd: c\n    outs:\n    - ${m}/x\n    - plain\n    - ${nowhere}/y\n    metrics:\n    - ${m}/z:\n        cache: false\n"
	read, err := pipelined("d/dvc.yaml", []byte(text), nil, func(file string) ([]byte, error) {
		if file != "d/params.yaml" {
			return nil, nil
		}
		return []byte("m: models\nw: sub\n"), nil
	})
	if err != nil || len(read.stages) != 1 {
		t.Fatal(read, err)
	}
	var got []string
	for _, o := range read.stages[0].Outs {
		got = append(got, fmt.Sprint(o.Path, " ", o.NoCache))
	}
	if want := []string{"d/sub/models/x false", "d/sub/plain false", "d/sub/models/z true"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if metrics := read.kinds["metrics"]; !slices.Equal(metrics, []string{"d/sub/models/z"}) {
		t.Errorf("metrics are %q", metrics)
	}
	if _, err := pipelined("dvc.yaml", []byte("stages:\n  a:\n    cmd: c\n    outs: ['${m}/x']\n"), nil, func(string) ([]byte, error) { return []byte("m: ../.."), nil }); err == nil {
		t.Error("a variable leads out of the repository")
	}
}
