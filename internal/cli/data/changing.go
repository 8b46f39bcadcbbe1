package data

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type addCommand struct {
	Targets    []string `arg:"" help:"Input files/directories to add."`
	NoCommit   bool     `help:"Don't put files/directories into cache."`
	Glob       bool     `help:"Allows targets containing shell-style wildcards."`
	Out        string   `short:"o" placeholder:"<path>" help:"Destination path to put files to."`
	ToRemote   bool     `help:"Download it directly to the remote"`
	Remote     string   `short:"r" placeholder:"<name>" help:"Remote storage to download to"`
	RemoteJobs int      `placeholder:"<number>" help:"Only used along with --to-remote. Number of jobs to run simultaneously."`
	Force      bool     `short:"f" help:"Override local file or folder if exists."`
	NoRelink   bool     `help:"Don't recreate links from cache to workspace."`
}

// check refuses flags that do not go together, in dvc's words.
func (c *addCommand) check() error {
	with, wrong := "without --to-remote", ""
	switch {
	case c.ToRemote || c.Out != "":
		if with = "with --out"; c.ToRemote {
			with = "with --to-remote"
		}
		switch {
		case len(c.Targets) != 1:
			wrong = "multiple targets"
		case c.Glob:
			wrong = "--glob option"
		case c.NoCommit:
			wrong = "--no-commit option"
		}
	case c.Remote != "":
		wrong = "--remote"
	case c.RemoteJobs != 0:
		wrong = "--remote-jobs"
	}
	if wrong != "" {
		return fault.New(fault.Invalid, "%s can't be used %s", wrong, with)
	}
	return nil
}

// Run adds data.
func (c *addCommand) Run(s *session) (err error) {
	w, err := s.working()
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return caught("", err)
	}
	targets := c.Targets
	if c.Glob {
		if targets, err = repository.Expand(s.cwd, targets); err != nil {
			return caught("", err)
		}
	}
	if c.ToRemote {
		touched, err := c.toRemote(s, w)
		if err == nil {
			s.track(touched)
		}
		return caught("", err)
	}
	if c.Out != "" {
		touched, err := w.AddCopy(s.ctx, targets[0], c.Out, c.Force)
		s.track(touched)
		return caught("", err)
	}
	touched, err := w.Add(s.ctx, targets, workingcopy.Adding{NoCommit: c.NoCommit, NoRelink: c.NoRelink})
	s.track(touched)
	return caught("", err)
}

type commitCommand struct {
	Targets   []string `arg:"" optional:"" help:"Limit command scope to these tracked files/directories, .dvc files and stage names."`
	Force     bool     `short:"f" help:"Commit data even if hash values for dependencies or outputs did not change."`
	WithDeps  bool     `short:"d" help:"Commit all dependencies of the specified target."`
	Recursive bool     `short:"R" help:"Commit cache for subdirectories of the specified directory."`
	NoRelink  bool     `help:"Don't recreate links from cache to workspace."`
}

// Run makes the working copy the version of what is tracked.
func (c *commitCommand) Run(s *session) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	targets := c.Targets
	if len(targets) == 0 {
		targets = []string{""}
	}
	for _, t := range targets {
		about := strings.TrimSuffix("failed to commit "+t, " ")
		how := workingcopy.Committing{Force: c.Force, WithDeps: c.WithDeps, Recursive: c.Recursive, NoRelink: c.NoRelink}
		if err := w.Commit(s.ctx, t, how); err != nil {
			return caught(about, err)
		}
	}
	return nil
}

type checkoutCommand struct {
	Targets      []string `arg:"" optional:"" help:"Limit command scope to these tracked files/directories, .dvc files and stage names."`
	Summary      bool     `help:"Show summary of the changes."`
	WithDeps     bool     `short:"d" help:"Checkout all dependencies of the specified target."`
	Recursive    bool     `short:"R" help:"Checkout all subdirectories of the specified directory."`
	Force        bool     `short:"f" help:"Do not prompt when removing working directory files."`
	Relink       bool     `help:"Recreate links or copies from cache to workspace."`
	AllowMissing bool     `help:"Ignore errors if some of the files or directories are missing."`
}

