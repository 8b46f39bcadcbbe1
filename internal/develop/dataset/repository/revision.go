package repository

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/ignore"
	"github.com/tacit-ml/tacit/internal/develop/dataset/params"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// collectRevision fills the index from a revision of git.
func (r *Repository) collectRevision(ctx context.Context, ix *Index, rev string) (err error) {
	if r.git == nil {
		return fault.WithHint(fault.New(fault.NotFound, "%s is not a git repository", r.Root), "without git there is the working copy alone")
	}
	commit, err := r.git.Resolve(ctx, rev)
	if err != nil {
		return err
	}
	above, err := filepath.Rel(r.git.Root(), r.Root)
	if err != nil {
		return err
	}
	if above = filepath.ToSlash(above); above == "." {
		above = ""
	}
	blobs, err := r.git.Tree(ctx, commit, above)
	if err != nil {
		return err
	}
	t := &tree{blobs: map[string]revision.Blob{}, nested: map[string]bool{}, rules: map[string]*ignore.Set{}}
	for _, b := range blobs {
		t.take(strings.TrimPrefix(strings.TrimPrefix(b.Path, above), "/"), b)
	}
	if len(t.files) == 0 {
		return nil
	}
	if t.reader, err = r.git.Reader(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.reader.Close()) }()
	return t.collect(ctx, ix)
}

// tree is what a commit has of DVC.
type tree struct {
	reader *revision.Reader
	files  []string                 // of stages
	blobs  map[string]revision.Blob // of these, of locks, of patterns, and of what may be params
	nested map[string]bool          // folders of other repositories
	rules  map[string]*ignore.Set
}

// take sorts a file of the commit in.
func (t *tree) take(p string, b revision.Blob) {
	if b.Link {
		return
	}
	for i := range len(p) {
		if strings.HasPrefix(p[i:], "/"+Folder+"/") {
			t.nested[p[:i]] = true
			return
		}
	}
	switch name := path.Base(p); {
	case IsStageFile(name):
		t.files = append(t.files, p)
		t.blobs[p] = b
	case name == LockFile, name == IgnoreFile, params.Read(name):
		t.blobs[p] = b
	}
}

// collect reads all stages. A file in data, or in another repository, is none.
func (t *tree) collect(ctx context.Context, ix *Index) error {
	slices.SortFunc(t.files, filesFirst)
	for _, file := range t.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		skipped, err := t.skips(ix, file)
		if err != nil {
			return err
		}
		if skipped {
			continue
		}
		content, err := t.reader.Read(t.blobs[file].Hash, maxStageFile)
		if err != nil {
			return err
		}
		read, err := stagesOf(file, content, func(other string) ([]byte, error) {
			blob, ok := t.blobs[other]
			if !ok {
				return nil, nil
			}
			return t.reader.Read(blob.Hash, maxStageFile)
		})
		if err != nil {
			return err
		}
		ix.add(read)
	}
	return nil
}

// filesFirst is the order of a walk: the files of a folder, then its folders.
func filesFirst(a, b string) int {
	for {
		x, restA, inA := strings.Cut(a, "/")
		y, restB, inB := strings.Cut(b, "/")
		switch {
		case inA != inB && inB:
			return -1
		case inA != inB:
			return 1
		case x != y || !inA:
			return strings.Compare(x, y)
		}
		a, b = restA, restB
	}
}

// skips says whether a file lies where dvc does not look.
func (t *tree) skips(ix *Index, file string) (bool, error) {
	for i := range len(file) {
		if file[i] != '/' {
			continue
		}
		folder := file[:i]
		if ix.byPath[folder] != nil || t.nested[folder] {
			return true, nil
		}
		rules, err := t.rulesIn(folderOf(folder))
		if err != nil || rules.Entry(folder, true) {
			return true, err
		}
	}
	rules, err := t.rulesIn(folderOf(file))
	if err != nil {
		return true, err
	}
	return rules.Entry(file, false), nil
}

// rulesIn are DVC's patterns for the entries of a folder.
func (t *tree) rulesIn(folder string) (_ *ignore.Set, err error) {
	if set, ok := t.rules[folder]; ok {
		return set, nil
	}
	set := ignore.Defaults()
	if folder != "" {
		if set, err = t.rulesIn(folderOf(folder)); err != nil {
			return nil, err
		}
	}
	name := join(folder, IgnoreFile)
	if b, ok := t.blobs[name]; ok {
		content, err := t.reader.Read(b.Hash, maxIgnore)
		if err != nil {
			return nil, err
		}
		if set, err = set.With(folder, name, content); err != nil {
			return nil, err
		}
	}
	t.rules[folder] = set
	return set, nil
}
