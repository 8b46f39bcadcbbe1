package revision

import (
	"context"
	"path/filepath"
	"strings"
)

// Tracked are those files of git's index that are one of the paths or lie below one.
func (g *Git) Tracked(ctx context.Context, paths ...string) ([]string, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	out, err := g.run(ctx, nil, append([]string{"--literal-pathspecs", "ls-files", "-z", "--"}, paths...)...)
	return split(out), err
}

// Ignored are those of the paths that git ignores. A path that ends with a slash is
// that of a folder. What is tracked is never ignored.
func (g *Git) Ignored(ctx context.Context, paths []string) (map[string]bool, error) {
	all := map[string]bool{}
	if len(paths) == 0 {
		return all, nil
	}
	out, err := g.run(ctx, joined(paths), "check-ignore", "-z", "--stdin")
	if err != nil && exitCode(err) != 1 { // 1 says that none is
		return nil, err
	}
	for _, path := range split(out) {
		all[path] = true
	}
	return all, nil
}

// Add puts files into git's index as they are, also that they are gone.
func (g *Git) Add(ctx context.Context, paths ...string) error {
	if len(paths) == 0 {
		return nil
	}
	_, err := g.run(ctx, nil, append([]string{"--literal-pathspecs", "add", "--all", "--"}, paths...)...)
	return err
}

// Setting is a value of git's configuration, "" where it is unset.
func (g *Git) Setting(ctx context.Context, key string) (string, error) {
	out, err := g.run(ctx, nil, "config", "--null", "--type=path", "--get", key)
	if err != nil && exitCode(err) == 1 {
		return "", nil
	}
	if all := split(out); len(all) > 0 {
		return all[0], err
	}
	return "", err
}

// State is how the working copy differs from HEAD, in git's words, paths from its root.
type State struct {
	Staged    map[string][]string // add, delete, modify
	Unstaged  []string
	Untracked []string
}

// Status compares. Files that git does not know are listed where all is set.
func (g *Git) Status(ctx context.Context, all bool) (*State, error) {
	mode := "--untracked-files=no"
	if all {
		mode = "--untracked-files=all"
	}
	out, err := g.run(ctx, nil, "status", "--porcelain=v1", "-z", "--no-renames", mode)
	if err != nil {
		return nil, err
	}
	s := &State{Staged: map[string][]string{}}
	for _, line := range split(out) {
		if len(line) < 4 {
			continue
		}
		path := line[3:]
		if line[:2] == "??" {
			s.Untracked = append(s.Untracked, path)
			continue
		}
		if kind := map[byte]string{'A': "add", 'D': "delete", 'M': "modify", 'T': "modify"}[line[0]]; kind != "" {
			s.Staged[kind] = append(s.Staged[kind], path)
		}
		if line[1] != ' ' {
			s.Unstaged = append(s.Unstaged, path)
		}
	}
	return s, nil
}

// Hooks is the folder of git's hooks.
func (g *Git) Hooks(ctx context.Context) (string, error) {
	out, err := g.run(ctx, nil, "rev-parse", "--git-path", "hooks")
	folder := strings.TrimSuffix(string(out), "\n")
	if err == nil && !filepath.IsAbs(folder) {
		folder = filepath.Join(g.root, folder)
	}
	return folder, err
}

// Configure sets a value in the configuration of this working copy.
func (g *Git) Configure(ctx context.Context, key, value string) error {
	_, err := g.run(ctx, nil, "config", key, value)
	return err
}
