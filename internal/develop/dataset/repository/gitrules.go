package repository

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/ignore"
)

// gitRules are what git ignores, by paths from git's root. They are read here, not
// asked of git: a walk asks for each folder, and the program is not started for it.
type gitRules struct {
	set   *ignore.Set
	above string // from git's root to the repository's
}

// gitRules reads what is ignored above and at the repository's root; nil without git.
func (r *Repository) gitRules(ctx context.Context) (*gitRules, error) {
	if r.git == nil {
		return nil, nil
	}
	above, err := filepath.Rel(r.git.Root(), r.Root)
	if err != nil {
		return nil, err
	}
	g := &gitRules{set: ignore.ForGit()}
	if g.above = filepath.ToSlash(above); g.above == "." {
		g.above = ""
	}
	excludes, err := r.excludesFile(ctx)
	if err != nil {
		return nil, err
	}
	for _, file := range []string{excludes, filepath.Join(r.git.Root(), ".git", "info", "exclude")} {
		if err := g.file("", file); err != nil {
			return nil, err
		}
	}
	for i := 0; i < len(g.above); i++ {
		if i == 0 || g.above[i] == '/' {
			folder := g.above[:i]
			if err := g.file(folder, filepath.Join(r.git.Root(), filepath.FromSlash(folder), ".gitignore")); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

// excludesFile is the file of patterns that a person has for all repositories. git is
// asked only where a file of its settings speaks of one.
func (r *Repository) excludesFile(ctx context.Context) (string, error) {
	own := filepath.Join(r.env.Home, ".config")
	if folder := r.env.Getenv("XDG_CONFIG_HOME"); folder != "" {
		own = folder
	}
	for _, file := range []string{filepath.Join(r.git.Root(), ".git", "config"), filepath.Join(r.env.Home, ".gitconfig"), filepath.Join(own, "git", "config"), "/etc/gitconfig"} {
		content, err := readLimited(file, maxSettings)
		if err == nil && (bytes.Contains(bytes.ToLower(content), []byte("excludesfile")) || bytes.Contains(bytes.ToLower(content), []byte("[include"))) {
			if set, err := r.git.Setting(ctx, "core.excludesFile"); err != nil || set != "" {
				return set, err
			}
			break
		}
	}
	return filepath.Join(own, "git", "ignore"), nil
}

// file adds the patterns of a file that stand for a folder of git's.
func (g *gitRules) file(folder, file string) error {
	content, err := readLimited(file, maxIgnore)
	if errors.Is(err, fs.ErrNotExist) || isNoFolder(err) || errors.Is(err, os.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	set, err := g.set.With(folder, file, content)
	if err == nil {
		g.set = set
	}
	return err
}

// with adds the .gitignore of a folder of the repository.
func (g *gitRules) with(r *Repository, folder string) (*gitRules, error) {
	next := *g
	return &next, next.file(join(g.above, folder), r.Path(path.Join(folder, ".gitignore")))
}

// ignores says whether git ignores a path of which no folder above is ignored.
func (g *gitRules) ignores(p string, folder bool) bool {
	return g != nil && g.set.Entry(join(g.above, p), folder)
}

// GitIgnores says whether git ignores a path of the working copy, as dvc asks it: by
// the patterns alone, whether the file is tracked or not.
func (r *Repository) GitIgnores(ctx context.Context, p string, folder bool) (bool, error) {
	g, err := r.gitRules(ctx)
	if err != nil || g == nil {
		return false, err
	}
	for i := 0; i < len(p); i++ {
		if i > 0 && p[i] != '/' {
			continue
		}
		above := strings.TrimSuffix(p[:i], "/")
		if above != "" && g.ignores(above, true) {
			return true, nil
		}
		if g, err = g.with(r, above); err != nil {
			return false, err
		}
	}
	return g.ignores(p, folder), nil
}
