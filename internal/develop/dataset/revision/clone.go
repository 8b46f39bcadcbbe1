package revision

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Clone clones a repository into a folder that is not there yet, and checks a revision
// out: "" for what its HEAD is. No hook is run, no submodule is followed.
func Clone(ctx context.Context, url, folder, rev string) (*Git, error) {
	g := &Git{folder}
	clone := func(args ...string) error {
		args = append([]string{"-c", "core.hooksPath=" + os.DevNull, "clone", "--quiet", "--no-checkout"}, args...)
		c := exec.CommandContext(ctx, "git", append(args, "--", url, folder)...) //nolint:gosec // the URL stands behind "--"
		c.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
		return ran(c)
	}
	whole := rev == "" || strings.HasPrefix(rev, "-") || isHash(rev) || !strings.Contains(url, "://")
	if whole || clone("--depth=1", "--branch="+rev) != nil {
		if err := clone(); err != nil {
			return nil, fault.Because(err, fault.Unavailable, "SCM error: Failed to clone repo '%s': %s", url, fault.Sentence(err))
		}
	}
	if rev == "" {
		rev = "HEAD"
	}
	commit, err := g.Resolve(ctx, rev)
	if err != nil {
		return nil, err
	}
	_, err = g.run(ctx, nil, "-c", "core.hooksPath="+os.DevNull, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", commit)
	return g, err
}

func isHash(rev string) bool { return regexp.MustCompile(`^[0-9a-f]{4,64}$`).MatchString(rev) }

// ran runs git, and gives its words where it fails.
func ran(c *exec.Cmd) error {
	out, err := c.CombinedOutput()
	if err == nil {
		return nil
	}
	return fault.Because(err, fault.Unavailable, "%s", strings.TrimSpace(string(out)))
}

// Newest is the commit that a revision names in a repository now, which is not cloned
// where its names alone tell: "" for what its HEAD is. folder is where a clone is made
// otherwise, and is not there yet.
func Newest(ctx context.Context, url, rev, folder string) (string, error) {
	names := []string{"HEAD"}
	if rev != "" {
		names = []string{"refs/heads/" + rev, "refs/tags/" + rev + "^{}", "refs/tags/" + rev}
	}
	if strings.HasPrefix(rev, "-") || isHash(rev) {
		names = nil
	}
	if names != nil {
		c := exec.CommandContext(ctx, "git", append([]string{"ls-remote", "--", url}, names...)...) //nolint:gosec // the URL stands behind "--"
		c.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
		out, err := c.Output()
		for _, name := range names {
			for line := range strings.Lines(string(out)) {
				commit, found, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				if err == nil && found == name {
					return commit, nil
				}
			}
		}
	}
	g, err := Clone(ctx, url, folder, rev)
	if err != nil {
		return "", err
	}
	return g.Resolve(ctx, "HEAD")
}
