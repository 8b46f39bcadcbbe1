package data

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/collection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type gcCommand struct {
	Workspace      bool     `short:"w" help:"Keep data files used in the current workspace."`
	Rev            string   `placeholder:"<commit>" help:"Keep data files used in the specified <commit>."`
	Num            int      `short:"n" placeholder:"<num>" help:"Keep data files used in the last num commits starting from the --rev <commit>."`
	AllBranches    bool     `short:"a" help:"Keep data files for the tips of all Git branches."`
	AllTags        bool     `short:"T" help:"Keep data files for all Git tags."`
	AllCommits     bool     `short:"A" help:"Keep data files for all Git commits."`
	AllExperiments bool     `help:"Keep data files for all experiments."`
	Date           string   `placeholder:"<YYYY-MM-DD>" help:"Keep cached data referenced in the commits after a certain date."`
	NotInRemote    bool     `help:"Keep data files that are not present in the remote."`
	Cloud          bool     `short:"c" help:"Collect garbage in remote storage in addition to local cache."`
	Remote         string   `short:"r" placeholder:"<name>" help:"Remote storage to collect garbage in"`
	Force          bool     `short:"f" help:"Force garbage collection - automatically agree to all prompts."`
	Jobs           int      `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	Projects       []string `short:"p" placeholder:"<path>" help:"Keep data files required by these projects in addition to the current one."`
	Dry            bool     `help:"Only print what would get removed without actually removing."`
	SkipFailed     bool     `help:"Skip revisions that fail when collected."`
	Undo           bool     `help:"Bring back what the last collection took out of the cache, and with -c out of the remote where that is a folder."`
}

// check refuses what does not go together, in dvc's words.
func (c *gcCommand) check() error {
	switch {
	case c.NotInRemote && c.Cloud:
		return fault.New(fault.Invalid, "`--not-in-remote` and `--cloud` are mutually exclusive")
	case c.Num != 0 && c.Rev == "" && !c.AllBranches:
		return fault.New(fault.Invalid, "`--num` can only be used alongside `--rev` or `--all-branches`")
	case !c.Workspace && !c.AllTags && !c.AllCommits && !c.AllBranches && !c.AllExperiments && c.Date == "" && c.Rev == "":
		return fault.New(fault.Invalid, "Either of `-w|--workspace`, `-a|--all-branches`, `-T|--all-tags` `--all-experiments`, `--all-commits`, `--date` or `--rev` needs to be set.")
	}
	return nil
}

// warning says what stays, in dvc's words.
func (c *gcCommand) warning(s *session) string {
	said := "This will remove all cache except items used in the workspace"
	switch {
	case c.AllCommits:
		said += " and all git commits"
	case c.AllBranches && c.AllTags && c.Num != 0:
		said += fmt.Sprintf(" and last %d commits from all git branches and all git tags", c.Num)
	case c.AllBranches && c.AllTags:
		said += " and all git branches and tags"
	case c.AllBranches && c.Num != 0:
		said += fmt.Sprintf(" and last %d commits from all git branches", c.Num)
	case c.AllBranches:
		said += " and all git branches"
	case c.AllTags:
		said += " and all git tags"
	}
	if c.Date != "" && !c.AllCommits {
		said += " and all git commits before date " + c.Date
	}
	if c.Rev != "" && !c.AllCommits {
		said += fmt.Sprintf(" and last %d commits from %s", max(c.Num, 1), c.Rev)
	}
	if c.AllExperiments {
		said += " and all experiments"
	}
	if c.NotInRemote {
		said += " that are not present in the DVC remote"
	}
	if len(c.Projects) == 0 {
		return said + " of the current repo."
	}
	said += " of the current and the following repos:"
	for _, p := range c.Projects {
		if !filepath.IsAbs(p) {
			p = filepath.Join(s.cwd, p)
		}
		said += "\n  - " + p
	}
	return said
}

// Run takes what nothing uses out of the cache, and of a remote.
func (c *gcCommand) Run(s *session) error {
	if c.Undo {
		return c.undo(s)
	}
	if err := c.check(); err != nil {
		return err
	}
	if _, err := s.open(); err != nil {
		return err
	}
	s.warn(c.warning(s))
	if !c.Force && !c.Dry && !s.confirm("Are you sure you want to proceed?") {
		return answer(1)
	}
	return s.locked(func(d *sharing.Config) error {
		used, err := c.used(s, d)
		if err != nil {
			return err
		}
		kept := used
		if c.NotInRemote {
			if kept, err = c.unsent(s, d, used); err != nil {
				return err
			}
		}
		how := c.how(s)
		if err := c.local(s, d, kept, how); err != nil || !c.Cloud {
			return err
		}
		return c.cloud(s, d, used, how)
	})
}

// used is what this repository uses, and the others that are named.
func (c *gcCommand) used(s *session, d *sharing.Config) (sharing.Used, error) {
	all := sharing.Used{}
	repos := []*sharing.Config{d}
	for _, p := range c.Projects {
		other, err := s.project(p)
		if err != nil {
			return nil, err
		}
		repos = append(repos, other)
	}
	for _, r := range repos {
		q := sharing.Request{Cwd: r.Repo.Root, Branches: c.AllBranches, Tags: c.AllTags, Commits: c.AllCommits, Remote: c.Remote, SkipFailed: c.SkipFailed}
		var err error
		if q.Revisions, err = c.revisions(s, r); err != nil {
			return nil, err
		}
		used, err := r.Used(s.ctx, q)
		if err != nil {
			return nil, err
		}
		all.Add(used)
	}
	return all, nil
}

// revisions are the commits that are named, with those before them.
func (c *gcCommand) revisions(s *session, r *sharing.Config) (all []string, err error) {
	git, from := r.Repo.Git(), map[string]string{}
	if git == nil && (c.Date != "" || c.AllExperiments) {
		return nil, fault.New(fault.Invalid, "--date and --all-experiments take a repository of git, which %s is not.", r.Repo.Root)
	}
	if c.Date != "" {
		since, err := time.ParseInLocation(time.DateOnly, c.Date, time.Local)
		if err != nil {
			return nil, fault.Because(err, fault.Invalid, "unexpected error - time data '%s' does not match format '%%Y-%%m-%%d'", c.Date)
		}
		if all, err = git.Since(s.ctx, since); err != nil {
			return nil, err
		}
	}
	if c.AllExperiments {
		experiments, err := git.Experiments(s.ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, experiments...)
	}
	if c.Rev == "" && (!c.AllBranches || c.Num < 2) {
		return all, nil
	}
	if git == nil {
		return nil, fault.New(fault.Invalid, "--rev and --num take a repository of git, which %s is not.", r.Repo.Root)
	}
	if c.AllBranches {
		if from, err = git.Branches(s.ctx); err != nil {
			return nil, err
		}
	}
	if c.Rev != "" {
		from["--rev"] = c.Rev
	}
	for _, rev := range from {
		some, err := git.Back(s.ctx, rev, max(c.Num, 1))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// how says how objects are taken out: all of a command at one time.
func (c *gcCommand) how(s *session) collection.How {
	how := collection.How{Now: time.Now()}
	if c.Dry {
		how.Dry = func(place string) { s.say("Removing %s", place) }
	}
	return how
}

// project is another repository.
func (s *session) project(path string) (*sharing.Config, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.cwd, path)
	}
	other := &session{Terminal: s.Terminal, globals: s.globals, ctx: s.ctx, args: s.args, cwd: path}
	return other.sharing()
}

// unsent is what is used and not in the remote.
func (c *gcCommand) unsent(s *session, d *sharing.Config, used sharing.Used) (sharing.Used, error) {
	kept := sharing.Used{}
	kept.Add(used)
	name, err := c.remote(d)
	if err != nil {
		return nil, err
	}
	return kept, d.KeepUnsent(s.ctx, name, kept)
}

func (c *gcCommand) remote(d *sharing.Config) (string, error) {
	if c.Remote != "" {
		return c.Remote, nil
	}
	if name := d.Repo.Config().DefaultRemote(); name != "" {
		return name, nil
	}
	return "", d.NoRemote()
}

func (c *gcCommand) local(s *session, d *sharing.Config, used sharing.Used, how collection.How) error {
	total := collection.Removed{}
	for _, scheme := range []struct {
		layout object.Layout
		name   string
	}{{object.Current, "repo"}, {object.Legacy, "legacy"}} {
		r, err := collection.Cache(s.ctx, d.Repo.Cache(scheme.layout), used[scheme.layout], how)
		if err != nil {
			return err
		}
		total.Objects, total.Bytes = total.Objects+r.Objects, total.Bytes+r.Bytes
		if r.Objects > 0 {
			s.say("Removed %d objects from %s cache.", r.Objects, scheme.name)
		} else {
			s.say("No unused '%s' cache to remove.", scheme.name)
		}
	}
	c.hint(s, total, "tacit data gc --undo")
	return nil
}

// hint tells what dvc does not: how much it is, and how it comes back.
func (c *gcCommand) hint(s *session, r collection.Removed, undo string) {
	if s.Quiet || r.Objects == 0 {
		return
	}
	switch {
	case c.Dry:
		_, _ = fmt.Fprintf(s.Errs, "  hint: nothing was removed; it would be %d bytes\n", r.Bytes)
	case undo != "":
		_, _ = fmt.Fprintf(s.Errs, "  hint: %d bytes are in the trash for %d days: %s brings them back\n", r.Bytes, int(collection.Kept.Hours()/24), undo)
	}
}

func (c *gcCommand) cloud(s *session, d *sharing.Config, used sharing.Used, how collection.How) error {
	name, err := c.remote(d)
	if err != nil {
		return err
	}
	r, err := d.Open(s.ctx, name)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // all was answered
	for _, layout := range []object.Layout{object.Current, object.Legacy} {
		side := r.Side(layout)
		done, err := collection.Remote(s.ctx, side, used[layout], how)
		if err != nil {
			return err
		}
		if done.Objects > 0 {
			s.say("Removed %d objects from remote.", done.Objects)
		} else {
			s.say("No unused cache to remove from remote.")
		}
		undo := ""
		if _, ok := side.Folder(); ok {
			undo = "tacit data gc --undo -c"
		}
		c.hint(s, done, undo)
		if done.Fresh > 0 {
			s.warn(fmt.Sprintf("%d objects that nothing uses here came within the last day, and stay: another clone may have sent them.", done.Fresh))
		}
	}
	return nil
}

// undo brings back what the last collection took.
func (c *gcCommand) undo(s *session) error {
	return s.locked(func(d *sharing.Config) error {
		folder, what := d.Repo.Cache(object.Current).Folder(), "repo cache"
		if c.Cloud {
			name, err := c.remote(d)
			if err != nil {
				return err
			}
			r, err := d.Open(s.ctx, name)
			if err != nil {
				return err
			}
			defer func() { _ = r.Close() }() // nothing was asked
			var ok bool
			if folder, ok = r.Side(object.Current).Folder(); !ok {
				return fault.New(fault.Unsupported, "The remote '%s' has no trash: it is no folder.", name)
			}
			what = "remote"
		}
		n, err := collection.Undo(s.ctx, folder)
		if err != nil {
			return err
		}
		s.say("Brought back %d objects to %s.", n, strings.TrimSpace(what))
		return nil
	})
}
