package imports

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// lying are the files of a folder that was imported from a URL and never brought here, as
// they lie there now; none of all others, and of a place that is gone.
func (s *Source) lying(ctx context.Context, out *repository.Out) (all []Item, err error) {
	d := out.Stage.Dep()
	if d == nil || d.Repo != nil || d.DB != nil || out.External {
		return nil, nil
	}
	if all, ok := s.looked[out]; ok {
		return all, nil
	}
	root := s.root
	if s.origin != nil {
		root = s.origin.Root
	}
	at, err := Locate(d.Path, filepath.Join(root, filepath.FromSlash(out.Stage.Wdir())), s.config, dvcconfig.Over{Options: d.FSConfig, Tracked: true}, s.around.Remotes)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	if at.Here() != "" && s.origin == nil { // what came from elsewhere has nothing to say of this machine
		return nil, nil
	}
	found, err := at.Look(ctx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err == nil {
		all = found.Files
	}
	s.looked[out] = all
	return all, nil
}

// lookAt takes over what lies, at the URL that data were imported from, at the place that
// the entry has below them.
func (s *Source) lookAt(ctx context.Context, e *Entry, out *repository.Out) error {
	files, err := s.lying(ctx, out)
	rel := e.Path[len(out.Path)+1:]
	for i := range files {
		switch f := &files[i]; {
		case f.Path == rel:
			e.Tracked, e.Out, e.out, e.Size, e.Said = true, true, out, f.Size, f.Size
		case repository.Within(f.Path, rel):
			e.Tracked, e.Out, e.out, e.Dir = true, true, out, true
		}
	}
	return err
}
