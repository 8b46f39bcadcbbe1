package repository

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/ignore"
)

// collecting walks the working copy for files of stages, as dvc does: not into what
// DVC or git ignores, not into data, not into another repository, and along no link.
type collecting struct {
	r    *Repository
	ix   *Index
	outs map[string]bool
}

// collect fills the index from the working copy.
func (r *Repository) collect(ctx context.Context, ix *Index) error {
	git, err := r.gitRules(ctx)
	if err != nil {
		return err
	}
	c := &collecting{r: r, ix: ix, outs: map[string]bool{}}
	return c.folder(ctx, "", ignore.Defaults(), git)
}

// folder takes in a folder: its files first, since they say which folders are data.
func (c *collecting) folder(ctx context.Context, folder string, rules *ignore.Set, git *gitRules) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(c.r.Path(folder))
	if errors.Is(err, fs.ErrNotExist) && folder != "" {
		return nil
	}
	if err != nil {
		return err
	}
	named := func(name string) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name })
	}
	if folder != "" && named(Folder) {
		return nil // another repository
	}
	if named(IgnoreFile) {
		if rules, err = c.r.more(rules, folder); err != nil {
			return err
		}
	}
	if git != nil && named(".gitignore") {
		if git, err = git.with(c.r, folder); err != nil {
			return err
		}
	}
	var folders []string
	for _, e := range entries {
		p := join(folder, e.Name())
		switch {
		case e.IsDir():
			folders = append(folders, p)
		case IsStageFile(e.Name()) && !rules.Entry(p, false) && !git.ignores(p, false):
			if err := c.file(p); err != nil {
				return err
			}
		}
	}
	for _, f := range folders {
		if c.outs[f] || rules.Entry(f, true) || git.ignores(f, true) {
			continue
		}
		if err := c.folder(ctx, f, rules, git); err != nil {
			return err
		}
	}
	return nil
}

// file takes in a file of stages. One that vanished, or leads nowhere, is none.
func (c *collecting) file(file string) error {
	read, err := c.r.load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c.ix.add(read)
	for _, s := range read.stages {
		for _, o := range s.Outs {
			c.outs[o.Path] = true
		}
	}
	return nil
}

// Load reads the stages of one file of the working copy.
func (r *Repository) Load(file string) ([]*Stage, error) {
	read, err := r.load(file)
	if err != nil {
		return nil, err
	}
	return read.stages, nil
}

func (r *Repository) load(file string) (*staged, error) {
	content, err := readLimited(r.Path(file), maxStageFile)
	if err != nil {
		return nil, err
	}
	return stagesOf(file, content, func(other string) ([]byte, error) {
		content, err := readLimited(r.Path(other), maxStageFile)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return content, err
	})
}
