package dataset

import (
	"bytes"
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/page"
)

// FileChange is what became of a file between two versions.
type FileChange struct {
	Path   string // in the later version; of a file that is gone, in the earlier one
	Change string // "added", "removed", "changed" or "renamed"
	From   string // where a renamed file was
	Before *Entry // nil of an added file
	After  *Entry // nil of a removed file
}

// ChangeSummary counts what became of the files between two versions.
type ChangeSummary struct {
	Added, Removed, Changed, Renamed, Same int64
	BytesBefore, BytesAfter                int64
}

// Changes compares the files of two versions of a remote, in the order of their paths.
// A version that is a file is compared under one name, whichever it has.
func (s *Service) Changes(ctx context.Context, remote string, a, b object.ID, p Paging) (all []FileChange, sum ChangeSummary, next string, err error) {
	defer fault.Wrap(&err, "dataset.Changes(%s, %s, %s)", remote, a, b)
	scope := page.Scope("data changes", remote, a.String(), b.String())
	at, err := s.after(scope, p, int64(0))
	if err != nil {
		return nil, sum, "", err
	}
	before, err := s.tree(ctx, remote, a)
	if err != nil {
		return nil, sum, "", err
	}
	after, err := s.tree(ctx, remote, b)
	if err != nil {
		return nil, sum, "", err
	}
	all, sum = changes(before, after, !a.Dir && !b.Dir)
	from := min(int(at[0].(int64)), len(all))
	to := min(from+p.limit(), len(all))
	if to < len(all) {
		next = s.next(scope, int64(to))
	}
	return all[from:to], sum, next, nil
}

// changes compares two trees, files as files where both are that alone.
func changes(before, after *tree, files bool) (all []FileChange, sum ChangeSummary) {
	sum.BytesBefore, sum.BytesAfter = before.bytes(0, before.Len()), after.bytes(0, after.Len())
	if files {
		c := FileChange{Path: after.ID(0).String(), Change: "changed", Before: before.file(before.Path(0)), After: after.file(after.Path(0))}
		if before.ID(0) == after.ID(0) {
			sum.Same = 1
			return nil, sum
		}
		sum.Changed = 1
		return []FileChange{c}, sum
	}
	d := listing.Diff(before.Listing, after.Listing)
	d.FindRenamed()
	for _, c := range d.Added {
		all = append(all, FileChange{Path: string(c.Path), Change: "added", After: after.file(c.Path)})
	}
	for _, c := range d.Deleted {
		all = append(all, FileChange{Path: string(c.Path), Change: "removed", Before: before.file(c.Path)})
	}
	for _, c := range d.Modified {
		all = append(all, FileChange{Path: string(c.Path), Change: "changed", Before: before.file(c.Path), After: after.file(c.Path)})
	}
	for _, c := range d.Renamed {
		all = append(all, FileChange{Path: string(c.To), Change: "renamed", From: string(c.From), Before: before.file(c.From), After: after.file(c.To)})
	}
	slices.SortFunc(all, func(x, y FileChange) int { return bytes.Compare([]byte(x.Path), []byte(y.Path)) })
	sum.Added, sum.Removed, sum.Changed, sum.Renamed = int64(len(d.Added)), int64(len(d.Deleted)), int64(len(d.Modified)), int64(len(d.Renamed))
	sum.Same = int64(before.Len()) - sum.Removed - sum.Changed - sum.Renamed
	return all, sum
}
