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
	// the file; their Member says which file they are about.
	read func(folder fs.FS, dir string, parts map[string]*Part) []Finding
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
			folder, err := fs.Sub(fsys, path.Dir(p.Path))
			if err != nil {
				continue
			}
			p.Findings = append(p.Findings, u.read(folder, path.Dir(p.Path), byPath)...)
			gravest(p.Findings)
			p.Verdict = judge(p.Status, p.Findings)
		}
	}
}
