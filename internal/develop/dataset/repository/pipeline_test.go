package repository

import (
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
