package workingcopy

import (
	"context"
	"os"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Look is how a repository's working copy is looked at, in a layout.
type Look struct {
	snapshot.Config
	repo   *repository.Repository
	layout object.Layout
}

// Looking looks at a repository's working copy without changing or storing anything.
func Looking(r *repository.Repository, layout object.Layout) *Look {
	l := &Look{repo: r, layout: layout, Config: snapshot.Config{Root: r.Root, Walk: r.Walk, Now: r.Environment().Now}}
	l.Ignores = func(p string, folder bool) (bool, error) {
		ignored, _, err := r.Ignores(p, folder)
		return ignored, err
	}
	if layout == object.Legacy {
		l.Hashing = object.Dos2Unix
	}
	return l
}

// Take looks at places and keeps the sums of what it read.
func (l *Look) Take(ctx context.Context, places []string) (*snapshot.Snapshot, error) {
	return l.take(ctx, places)
}

func (l *Look) take(ctx context.Context, places []string) (s *snapshot.Snapshot, err error) {
	if l.Sums, err = l.repo.Sums(l.layout); err != nil {
		return nil, err
	}
	if s, err = l.Config.Take(ctx, places); err != nil {
		return nil, err
	}
	if s.Fresh {
		// What cannot be kept is read again next time: no reason to fail.
		_ = l.repo.Keep(l.layout, s.Sums)
	}
	return s, nil
}

// makeFolder makes sure of a folder.
func makeFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil { //nolint:gosec // less the umask, as all folders of a cache
		return fault.Because(err, fault.Unavailable, "The folder %s cannot be made.", folder)
	}
	return nil
}
