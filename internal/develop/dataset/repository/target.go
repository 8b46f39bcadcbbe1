package repository

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Flags say how targets are read.
type Flags struct {
	Recursive bool // a folder stands for all stages whose files lie in it
	WithDeps  bool // the stages come along that a stage is made of
	Stages    bool // a target that is data within an out is refused
}

// Selected is an out that a target names, or a part of one.
type Selected struct {
	Out *Out
	Sub string // the path within the out, "" for all of it
}

// From is the path, from the root, of what a person names by a path in the folder cwd.
// It may begin with "../" where it lies outside.
func (r *Repository) From(cwd, target string) string {
	full := filepath.FromSlash(target)
	if !filepath.IsAbs(full) {
		full = filepath.Join(cwd, full)
	}
	p, err := filepath.Rel(r.Root, filepath.Clean(full))
	if err != nil {
		return filepath.ToSlash(full)
	}
	if p == "." {
		return ""
	}
	return filepath.ToSlash(p)
}

// Shown is how dvc shows a path to a person in the folder cwd: from there.
func (r *Repository) Shown(cwd, p string) string {
	if shown, err := filepath.Rel(cwd, r.Path(p)); err == nil {
		return shown
	}
	return r.Path(p)
}

// Select finds what the targets name, which are paths from the folder cwd: a file of
// stages, a stage of the dvc.yaml there by its name, an out, or what lies within one.
// No targets are all outs. fault.NotFound, in dvc's words, for what nothing has.
func (r *Repository) Select(ix *Index, cwd string, targets []string, f Flags) ([]Selected, error) {
	if len(targets) == 0 {
		return wholes(ix.Outs), nil
	}
	var all []Selected
	for _, target := range targets {
		found, err := r.selectOne(ix, cwd, target, f)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

func wholes(outs []*Out) []Selected {
	all := make([]Selected, len(outs))
	for i, o := range outs {
		all[i] = Selected{Out: o}
	}
	return all
}

func (r *Repository) selectOne(ix *Index, cwd, target string, f Flags) ([]Selected, error) {
	p := r.From(cwd, target)
	folder := f.Recursive && ix.folders[p]
	if !folder {
		stages, err := r.stages(ix, cwd, target)
		if len(stages) > 0 || err != nil {
			return ix.with(stages, f), err
		}
		if out := ix.Owner(p); out != nil && !f.Stages {
			return []Selected{{Out: out, Sub: strings.TrimPrefix(strings.TrimPrefix(p, out.Path), "/")}}, nil
		}
	}
	if folder {
		var stages []*Stage
		for _, s := range ix.Stages {
			if Within(s.File, p) {
				stages = append(stages, s)
			}
		}
		return ix.with(stages, f), nil
	}
	return nil, r.absent(ix, cwd, target)
}

// Stages are the stages that a target names as such.
func (r *Repository) Stages(ix *Index, cwd, target string) ([]*Stage, error) {
	stages, err := r.stages(ix, cwd, target)
	if err == nil && len(stages) == 0 {
		err = r.absent(ix, cwd, target)
	}
	return stages, err
}

// stages are those that a target names as such, none where it is no such name.
func (r *Repository) stages(ix *Index, cwd, target string) ([]*Stage, error) {
	file, name := parseTarget(target)
	p := r.From(cwd, file)
	var all []*Stage
	for _, s := range ix.File(p) {
		if name == "" || s.Name == name || strings.HasPrefix(s.Name, name+"@") {
			all = append(all, s)
		}
	}
	if len(all) == 0 && name != "" && strings.Contains(target, ":") && ix.File(p) != nil {
		return nil, fault.New(fault.NotFound, "Stage '%s' not found inside '%s' file", name, file)
	}
	return all, nil
}

// parseTarget takes a target apart as dvc does: file, file:stage, or stage in dvc.yaml.
func parseTarget(target string) (file, name string) {
	group, key, keyed := strings.Cut(target, "@")
	cut := strings.LastIndexByte(group, ':')
	if cut < 0 {
		if IsStageFile(target) {
			return target, ""
		}
		return PipelineFile, target
	}
	file, name = group[:cut], group[cut+1:]
	if keyed {
		name += "@" + key
	}
	if file == "" {
		file = PipelineFile
	}
	return file, name
}

// absent tells that a target names nothing.
func (r *Repository) absent(ix *Index, cwd, target string) error {
	file, name := parseTarget(target)
	switch {
	case path.Base(target) == LockFile:
		return fault.New(fault.Invalid, "Did you mean: `%s`?", strings.TrimSuffix(target, LockFile)+PipelineFile)
	case file == target:
		return fault.New(fault.NotFound, "'%s' does not exist", r.Path(r.From(cwd, target)))
	}
	why := "'" + file + "' does not exist"
	if len(ix.File(r.From(cwd, file))) > 0 {
		why = "Stage '" + name + "' not found inside '" + file + "' file"
	}
	return fault.New(fault.NotFound, "'%s' does not exist as an output or a stage name in '%s': %s", target, file, why)
}

// with are the outs of stages, and of those that these are made of where it is asked.
func (ix *Index) with(stages []*Stage, f Flags) []Selected {
	if f.WithDeps {
		stages = ix.above(stages)
	}
	var all []Selected
	for _, s := range stages {
		all = append(all, wholes(s.Outs)...)
	}
	return all
}

// above adds the stages whose outs the stages are made of, those that come first first.
func (ix *Index) above(stages []*Stage) (all []*Stage) {
	seen := map[*Stage]bool{}
	var visit func(*Stage)
	visit = func(s *Stage) {
		if seen[s] {
			return
		}
		seen[s] = true
		for _, dep := range s.deps() {
			for _, o := range ix.Outs {
				if !o.External && (Within(dep, o.Path) || Within(o.Path, dep)) {
					visit(o.Stage)
				}
			}
		}
		all = append(all, s)
	}
	for _, s := range stages {
		visit(s)
	}
	return all
}

// deps are the paths, from the root, of what the stage is made of within the repository.
func (s *Stage) deps() (all []string) {
	var deps []string
	switch {
	case s.Spec != nil && s.Import() == nil:
		for _, d := range s.Spec.Deps {
			deps = append(deps, d.Path)
		}
	case s.Lock != nil:
		for _, d := range s.Lock.Deps {
			deps = append(deps, d.Path)
		}
	}
	for _, d := range deps {
		if !strings.Contains(d, "://") && !path.IsAbs(d) {
			all = append(all, join(s.wdir, d))
		}
	}
	return all
}

// Expand makes paths of targets with wildcards, as dvc's --glob does.
func Expand(cwd string, targets []string) ([]string, error) {
	var all []string
	for _, t := range targets {
		found, err := expand(cwd, t)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		quoted := make([]string, len(targets))
		for i, t := range targets {
			quoted[i] = "'" + t + "'"
		}
		return nil, fault.New(fault.NotFound, "Glob [%s] has no matches.", strings.Join(quoted, ", "))
	}
	return all, nil
}

// Versions are what a transfer is asked for to have the selected data. l is the out's
// listing, where it is a folder. A part of a folder is its files alone: a listing in a
// remote is a proof of all its files.
func (s Selected) Versions(l *listing.Listing) []transfer.Version {
	if !s.Out.Known {
		return nil
	}
	if !s.Out.ID.Dir {
		return []transfer.Version{{ID: s.Out.ID}}
	}
	from, to := 0, l.Len()
	if s.Sub != "" {
		if i, ok := l.Find([]byte(s.Sub)); ok {
			from, to = i, i+1
		} else {
			from, to = l.Below([]byte(s.Sub))
		}
	}
	files := make([]object.ID, 0, to-from)
	for i := from; i < to; i++ {
		files = append(files, l.ID(i))
	}
	if s.Sub == "" {
		return []transfer.Version{{ID: s.Out.ID, Files: files}}
	}
	versions := make([]transfer.Version, len(files))
	for i, id := range files {
		versions[i] = transfer.Version{ID: id}
	}
	return versions
}
