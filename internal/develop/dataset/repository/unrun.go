package repository

import (
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Unrun is what dvc.lock would say of a stage of dvc.yaml that did not run yet, without
// sums and without params: what lies in the working copy may be what its command would
// make. fault.Unsupported where it is made of what lies elsewhere, or takes a place from
// what is not read.
func (r *Repository) Unrun(s *Stage) (*dvcfile.LockStage, error) {
	if s.Recipe.outs != len(s.Outs) {
		return nil, fault.New(fault.Unsupported, "an out takes its place from a variable that is not read")
	}
	l := &dvcfile.LockStage{Name: s.Name, Outs: make([]dvcfile.Out, len(s.Outs))}
	for _, o := range s.Outs {
		l.Outs[o.Position].Entry = dvcfile.Entry{Path: s.named[o.Position], Hash: "md5"}
	}
	fill := r.filling(s)
	for _, d := range s.Recipe.Deps {
		text, _ := d.(string)
		p, err := fill.text(text)
		if err != nil {
			return nil, err
		}
		if at := path.Join(s.wdir, p); p == "" || strings.Contains(p, "://") || path.IsAbs(p) || at == ".." || strings.HasPrefix(at, "../") {
			return nil, fault.New(fault.Unsupported, "the dependency '%s' lies outside of the repository", p)
		}
		l.Deps = append(l.Deps, dvcfile.Dep{Entry: dvcfile.Entry{Path: p, Hash: "md5"}})
	}
	return l, nil
}
