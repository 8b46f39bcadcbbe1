package data

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
)

type cacheMigrateCommand struct {
	DvcFiles bool `help:"Migrate entries in all existing DVC files in the repository to the DVC 3.0 format."`
	Dry      bool `help:"Only print actions which would be taken without actually migrating any data."`
}

// Run gives what DVC 2 left in the cache its places of DVC 3.
func (c *cacheMigrateCommand) Run(s *session) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	n, err := w.Migrate(s.ctx, c.Dry)
	switch {
	case err != nil:
		return err
	case c.Dry:
		s.say("%d files will be re-hashed and migrated to the DVC 3.0 cache location.", n)
	default:
		s.say("Migrated %d files to DVC 3.0 cache location.", n)
	}
	if !c.DvcFiles {
		return nil
	}
	files, touched, err := w.MigrateFiles(s.ctx, c.Dry)
	switch {
	case err != nil:
		return err
	case len(files) == 0:
		s.say("No DVC files in the repo to migrate to the 3.0 format.")
	case c.Dry:
		slices.Sort(files)
		s.say("Entries in following DVC files will be migrated to the 3.0 format:\n\t%s", strings.Join(files, "\n\t"))
	default:
		for _, f := range files {
			if strings.HasSuffix(f, repository.Suffix) {
				s.say("Updating DVC file '%s'", f)
			}
		}
		s.track(touched)
	}
	return nil
}
