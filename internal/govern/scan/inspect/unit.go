package inspect

import (
	"io/fs"
	"path"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// unit is a kind of folder whose files mean something together.
type unit struct {
	name string
	file string // a folder that has this file is one
	// read says what the folder as a whole is found to do. The findings stand at
	// the file; their Member says which file they are about. An error is what of the
	// folder was not read: findings come with it.
	read func(folder fs.FS, dir string, parts map[string]*Part) ([]Finding, error)
}

// units are all that are known.
func units(v *pickle.Vetting) []unit {
	return []unit{
		{"oci", "oci-layout", readLayout},
		{"mlflow", "MLmodel", mlflowUnit{vetting: v}.read},
	}
}

// judgeUnits adds to parts what their folders are found to do.
func (i *Inspector) judgeUnits(fsys fs.FS, parts []Part) {
	byPath := make(map[string]*Part, len(parts))
	for n := range parts {
		byPath[parts[n].Path] = &parts[n]
	}
	for _, u := range i.units {
		for n := range parts {
			p := &parts[n]
			if path.Base(p.Path) != u.file {
				continue
			}
			var found []Finding
			folder, err := fs.Sub(fsys, path.Dir(p.Path))
			if err == nil {
				found, err = u.read(folder, path.Dir(p.Path), byPath)
			}
			if err != nil && p.Status == pickle.Complete {
				p.Status, p.Reason = pickle.Inconclusive, "not all of the folder was judged by it: "+err.Error()
			}
			p.Findings = append(p.Findings, found...)
			gravest(p.Findings)
			p.Verdict = judge(p.Status, p.Findings)
		}
	}
}
