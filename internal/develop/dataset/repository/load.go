package repository

import (
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// IsStageFile says whether a name is that of a file with stages.
func IsStageFile(name string) bool {
	return strings.HasSuffix(name, Suffix) || path.Base(name) == PipelineFile
}

// maxStageFile is how long a file of stages is that is read, in bytes.
const maxStageFile = 256 << 20

// staged is what a file of stages says.
type staged struct {
	stages []*Stage
	kinds  map[string][]string // paths from the root that it calls "metrics" and "plots"
}

// stagesOf reads a file of stages; open gives other files by their paths from the root,
// nil where there is none.
func stagesOf(file string, content []byte, open func(string) ([]byte, error)) (*staged, error) {
	if path.Base(file) != PipelineFile {
		s, err := single(file, content)
		if err != nil {
			return nil, err
		}
		return &staged{stages: []*Stage{s}}, nil
	}
	locked, err := open(path.Join(path.Dir(file), LockFile))
	if err != nil {
		return nil, err
	}
	return pipelined(file, content, locked, open)
}

// single is the stage of a .dvc file.
func single(file string, content []byte) (*Stage, error) {
	spec, err := dvcfile.ParseStage(file, content)
	if err != nil {
		return nil, err
	}
	folder := folderOf(file)
	if err := spec.CheckPlaces(file, folder); err != nil {
		return nil, err
	}
	s := &Stage{File: file, Spec: spec, Frozen: spec.Frozen, wdir: join(folder, spec.Wdir)}
	for i := range spec.Outs {
		s.Outs = append(s.Outs, newOut(s, i, &spec.Outs[i]))
	}
	return s, nil
}

// pipelined are the stages of a dvc.yaml, with what its dvc.lock says of them.
func pipelined(file string, content, locked []byte, open func(string) ([]byte, error)) (*staged, error) {
	p, kinds, err := parsePipeline(file, content)
	if err != nil {
		return nil, err
	}
	folder := folderOf(file)
	lock := &dvcfile.Lock{}
	if locked != nil {
		if lock, err = dvcfile.ParseLock(path.Join(folder, LockFile), locked); err != nil {
			return nil, err
		}
	}
	all := &staged{kinds: map[string][]string{}}
	for kind, paths := range kinds {
		for _, p := range paths {
			all.kinds[kind] = append(all.kinds[kind], join(folder, p))
		}
	}
	for _, e := range p {
		for _, name := range e.names(&filling{open: open, file: file, name: e.name, recipe: &e.recipe}, lock) {
			s, err := e.stage(file, name, lock.Stage(name), open)
			if err != nil {
				return nil, err
			}
			all.stages = append(all.stages, s)
			for _, o := range s.Outs {
				if kind := e.kind(s, o); kind != "" {
					all.kinds[kind] = append(all.kinds[kind], o.Path)
				}
			}
		}
	}
	return all, nil
}

// kind is "metrics" or "plots" where dvc.yaml has an out of a stage below such a key.
func (e *entry) kind(s *Stage, o *Out) string {
	at := o.Path
	if s.Lock != nil {
		at = s.Lock.Outs[o.Position].Path
	}
	if i := e.position(at); i < len(e.outs) {
		return e.kinds[e.outs[i].Path]
	}
	for _, named := range e.outs {
		if at := join(s.wdir, named.Path); at == o.Path || matchesTemplate(at, o.Path) {
			return e.kinds[named.Path]
		}
	}
	return ""
}

// stage is one stage of a dvc.yaml: what it owns is what dvc.lock says, with the flags
// of dvc.yaml, and what dvc.yaml alone says of a stage that did not run.
func (e *entry) stage(file, name string, locked *dvcfile.LockStage, open func(string) ([]byte, error)) (*Stage, error) {
	folder := folderOf(file)
	fill := &filling{open: open, file: file, name: name, recipe: &e.recipe}
	wdir, err := fill.text(e.wdir)
	if err != nil {
		return nil, fault.Because(err, fault.KindOf(err), "The stage '%s' of '%s' takes its wdir from a variable: %s.", name, file, fault.Sentence(err))
	}
	s := &Stage{File: file, Name: name, Lock: locked, Recipe: &e.recipe, Frozen: e.frozen, wdir: join(folder, wdir)}
	var outs []dvcfile.Out
	if locked != nil {
		outs = locked.Outs
	} else {
		for _, o := range e.outs {
			p, err := fill.text(o.Path)
			if fault.Is(err, fault.Unsupported) {
				continue // nobody knows its place before the stage ran
			}
			if err != nil {
				return nil, fault.Because(err, fault.KindOf(err), "The stage '%s' of '%s' takes an out from a variable: %s.", name, file, fault.Sentence(err))
			}
			outs = append(outs, dvcfile.Out{Entry: dvcfile.Entry{Path: p, Hash: "md5"}})
		}
	}
	spec := dvcfile.Stage{Wdir: wdir}
	for i := range outs {
		o := outs[i]
		if flags, ok := e.flags(o.Path); ok {
			o.NoCache, o.NoPush, o.Persist, o.Remote = flags.NoCache, flags.NoPush, flags.Persist, flags.Remote
		}
		spec.Outs = append(spec.Outs, o)
		s.named = append(s.named, o.Path)
		s.Outs = append(s.Outs, newOut(s, i, &o))
	}
	slices.SortStableFunc(s.Outs, func(a, b *Out) int { return e.position(outs[a.Position].Path) - e.position(outs[b.Position].Path) })
	return s, spec.CheckPlaces(file, folder)
}

// folderOf is the folder of a file, "" for the root.
func folderOf(file string) string {
	if folder := path.Dir(file); folder != "." {
		return folder
	}
	return ""
}

// join is a path below a folder, "" for the root.
func join(folder, p string) string {
	if joined := path.Join(folder, p); joined != "." {
		return joined
	}
	return ""
}
