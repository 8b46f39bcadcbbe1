package repository

import (
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
)

// sumsFile keeps the sums of the files of the working copy, by their paths from the
// root, as a layout's names are taken.
func sumsFile(layout object.Layout) string {
	if layout == object.Legacy {
		return "sums-legacy"
	}
	return "sums"
}

// Sums reads what is known of the working copy's files.
func (r *Repository) Sums(layout object.Layout) (*worktree.Sums, error) {
	return worktree.ReadSums(r.In("tmp", "tacit", sumsFile(layout)))
}

// Keep notes what is known of the working copy's files now.
func (r *Repository) Keep(layout object.Layout, s *worktree.Sums) error {
	file, err := r.Own(sumsFile(layout))
	if err != nil {
		return err
	}
	return s.Save(file)
}
