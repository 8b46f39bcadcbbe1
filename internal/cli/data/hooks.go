package data

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
)

type installCommand struct {
	UsePreCommitTool bool `help:"Install DVC hooks using pre-commit (https://pre-commit.com) if it is installed."`
}

// Run makes git call tacit when it commits, checks out, pushes and merges.
func (c *installCommand) Run(s *session) error {
	r, err := s.open()
	if err != nil {
		return err
	}
	if r.Git() == nil {
		return nil
	}
	if c.UsePreCommitTool {
		return caught("failed to install DVC Git hooks", workingcopy.InstallPreCommit(s.ctx, r, s.Program))
	}
	return caught("failed to install DVC Git hooks", workingcopy.Install(s.ctx, r, s.Program))
}

type gitHookCommand struct {
	PreCommit    hookCommand        `cmd:"" help:"Run pre-commit GIT hook."`
	PostCheckout postCheckout       `cmd:"" help:"Run post-checkout GIT hook."`
	PrePush      prePush            `cmd:"" help:"Run pre-push GIT hook."`
	MergeDriver  mergeDriverCommand `cmd:"" help:"Run GIT merge driver."`
}

// outside says whether the hook runs where there is no repository: it does nothing then.
func (s *session) outside() bool {
	_, err := repository.Find(s.cwd)
	return errors.Is(err, repository.ErrOutside)
}

// hookCommand is the hook before a commit.
type hookCommand struct {
	Args []string `arg:"" optional:"" help:"Arguments passed by GIT or pre-commit tool."`
}

// Run shows the status.
func (c *hookCommand) Run(s *session) error {
	if s.outside() {
		return nil
	}
	return (&statusCommand{}).Run(s)
}

type postCheckout struct {
	Args []string `arg:"" optional:"" help:"Arguments passed by GIT or pre-commit tool."`
}

// Run checks data out where git checked out a branch, and not in the middle of a rebase.
func (c *postCheckout) Run(s *session) error {
	flag := os.Getenv("PRE_COMMIT_CHECKOUT_TYPE")
	if flag == "" && len(c.Args) >= 3 {
		flag = c.Args[2]
	}
	if s.outside() || flag != "1" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(s.cwd, ".git", "rebase-merge")); err == nil {
		return nil
	}
	return (&checkoutCommand{}).Run(s)
}

type prePush struct {
	Args []string `arg:"" optional:"" help:"Arguments passed by GIT or pre-commit tool."`
}

// Run pushes data.
func (c *prePush) Run(s *session) error {
	if s.outside() {
		return nil
	}
	return s.again("push")
}

// again carries out another command line, as a part of this one.
func (s *session) again(args ...string) error {
	if code := Run(s.ctx, s.Terminal, args); code != 0 {
		return answer(code)
	}
	return nil
}

type mergeDriverCommand struct {
	Ancestor string `required:"" help:"Ancestor's version of the conflicting file."`
	Our      string `required:"" help:"Current version of the conflicting file."`
	Their    string `required:"" help:"Other branch's version of the conflicting file."`
}

// Run merges two versions of a .dvc file of a folder.
func (c *mergeDriverCommand) Run(s *session) error {
	if s.outside() {
		return nil
	}
	r, err := s.open()
	if err != nil {
		return err
	}
	full := func(p string) string {
		if filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(s.cwd, p)
	}
	return workingcopy.Merge(s.ctx, r, full(c.Ancestor), full(c.Our), full(c.Their))
}