// Run makes the working copy what the files of stages say.
func (c *checkoutCommand) Run(s *session) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	how := workingcopy.CheckingOut{WithDeps: c.WithDeps, Recursive: c.Recursive, Force: c.Force, Relink: c.Relink, AllowMissing: c.AllowMissing}
	r, err := w.Checkout(s.ctx, c.Targets, how)
	if err != nil {
		return err
	}
	s.checkedOut(r, c.Summary)
	if len(r.Failed) > 0 {
		return fault.WithHint(fault.New(fault.NotFound, "Checkout failed for following targets:\n%s\nIs your cache up to date?\n<https://error.dvc.org/missing-files>", strings.Join(r.Failed, "\n")), "tacit data pull fetches what is missing")
	}
	if c.Relink {
		s.say("Relinked successfully")
	}
	return nil
}

// checkedOut tells what a checkout did.
func (s *session) checkedOut(r *workingcopy.CheckedOut, summary bool) {
	if summary {
		told := counted([]string{"modified", "added", "deleted"}, []int{r.Files.Modified, r.Files.Added, r.Files.Deleted})
		if told == "" {
			told = "No changes."
		}
		s.say("%s", told)
		return
	}
	for _, list := range []struct {
		letter string
		paths  []string
	}{{"M", r.Modified}, {"A", r.Added}, {"D", r.Deleted}} {
		for _, p := range list.paths {
			s.say("%-8s%s", list.letter, p)
		}
	}
}

// counted tells numbers of files in dvc's words: "1 file added and 2 files deleted".
func counted(words []string, numbers []int) string {
	var all []string
	for i, n := range numbers {
		switch {
		case n == 1:
			all = append(all, "1 file "+words[i])
		case n > 1:
			all = append(all, fmt.Sprintf("%d files %s", n, words[i]))
		}
	}
	if n := len(all); n > 1 {
		return strings.Join(all[:n-1], ", ") + " and " + all[n-1]
	}
	return strings.Join(all, "")
}

type removeCommand struct {
	Targets []string `arg:"" help:".dvc files or stages from dvc.yaml to remove."`
	Outs    bool     `help:"Remove outputs as well."`
}

// Run has stages forgotten.
func (c *removeCommand) Run(s *session) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	for _, t := range c.Targets {
		if err := w.Remove(s.ctx, t, c.Outs); err != nil {
			return caught("", err)
		}
	}
	return nil
}

type moveCommand struct {
	Src string `arg:"" help:"Source path to a data file or directory."`
	Dst string `arg:"" help:"Destination path."`
}

// Run moves data.
func (c *moveCommand) Run(s *session) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	touched, err := w.Move(s.ctx, c.Src, c.Dst)
	s.track(touched)
	return caught(fmt.Sprintf("failed to move '%s' -> '%s'", c.Src, c.Dst), err)
}

type unprotectCommand struct {
	Targets []string `arg:"" help:"Data files/directories to unprotect."`
}

// Run makes data files of their own.
func (c *unprotectCommand) Run(s *session) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	for _, t := range c.Targets {
		err := w.Unprotect(s.ctx, t)
		if fault.Is(err, fault.NotFound) {
			return &failure{255, "unexpected error - ", err}
		}
		if err != nil {
			return caught(fmt.Sprintf("failed to unprotect '%s'", t), err)
		}
	}
	return nil
}

type freezeCommand struct {
	Targets []string `arg:"" help:"Stages or .dvc files to freeze"`
}

// Run has stages left as they are.
func (c *freezeCommand) Run(s *session) error { return s.freeze("freeze", c.Targets, true) }

type unfreezeCommand struct {
	Targets []string `arg:"" help:"Stages or .dvc files to unfreeze"`
}

// Run has stages brought up to date again.
func (c *unfreezeCommand) Run(s *session) error { return s.freeze("unfreeze", c.Targets, false) }

func (s *session) freeze(word string, targets []string, frozen bool) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	code := 0
	for _, t := range targets {
		if err := w.Freeze(s.ctx, t, frozen); err != nil {
			code = s.fail(caught(fmt.Sprintf("failed to %s '%s'", word, t), err))
		}
	}
	if code != 0 {
		return answer(code)
	}
	return nil
}
