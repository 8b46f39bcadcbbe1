package repository

import (
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
)

// sumsFile keeps the MD5 of the files of the working copy, by their paths from the root.
const sumsFile = "sums"

// Sums reads what is known of the working copy's files.
func (r *Repository) Sums() (*worktree.Sums, error) {
	return worktree.ReadSums(r.In("tmp", "tacit", sumsFile))
}

// Keep notes what is known of the working copy's files now.
func (r *Repository) Keep(s *worktree.Sums) error {
	file, err := r.Own(sumsFile)
	if err != nil {
		return err
	}
	return s.Save(file)
}
