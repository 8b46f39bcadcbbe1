package data

import (
	"os"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type pullCommand struct {
	shared
	Force        bool `short:"f" help:"Do not prompt when removing working directory files."`
	Glob         bool `hidden:"" help:"Allows targets containing shell-style wildcards."`
	AllowMissing bool `help:"Ignore errors if some of the files or directories are missing."`
}

// Run fetches, and checks out what came. What could not be had is a failure, also where
// the rest was checked out.
func (c *pullCommand) Run(s *session) error {
	const about = "failed to pull data from the cloud"
	n, absent := c.fetch(s, c.Glob, func(*sharing.Request) {})
	if absent != nil && !lacking(absent) && !sharing.IsNoRemote(absent) {
		return caught(about, absent)
	}
	w, err := s.working()
	if err != nil {
		return err
	}
	targets := c.Targets
	if c.Glob && len(targets) > 0 {
		if targets, err = repository.Expand(s.cwd, targets); err != nil {
			return caught(about, err)
		}
	}
	r, err := w.Checkout(s.ctx, targets, workingcopy.CheckingOut{WithDeps: c.WithDeps, Recursive: c.Recursive, Force: c.Force, AllowMissing: c.AllowMissing})
	if err != nil {
		return caught(about, err)
	}
	came, err := c.wanting(s, w, targets, r)
	if err != nil {
		return caught(about, err)
	}
	n += came
	s.checkedOut(r, false)
	s.without(c.Remote)
	told := counted([]string{"fetched", "modified", "added", "deleted"}, []int{n, r.Files.Modified, r.Files.Added, r.Files.Deleted})
	lacks := len(r.Failed) > 0 || absent != nil
	if told == "" && !lacks {
		told = "Everything is up to date."
	}
	if told != "" {
		s.say("%s", told)
	}
	switch {
	case len(r.Failed) > 0:
		return caught(about, fault.New(fault.NotFound, "Checkout failed for following targets:\n%s\nIs your cache up to date?\n<https://error.dvc.org/missing-files>", strings.Join(r.Failed, "\n")))
	case absent != nil && !c.AllowMissing:
		return caught(about, absent)
	}
	return nil
}

// wanting brings the data of imports that were never brought here, where nothing lies at
// their place. Their files stay as they are.
func (c *pullCommand) wanting(s *session, w workingcopy.Config, targets []string, r *workingcopy.CheckedOut) (n int, err error) {
	ix, err := w.Repo.Index(s.ctx, "")
	if err != nil {
		return 0, err
	}
	selected, err := w.Repo.Select(ix, s.cwd, targets, repository.Flags{WithDeps: c.WithDeps, Recursive: c.Recursive})
	if err != nil {
		return 0, err
	}
	from := s.origins(w.Repo)
	defer func() { err = firstOf(err, from.Close()) }()
	for _, out := range wanting(selected) {
		if _, err := os.Lstat(w.Repo.Path(out.Path)); err == nil {
			continue
		}
		files, dir, err := from.bring(s.ctx, out, w.Repo.Path(out.Path), c.Jobs)
		if err != nil {
			return n, err
		}
		shown := w.Repo.Shown(s.cwd, out.Path)
		if dir {
			shown += "/"
		}
		n += files
		r.Files.Added += files
		r.Added = append(r.Added, shown)
	}
	return n, nil
}

// lacking says whether a fetch failed of single objects, so that the rest is there.
func lacking(err error) bool {
	return fault.Is(err, fault.Conflict) && strings.HasSuffix(fault.Sentence(err), " files failed to download")
}
