package imports

import (
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
)

// inside is what a path on the disk leads to, where that belongs to the source: below its
// root, and no part of git's or DVC's own; or, on this machine, an object of its cache,
// which data may be links to.
func (s *Source) inside(full string) (string, bool) {
	real, err := filepath.EvalSymlinks(full)
	if err != nil {
		return "", false
	}
	if s.origin != nil && s.temporary == "" {
		for _, layout := range []object.Layout{object.Current, object.Legacy} {
			if folder, err := filepath.EvalSymlinks(s.origin.Cache(layout).Folder()); err == nil && below(real, folder) {
				return real, true
			}
		}
	}
	own := below(real, filepath.Join(s.root, ".git")) || below(real, filepath.Join(s.root, repository.Folder))
	return real, below(real, s.root) && !own
}

// holds says whether a path leads to what belongs to the source; for each it is found out
// once.
func (s *Source) holds(full string) bool {
	held, known := s.held[full]
	if !known {
		_, held = s.inside(full)
		s.held[full] = held
	}
	return held
}

func below(p, folder string) bool {
	return p == folder || strings.HasPrefix(p, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}
