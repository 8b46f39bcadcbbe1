package comparison

import (
	"fmt"
	"path"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// recipe compares how a stage of dvc.yaml runs with how it ran: its command and its
// params. What is not read is told in a warning.
func (l *local) recipe(s *repository.Stage, t *StageState) error {
	t.Always = s.Recipe.Always || len(s.Outs) == 0 && s.Lock != nil && len(s.Lock.Deps) == 0 && len(s.Recipe.Params) == 0
	if s.Lock == nil {
		return l.unrun(s, t)
	}
	cmd, err := l.repo.Command(s)
	switch {
	case fault.Is(err, fault.Unsupported):
		l.unread(t, err)
	case err != nil:
		return err
	default:
		t.Command = !yamltext.Equal(cmd, s.Lock.Cmd)
	}
	if s.Frozen {
		return nil
	}
	asked, err := l.repo.Params(s)
	if fault.Is(err, fault.Unsupported) {
		l.unread(t, err)
		return nil
	}
	if err != nil {
		return err
	}
	for _, a := range asked {
		if err := l.params(s, a, t); err != nil {
			return err
		}
	}
	return nil
}

// unrun tells of the params that a stage took from no file yet.
func (l *local) unrun(s *repository.Stage, t *StageState) error {
	asked, err := l.repo.Params(s)
	if s.Frozen || fault.Is(err, fault.Unsupported) {
		return nil
	}
	for i := 0; i < len(asked) && err == nil; i++ {
		err = l.params(s, asked[i], t)
	}
	return err
}

func (l *local) unread(t *StageState, err error) {
	l.status.Warnings = append(l.status.Warnings, fmt.Sprintf("stage: '%s' was not compared with all that it ran with: %s.", t.Name, fault.Sentence(err)))
}

// params compares what a stage takes from a file of params with what it took.
func (l *local) params(s *repository.Stage, a repository.Asked, t *StageState) error {
	values, err := l.repo.ReadParams(a.File)
	if fault.Is(err, fault.Unsupported) {
		l.unread(t, err)
		return nil
	}
	if err != nil {
		return err
	}
	shown := l.repo.Shown(l.cwd, a.File)
	if values == nil {
		t.Params = append(t.Params, ParamState{File: shown, Word: "deleted"})
		return nil
	}
	if s.Lock == nil {
		t.Params = append(t.Params, ParamState{File: shown, Word: "new"})
		return nil
	}
	var was pyjson.Map
	for _, p := range s.Lock.Params {
		if path.Join(s.Wdir(), p.Path) == a.File {
			was = p.Values
		}
	}
	state := ParamState{File: shown}
	for _, key := range keysOf(a, values, was) {
		now, there := repository.Param(values, key)
		old, before := was.Get(key)
		switch {
		case !there:
			state.Keys = append(state.Keys, State{key, "deleted"})
		case !before:
			state.Keys = append(state.Keys, State{key, "new"})
		case !yamltext.Equal(now, old):
			state.Keys = append(state.Keys, State{key, "modified"})
		}
	}
	if state.Keys != nil {
		t.Params = append(t.Params, state)
	}
	return nil
}

// keysOf are the keys that are asked for and those that were taken, each once.
func keysOf(a repository.Asked, values, was pyjson.Map) (all []string) {
	seen := map[string]bool{}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			all = append(all, key)
		}
	}
	for _, key := range a.Keys {
		add(key)
	}
	if a.Keys == nil {
		for _, e := range values {
			if key, ok := e.Key.(string); ok {
				add(key)
			}
		}
	}
	for _, e := range was {
		if key, ok := e.Key.(string); ok {
			add(key)
		}
	}
	return all
}
