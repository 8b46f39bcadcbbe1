package comparison

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// State is how a path differs, in dvc's words: "deleted", "modified", "new", "not in cache".
type State struct{ Path, Word string }

// StageState is what differs of a stage.
type StageState struct {
	Name     string // as it is addressed by a person in the folder
	Deps     []State
	Outs     []State
	Params   []ParamState
	Command  bool // it has another command than it ran with
	Always   bool // it counts as changed at all times
	Checksum bool // somebody changed its file
}

// ParamState is how the params of one file differ, the file as the person sees it.
type ParamState struct {
	File string
	Word string  // "deleted" where the file is gone, "new" where the stage took none of it yet
	Keys []State // "new", "modified", "deleted", else
}

// Status is what dvc status tells.
type Status struct {
	Stages   []StageState // those of which something differs
	Any      bool         // whether the repository has stages at all
	Warnings []string
}

// Origins tells of what lies outside of the repository.
type Origins interface {
	// Newest is the commit that an import would be of if it were brought up to date.
	Newest(ctx context.Context, spec *dvcfile.Repo) (string, error)
	// Differs is how data differ from what a dep says that is at a URL, or at a path
	// from the folder wdir: "deleted", "modified", or "".
	Differs(ctx context.Context, wdir string, d dvcfile.Dep) (string, error)
}

// Local compares the working copy with what the files of its stages say: of all, or of
// those that the targets name, which are paths from the folder cwd. With updates imports
// are compared with the repositories that they come from.
func Local(ctx context.Context, r *repository.Repository, cwd string, targets []string, f repository.Flags, from Origins, updates bool) (*Status, error) {
	ix, err := r.Index(ctx, "")
	if err != nil {
		return nil, err
	}
	selected, err := r.Select(ix, cwd, targets, f)
	if err != nil {
		return nil, err
	}
	l := &local{repo: r, cwd: cwd, from: from, updates: updates, status: &Status{Any: len(ix.Stages) > 0}}
	if err := l.look(ctx, selected); err != nil {
		return nil, err
	}
	seen := map[*repository.Stage]bool{}
	for _, s := range selected {
		seen[s.Out.Stage] = true
	}
	if len(targets) == 0 { // stages without outs as well
		for _, s := range ix.Stages {
			seen[s] = true
		}
	}
	for _, s := range ix.Stages {
		if seen[s] {
			if err := l.stage(ctx, s); err != nil {
				return nil, err
			}
		}
	}
	return l.status, nil
}

// local is such a comparison.
type local struct {
	repo     *repository.Repository
	cwd      string
	from     Origins
	updates  bool
	status   *Status
	contents map[*repository.Out]*snapshot.Content
	gone     map[*repository.Out]bool // something of them is not in the cache
}

// look takes in what lies at all outs, and what the cache has of them.
func (l *local) look(ctx context.Context, selected []repository.Selected) error {
	l.contents, l.gone = map[*repository.Out]*snapshot.Content{}, map[*repository.Out]bool{}
	for _, layout := range []object.Layout{object.Current, object.Legacy} {
		var outs []*repository.Out
		var places []string
		for _, s := range selected {
			if o := s.Out; o.Layout == layout && !o.External && l.contents[o] == nil {
				l.contents[o] = &snapshot.Content{}
				outs, places = append(outs, o), append(places, o.Path)
			}
		}
		if len(outs) == 0 {
			continue
		}
		seen, err := workingcopy.Looking(l.repo, layout).Take(ctx, places)
		if err != nil {
			return err
		}
		for i, o := range outs {
			l.contents[o] = &seen.Contents[i]
		}
		if err := l.cached(ctx, layout, outs); err != nil {
			return err
		}
	}
	return nil
}

// cached finds the outs of which something is not in the cache.
func (l *local) cached(ctx context.Context, layout object.Layout, outs []*repository.Out) error {
	var ids []object.ID
	var of []int32 // whose they are
	for i, o := range outs {
		if o.NoCache || !o.Known {
			continue
		}
		ids, of = append(ids, o.ID), append(of, int32(i))
		if !o.ID.Dir {
			continue
		}
		listed := l.contents[o].Listing // what it says, without reading it
		if !workingcopy.Same(o, l.contents[o]) || listed == nil {
			var err error
			if listed, err = l.repo.Listing(ctx, layout, o.ID); fault.Is(err, fault.NotFound) {
				l.gone[o] = true
				continue
			} else if err != nil {
				return err
			}
		}
		ids, of = slices.Grow(ids, listed.Len()), slices.Grow(of, listed.Len())
		for j := range listed.Len() {
			ids, of = append(ids, listed.ID(j)), append(of, int32(i))
		}
	}
	absent, err := l.repo.Cache(layout).Absent(ctx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if absent[id] {
			l.gone[outs[of[i]]] = true
		}
	}
	return nil
}

