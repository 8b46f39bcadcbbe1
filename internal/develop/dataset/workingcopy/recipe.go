package workingcopy

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// recipe is what a stage of a pipeline is made of now, beside what it was.
type recipe struct {
	deps    []string // what it is made of that changed, as the person sees it
	command bool     // it has another command
	known   bool     // everything is read that dvc.yaml says of it
}

// recipeOf makes the lock of a stage of a pipeline say what it is made of now, and tells
// what that changed. A stage that did not run gets a lock: it is as if it had run. nil for
// all other stages.
func (w *change) recipeOf(ctx context.Context, s *repository.Stage) (*recipe, error) {
	if s.Spec != nil || s.Recipe == nil {
		return nil, nil
	}
	ran := s.Lock != nil
	if !ran {
		var err error
		if s.Lock, err = w.Repo.Unrun(s); err != nil {
			return nil, w.mustRun(s, err)
		}
	}
	was, now := s.Lock, *s.Lock
	now.Deps = slices.Clone(was.Deps)
	s.Lock = &now
	if err := w.lockDeps(ctx, s); err != nil {
		return nil, err
	}
	r := &recipe{known: true}
	for i, d := range now.Deps {
		if d.MD5 != was.Deps[i].MD5 || d.Hash != was.Deps[i].Hash {
			r.deps = append(r.deps, w.shown(path.Join(s.Wdir(), d.Path)))
		}
	}
	cmd, err := w.Repo.Command(s)
	if err == nil {
		r.command, now.Cmd = !yamltext.Equal(cmd, was.Cmd), cmd
		now.Params, err = w.params(s, was, r)
	}
	if fault.Is(err, fault.Unsupported) && !ran {
		return nil, w.mustRun(s, err)
	}
	if fault.Is(err, fault.Unsupported) { // it stays as it was when the stage ran
		now.Cmd, now.Params, r.known, r.command = was.Cmd, was.Params, false, false
		if w.Warn != nil {
			w.Warn(fmt.Sprintf("stage: '%s' keeps the command and the params that it ran with: %s.", s.Address(w.shown(s.File)), fault.Sentence(err)))
		}
		err = nil
	}
	return r, err
}

// mustRun is why a stage that did not run yet cannot be committed.
func (w *change) mustRun(s *repository.Stage, err error) error {
	return fault.WithHint(fault.Because(err, fault.KindOf(err), "The stage '%s' did not run yet: %s.", s.Address(w.shown(s.File)), fault.Sentence(err)), "dvc repro runs it")
}

// params are those that a stage takes now; files of which they changed are noted.
func (w *change) params(s *repository.Stage, was *dvcfile.LockStage, r *recipe) (all []dvcfile.Params, err error) {
	asked, err := w.Repo.Params(s)
	if err != nil {
		return nil, err
	}
	for _, a := range asked {
		values, err := w.Repo.ReadParams(a.File)
		if err != nil {
			return nil, err
		}
		if values == nil {
			return nil, fault.New(fault.NotFound, "dependency '%s' does not exist", w.shown(a.File))
		}
		file, err := filepath.Rel(filepath.FromSlash("/"+s.Wdir()), filepath.FromSlash("/"+a.File))
		if err != nil {
			return nil, err
		}
		p := dvcfile.Params{Path: filepath.ToSlash(file), Values: values}
		if a.Keys != nil {
			if p.Values, err = picked(values, a, w.shown(a.File)); err != nil {
				return nil, err
			}
		}
		all = append(all, p)
		i := slices.IndexFunc(was.Params, func(o dvcfile.Params) bool { return o.Path == p.Path })
		if i < 0 || !same(was.Params[i].Values, p.Values) {
			r.deps = append(r.deps, w.shown(a.File))
		}
	}
	return all, nil
}

// picked are the values of the keys that a stage takes: dvc refuses one that is missing.
func picked(values pyjson.Map, a repository.Asked, shown string) (some pyjson.Map, err error) {
	var missing []string
	for _, key := range a.Keys {
		v, ok := repository.Param(values, key)
		if !ok {
			missing = append(missing, key)
		}
		some.Set(key, v)
	}
	if missing != nil {
		return nil, fault.New(fault.NotFound, "Parameters '%s' are missing from '%s'.", strings.Join(missing, ", "), shown)
	}
	return some, nil
}

// same compares values whose order does not count.
func same(a, b pyjson.Map) bool {
	if len(a) != len(b) {
		return false
	}
	for _, e := range a {
		key, _ := e.Key.(string)
		v, ok := b.Get(key)
		if !ok || !yamltext.Equal(e.Value, v) {
			return false
		}
	}
	return true
}

// saveRun keeps what a stage made of what, where dvc would find it instead of running
// the stage again: of stages that are made of something, make something that is not
// taken over from run to run, and are known in full.
func (w *change) saveRun(ctx context.Context, s *repository.Stage) error {
	if s.Recipe.Always || s.Lock.Cmd == nil || len(s.Lock.Deps)+len(s.Lock.Params) == 0 || len(s.Outs) == 0 {
		return nil
	}
	for _, d := range s.Lock.Deps {
		if d.MD5 == "" || d.Dataset != nil || strings.Contains(d.Path, "://") {
			return nil
		}
	}
	for _, o := range s.Outs {
		if o.External || !o.Known || o.Persist {
			return nil
		}
	}
	if err := w.keepCopies(ctx, s); err != nil {
		return err
	}
	key, err := s.Lock.RunKey()
	if err != nil {
		return err
	}
	value, err := s.Lock.RunValue()
	if err != nil {
		return err
	}
	text, err := s.Lock.EncodeRun()
	if err != nil {
		return err
	}
	file := filepath.Join(w.Repo.Cache(object.Legacy).Folder(), filepath.FromSlash(dvcfile.RunPath(key, value)))
	if err := makeFolder(filepath.Dir(file)); err != nil {
		return err
	}
	return replace(file, text)
}

// keepCopies stores the outs of a stage that are not kept in the cache otherwise: a run
// that is found again gives them back.
func (w *change) keepCopies(ctx context.Context, s *repository.Stage) error {
	linking := w.linking
	defer func() { w.linking = linking }()
	w.linking = link.Copy // they stay files of their own
	for _, o := range s.Outs {
		if !o.NoCache {
			continue
		}
		taken, err := w.take(ctx, []string{o.Path}, object.Current, true)
		if err != nil {
			return err
		}
		if err := store(ctx, w.Repo.Cache(object.Current), &taken.Contents[0]); err != nil {
			return err
		}
	}
	return w.Repo.Cache(object.Current).Sync()
}
