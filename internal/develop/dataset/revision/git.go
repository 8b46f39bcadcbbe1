package revision

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Git is a working copy of git.
type Git struct{ root string }

// Find is the working copy that a folder lies in. It starts no process.
func Find(folder string) (*Git, bool) {
	for {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return &Git{folder}, true
		}
		above := filepath.Dir(folder)
		if above == folder {
			return nil, false
		}
		folder = above
	}
}

// Root is the folder that paths are relative to here.
func (g *Git) Root() string { return g.root }

// command is git in the working copy, in the language that its answers are read in.
func (g *Git) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "git", append([]string{"-C", g.root, "-c", "core.quotePath=false"}, args...)...) //nolint:gosec // the arguments are this package's, and paths behind "--"
	c.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
	return c
}

// run gives what git prints. exit codes other than 0 are an error that has git's words.
func (g *Git) run(ctx context.Context, in []byte, args ...string) ([]byte, error) {
	c := g.command(ctx, args...)
	c.Stdin = bytes.NewReader(in)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err == nil {
		return out, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fault.WithHint(fault.Because(err, fault.Unavailable, "The git program is not installed."),
			"install git, or set core.no_scm to true in .dvc/config")
	}
	return nil, fault.Because(err, fault.Internal, "git %s: %s", args[0], strings.TrimSpace(errs.String()))
}

// exitCode is that of a git that ended with one, or -1.
func exitCode(err error) int {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return -1
}

// split takes apart what git ends with NUL.
func split(out []byte) []string {
	text := strings.TrimSuffix(string(out), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}

// joined is the other way round.
func joined(paths []string) []byte { return []byte(strings.Join(paths, "\x00") + "\x00") }
