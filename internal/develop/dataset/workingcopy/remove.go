package workingcopy

import (
	"context"
	"errors"
	"os"
	"path"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Remove has stages forgotten: their files go, and git is not told to ignore their data
// any more. The data stay, as files of their own, unless withData is set.
func (c Config) Remove(ctx context.Context, target string, withData bool) error {
	_, err := c.do(ctx, func(w *change) (err error) {
		stages, err := w.named(target)
		if err != nil {
			return err
		}
		var outs []string
		for _, s := range stages {
			for _, o := range s.Outs {
				if !o.External {
					outs = append(outs, o.Path)
				}
			}
		}
		release, err := w.hold(ctx, outs...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		for _, s := range stages {
			if err := w.remove(ctx, s, withData); err != nil {
				return err
			}
		}
		w.touched = nil // dvc says nothing of them
		return w.forget(outs...)
	})
	return err
}

// named are the stages that a target names as such. Data that have a .dvc file are told of.
func (w *change) named(target string) ([]*repository.Stage, error) {
	stages, err := w.Repo.Stages(w.index, w.Cwd, target)
	if err == nil {
		return stages, nil
	}
	err = w.noStage(target, err)
	if len(w.index.File(w.Repo.From(w.Cwd, target+repository.Suffix))) > 0 {
		return nil, fault.Because(err, fault.Invalid, "'%s' is not a .dvc file. Do you mean '%s'?: %s", target, target+repository.Suffix, fault.Sentence(err))
	}
	return nil, err
}

// noStage tells, in dvc's words, that a target is no stage.
func (w *change) noStage(target string, err error) error {
	if repository.IsStageFile(target) {
		return fault.Because(err, fault.NotFound, "'%s' does not exist", w.Repo.Path(w.Repo.From(w.Cwd, target)))
	}
	pipeline := w.Repo.From(w.Cwd, repository.PipelineFile)
	if len(w.index.File(pipeline)) == 0 {
		return fault.Because(err, fault.NotFound, "'%s' does not exist", repository.PipelineFile)
	}
	return fault.Because(err, fault.NotFound, "Stage '%s' not found inside '%s' file", target, repository.PipelineFile)
}

// remove forgets one stage.
func (w *change) remove(ctx context.Context, s *repository.Stage, withData bool) error {
	for _, o := range s.Outs {
		if o.External {
			continue
		}
		if withData {
			if err := os.RemoveAll(w.Repo.Path(o.Path)); err != nil {
				return fault.Because(err, fault.Unavailable, "'%s' cannot be removed.", w.shown(o.Path))
			}
		} else if err := w.unprotect(ctx, o.Path); err != nil {
			return err
		}
		if !o.NoCache || s.Import() != nil {
			if err := w.unignore(o.Path); err != nil {
				return err
			}
		}
	}
	if s.Spec != nil {
		w.touched[s.File] = true
		return os.Remove(w.Repo.Path(s.File))
	}
	return w.removeEntry(s)
}

// removeEntry takes a stage out of its dvc.yaml and dvc.lock.
func (w *change) removeEntry(s *repository.Stage) error {
	lock := path.Join(path.Dir(s.File), repository.LockFile)
	if err := w.editLock(lock, s.Name); err != nil {
		return err
	}
	w.touched[s.File], w.touched[lock] = true, true
	return w.editPipeline(s.File, func(stages *pyjson.Map) error {
		for i, m := range *stages {
			if m.Key == any(s.Name) {
				*stages = append((*stages)[:i:i], (*stages)[i+1:]...)
				return nil
			}
		}
		return fault.New(fault.Unsupported, "cannot remove a parametrized stage: '%s'", s.Address(w.shown(s.File)))
	})
}

func (w *change) editLock(file, name string) error {
	text, err := readThere(w.Repo.Path(file))
	if err != nil || text == nil {
		return err
	}
	lock, err := dvcfile.ParseLock(file, text)
	if err != nil || lock.Stage(name) == nil {
		return err
	}
	var left []dvcfile.LockStage
	for _, s := range lock.Stages {
		if s.Name != name {
			left = append(left, s)
		}
	}
	if lock.Stages = left; len(left) == 0 {
		return os.Remove(w.Repo.Path(file))
	}
	if text, err = lock.Encode(); err != nil {
		return err
	}
	return replace(w.Repo.Path(file), text)
}

// editPipeline changes the stages of a dvc.yaml; one without stages goes.
func (w *change) editPipeline(file string, edit func(stages *pyjson.Map) error) error {
	text, err := os.ReadFile(w.Repo.Path(file))
	if err != nil {
		return err
	}
	root, err := yamltext.Parse(text)
	if err != nil {
		return fault.Because(err, fault.Invalid, "unable to read: '%s', YAML file structure is corrupted: %s", file, err)
	}
	all, _ := root.Plain().(pyjson.Map)
	value, _ := all.Get("stages")
	stages, _ := value.(pyjson.Map)
	stages = append(pyjson.Map(nil), stages...)
	if err := edit(&stages); err != nil {
		return err
	}
	if len(stages) == 0 {
		return os.Remove(w.Repo.Path(file))
	}
	all.Set("stages", stages)
	if text, err = yamltext.Edit(text, all, yamltext.AtEnd); err != nil {
		return err
	}
	return replace(w.Repo.Path(file), text)
}

// Freeze makes a stage one that is not brought up to date, or lets it be again.
func (c Config) Freeze(ctx context.Context, target string, frozen bool) error {
	_, err := c.do(ctx, func(w *change) error {
		stages, err := w.Repo.Stages(w.index, w.Cwd, target)
		if err != nil {
			return w.noStage(target, err)
		}
		w.touched = nil
		for _, s := range stages {
			if s.Spec != nil {
				s.Spec.Frozen = frozen
				text, err := s.Spec.Encode()
				if err != nil {
					return err
				}
				if err := replace(w.Repo.Path(s.File), text); err != nil {
					return err
				}
				continue
			}
			if err := w.freezeEntry(s, frozen); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func (w *change) freezeEntry(s *repository.Stage, frozen bool) error {
	return w.editPipeline(s.File, func(stages *pyjson.Map) error {
		value, ok := stages.Get(s.Name)
		entry, isMap := value.(pyjson.Map)
		if !ok || !isMap {
			return fault.New(fault.Unsupported, "cannot dump a parametrized stage: '%s'", s.Address(w.shown(s.File)))
		}
		entry = append(pyjson.Map(nil), entry...)
		if frozen {
			entry.Set("frozen", true)
		} else {
			for i, m := range entry {
				if m.Key == any("frozen") {
					entry = append(entry[:i:i], entry[i+1:]...)
					break
				}
			}
		}
		stages.Set(s.Name, entry)
		w.say("Modifying stage '%s' in '%s'", s.Name, w.shown(s.File))
		return nil
	})
}
