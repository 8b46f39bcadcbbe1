package data

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type initCommand struct {
	Directory string `arg:"" optional:"" default:"." help:"Directory to initialize DVC in. Defaults to the current working directory."`
	NoScm     bool   `help:"Initiate DVC in directory that is not tracked by any SCM tool (e.g. Git)."`
	Force     bool   `short:"f" help:"Overwrite existing '.dvc/' directory. This operation removes local cache."`
	Subdir    bool   `help:"Necessary for running this command inside a subdirectory of a parent SCM repository."`
}

// Run makes a repository.
func (c *initCommand) Run(s *session) error {
	how := workingcopy.Initial{NoSCM: c.NoScm, Subdir: c.Subdir, Force: c.Force}
	folder := c.Directory
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(s.cwd, folder)
	}
	if err := workingcopy.Init(s.ctx, folder, how, s.environment()); err != nil {
		if c.NoScm && c.Subdir {
			return err
		}
		return caught("failed to initiate DVC", err)
	}
	s.say("Initialized DVC repository.\n")
	if !c.NoScm {
		s.say("You can now commit the changes to git.\n")
	}
	s.say("What's next?\n------------\n- Check out the documentation: <https://dvc.org/doc>\n- Get help and share ideas: <https://dvc.org/chat>\n- Star us on GitHub: <https://github.com/treeverse/dvc>")
	return nil
}

type destroyCommand struct {
	Force bool `short:"f" help:"Force destruction."`
}

// Run takes DVC out of the folder.
func (c *destroyCommand) Run(s *session) error {
	w, err := s.working()
	if err != nil {
		return err
	}
	const question = "This will destroy all information about your pipelines, all data files, as well as cache in .dvc/cache.\nAre you sure you want to continue?"
	if !c.Force && !s.confirm(question) {
		return caught("failed to destroy DVC", fault.New(fault.Conflict, "cannot destroy without a confirmation from the user. Use `-f` to force."))
	}
	return caught("failed to destroy DVC", w.Destroy(s.ctx))
}

type rootCommand struct{}

// Run prints where the repository is.
func (*rootCommand) Run(s *session) error {
	root, err := repository.Find(s.cwd)
	if errors.Is(err, repository.ErrOutside) {
		return &failure{253, "", err}
	}
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(s.cwd, root)
	if err == nil {
		s.say("%s", relative)
	}
	return err
}

type versionCommand struct{}

// Run prints the version, and what the repository is.
func (*versionCommand) Run(s *session) error {
	_, _ = fmt.Fprintf(s.Out, "DVC version: %s (tacit %s)\n-------------------------\nPlatform: %s on %s/%s\n", As, s.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	r, err := s.open()
	if f, ok := errors.AsType[*failure](err); ok && f.code == 253 {
		return nil
	}
	if err != nil {
		return err
	}
	remotes := r.Config().Remotes()
	if len(remotes) == 0 {
		remotes = []string{"None"}
	}
	kind := "dvc (no_scm)"
	if r.Git() != nil {
		if kind = "dvc, git"; r.Git().Root() != r.Root {
			kind = "dvc (subdir), git"
		}
	}
	_, _ = fmt.Fprintf(s.Out, "Cache: %s\nRemotes: %s\nRepo: %s\n", r.Cache(object.Current).Folder(), strings.Join(remotes, ", "), kind)
	return nil
}

type checkIgnoreCommand struct {
	Targets     []string `arg:"" optional:"" help:"File or directory paths to check"`
	Details     bool     `short:"d" help:"Show the exclude patterns along with each target path."`
	All         bool     `short:"a" hidden:"" help:"Include all of the patterns match the target paths."`
	NonMatching bool     `short:"n" help:"Include the target paths which don't match any pattern in the --details list."`
	Stdin       bool     `help:"Read paths from standard input instead of providing targets."`
}

// Run tells what DVC passes over.
func (c *checkIgnoreCommand) Run(s *session) error {
	r, err := s.open()
	if err != nil {
		return err
	}
	for _, wrong := range []struct {
		is   bool
		says string
	}{
		{!c.Stdin && len(c.Targets) == 0, "`targets` or `--stdin` needed"},
		{c.Stdin && len(c.Targets) > 0, "cannot have both `targets` and `--stdin`"},
		{c.NonMatching && !c.Details, "`--non-matching` is only valid with `--details`"},
		{c.All && !c.Details, "`--all` is only valid with `--details`"},
		{s.Quiet && c.Details, "cannot use both `--details` and `--quiet`"},
	} {
		if wrong.is {
			return fault.New(fault.Invalid, "%s", wrong.says)
		}
	}
	any := false
	one := func(target string) error {
		found, err := c.check(s, r, target)
		any = any || found
		return err
	}
	if c.Stdin {
		lines := bufio.NewScanner(s.In)
		for lines.Scan() && lines.Text() != "" && err == nil {
			err = one(lines.Text())
		}
		err = errors.Join(err, lines.Err())
	}
	for i := 0; i < len(c.Targets) && err == nil; i++ {
		err = one(c.Targets[i])
	}
	if err != nil || any {
		return err
	}
	return answer(1)
}

func (c *checkIgnoreCommand) check(s *session, r *repository.Repository, target string) (bool, error) {
	p := r.From(s.cwd, target)
	if p == "" || p == ".." || strings.HasPrefix(p, "../") {
		return false, nil
	}
	info, err := os.Stat(r.Path(p))
	ignored, by, err := r.Ignores(p, err == nil && info.IsDir())
	if err != nil {
		return false, err
	}
	if !c.Details {
		if ignored {
			s.say("%s", target)
		}
		return ignored && len(by) > 0, nil
	}
	var patterns []string
	for _, b := range by {
		patterns = append(patterns, b.String())
	}
	if len(patterns) == 0 && c.NonMatching {
		patterns = []string{"::"}
	}
	if !c.All && len(patterns) > 0 {
		patterns = patterns[len(patterns)-1:]
	}
	for _, p := range patterns {
		s.say("%s\t%s", p, target)
	}
	return len(by) > 0, nil
}