// stage tells of a stage, if something differs.
func (l *local) stage(ctx context.Context, s *repository.Stage) error {
	file := l.repo.Shown(l.cwd, s.File)
	t := StageState{Name: s.Address(file)}
	if s.Frozen && s.Import() == nil {
		l.status.Warnings = append(l.status.Warnings, fmt.Sprintf("stage: '%s' is frozen. Its dependencies are not going to be shown in the status output.", t.Name))
	}
	if !s.Frozen || s.Import() != nil && l.updates {
		if err := l.deps(ctx, s, &t); err != nil {
			return err
		}
	}
	for _, o := range s.Outs {
		if c := l.contents[o]; c != nil {
			if word := l.word(o, c); word != "" {
				t.Outs = append(t.Outs, State{l.repo.Shown(l.cwd, o.Path), word})
			}
		}
	}
	if s.Spec != nil {
		t.Always = s.Spec.AlwaysChanged
		if s.Spec.MD5 != "" || s.IsImport() {
			sum, err := s.Spec.Sum()
			if err != nil {
				return err
			}
			t.Checksum = sum != s.Spec.MD5
		}
	}
	if s.Recipe != nil {
		if err := l.recipe(s, &t); err != nil {
			return err
		}
	}
	if len(t.Deps) > 0 || len(t.Params) > 0 || len(t.Outs) > 0 || t.Always || t.Checksum || t.Command {
		l.status.Stages = append(l.status.Stages, t)
	}
	return nil
}

// word is how an out differs, "" for not at all.
func (l *local) word(o *repository.Out, c *snapshot.Content) string {
	switch {
	case l.gone[o]:
		return "not in cache"
	case c.Kind == snapshot.Absent:
		return "deleted"
	case !workingcopy.Same(o, c):
		return "modified"
	}
	return ""
}

// deps compares what a stage is made of.
func (l *local) deps(ctx context.Context, s *repository.Stage, t *StageState) error {
	for _, d := range l.depsOf(s) {
		p := path.Join(s.Wdir(), d.Path)
		var shown, word string
		var err error
		switch {
		case d.Repo != nil:
			shown = d.Path + " (" + d.Repo.URL + ")"
			word, err = l.update(ctx, d.Repo)
		case d.DB != nil, d.Dataset != nil:
			l.status.Warnings = append(l.status.Warnings, fmt.Sprintf("stage: '%s' was not compared with its database or data set, which tacit does not read.", t.Name))
		case strings.Contains(d.Path, "://"), path.IsAbs(d.Path):
			shown = d.Path
			word, err = l.from.Differs(ctx, l.repo.Path(s.Wdir()), d)
		case p == "..", strings.HasPrefix(p, "../"):
			shown = l.repo.Path(p)
			word, err = l.from.Differs(ctx, l.repo.Path(s.Wdir()), d)
		default:
			shown = l.repo.Shown(l.cwd, p)
			word, err = l.dep(ctx, p, d)
		}
		if err != nil {
			return err
		}
		if word != "" {
			t.Deps = append(t.Deps, State{shown, word})
		}
	}
	return nil
}

// update is whether the repository of an import has another commit now.
func (l *local) update(ctx context.Context, spec *dvcfile.Repo) (string, error) {
	commit, err := l.from.Newest(ctx, spec)
	locked := spec.RevLock
	if err == nil && locked == "" {
		locked = commit
	}
	if err != nil || commit == locked {
		return "", err
	}
	return "update available", nil
}

// dep is how a dep in the working copy differs.
func (l *local) dep(ctx context.Context, p string, d dvcfile.Dep) (string, error) {
	layout := object.Current
	if d.Hash == "" {
		layout = object.Legacy
	}
	seen, err := workingcopy.Looking(l.repo, layout).Take(ctx, []string{p})
	if err != nil {
		return "", err
	}
	switch c := &seen.Contents[0]; {
	case c.Kind == snapshot.Absent:
		return "deleted", nil
	case c.ID.String() != strings.ToLower(d.MD5):
		return "modified", nil
	}
	return "", nil
}

// depsOf is what a stage says that it is made of, or would be made of: nothing where that
// is not known.
func (l *local) depsOf(s *repository.Stage) []dvcfile.Dep {
	if s.Spec != nil {
		return s.Spec.Deps
	}
	if s.Lock != nil {
		return s.Lock.Deps
	}
	if unrun, err := l.repo.Unrun(s); err == nil {
		return unrun.Deps
	}
	return nil
}
