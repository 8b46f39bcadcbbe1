package dvcfile

import (
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
)

// Stage is the entry of a stage, nil where there is none.
func (l *Lock) Stage(name string) *LockStage {
	for i := range l.Stages {
		if l.Stages[i].Name == name {
			return &l.Stages[i]
		}
	}
	return nil
}

// Set replaces the entry of a stage, or adds it behind the others.
func (l *Lock) Set(s LockStage) {
	if old := l.Stage(s.Name); old != nil {
		*old = s
		return
	}
	l.Stages = append(l.Stages, s)
}

// defaultParams is the file of params that stands before all others.
const defaultParams = "params.yaml"

// dump is the entry in dvc's order: deps and outs by path, params.yaml first.
func (s *LockStage) dump() pyjson.Map {
	f := fields{}
	f.Set("cmd", s.Cmd)
	deps := sortedBy(s.Deps, func(d *Dep) string { return d.Path })
	outs := sortedBy(s.Outs, func(o *Out) string { return o.Path })
	all := []any{}
	for i := range deps {
		all = append(all, deps[i].locked())
	}
	f.some("deps", all)
	f.some("params", s.params())
	all = []any{}
	for i := range outs {
		all = append(all, outs[i].Entry.locked())
	}
	f.some("outs", all)
	return f.Map
}

func sortedBy[T any](list []T, path func(*T) string) []T {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b T) int { return pyjson.CompareStrings(path(&a), path(&b)) })
	return sorted
}

func (s *LockStage) params() pyjson.Map {
	files := sortedBy(s.Params, func(p *Params) string { return p.Path })
	slices.SortStableFunc(files, func(a, b Params) int {
		switch {
		case a.Path == b.Path:
			return 0
		case a.Path == defaultParams:
			return -1
		case b.Path == defaultParams:
			return 1
		}
		return 0
	})
	m := pyjson.Map{}
	for _, p := range files {
		values := sortedBy(p.Values, func(e *pyjson.Member) string {
			key, _ := e.Key.(string)
			return key
		})
		m = append(m, pyjson.Member{Key: p.Path, Value: pyjson.Map(values)})
	}
	return m
}

func (d *Dep) locked() pyjson.Map {
	if d.Dataset != nil {
		return pyjson.Map{{Key: "path", Value: d.Path}, {Key: "dataset", Value: d.Dataset}}
	}
	return d.Entry.locked()
}

func (e *Entry) locked() pyjson.Map {
	f := fields{}
	f.Set("path", e.Path)
	f.text("hash", e.Hash)
	f.hashes(e)
	f.files(e)
	return f.Map
}

func (l *Lock) dump() pyjson.Map {
	stages := pyjson.Map{}
	for i := range l.Stages {
		stages = append(stages, pyjson.Member{Key: l.Stages[i].Name, Value: l.Stages[i].dump()})
	}
	f := fields{}
	f.Set("schema", "2.0")
	f.some("datasets", l.Datasets)
	f.Set("stages", stages)
	return f.Map
}

// Encode writes the file. One that was read and says the same is given back as
// it was; else stages that say the same keep their lines. Stages of which
// dvc.yaml knows nothing any more stay, as with dvc.
func (l *Lock) Encode() ([]byte, error) {
	if l.text != nil {
		if was, err := ParseLock("", l.text); err == nil && yamltext.Equal(was.dump(), l.dump()) {
			return l.text, nil
		}
	}
	return encode(l.text, l.dump(), yamltext.AsWanted)
}

// Fresh is the lock as a file that nobody wrote yet.
func (l *Lock) Fresh() *Lock {
	c := *l
	c.text = nil
	return &c
}
