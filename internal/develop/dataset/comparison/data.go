package comparison

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// DataAsked is what is asked of Data.
type DataAsked struct {
	Granular  bool // look into folders
	Untracked bool // files that git does not know either
	Unchanged bool
}

// DataStatus is what dvc data status tells. Paths are from the root.
type DataStatus struct {
	NotInCache  []*Entry
	Committed   []Change // from HEAD to what the files of stages say
	Uncommitted []Change // from these to the working copy
	Untracked   []string // as a person in the folder sees them
	Unchanged   []string // neither committed nor uncommitted changes
	// Git is how the working copy differs for git, nil without it; Empty that it has no
	// commit.
	Git   *revision.State
	Empty bool
}

// Data compares HEAD, the files of stages, and the working copy: all data, or what lies
// at or below the targets, which are paths from the folder cwd.
func Data(ctx context.Context, r *repository.Repository, cwd string, targets []string, a DataAsked) (*DataStatus, error) {
	ix, err := r.Index(ctx, "")
	if err != nil {
		return nil, err
	}
	var below []string
	for _, t := range targets {
		below = append(below, r.From(cwd, t))
	}
	selected := within(ix, below)
	index := sideOf(r, selected).named()
	now, err := present(ctx, r, selected)
	if err != nil {
		return nil, err
	}
	d := &DataStatus{}
	if err := d.uncommitted(ctx, r, index, now, below, a); err != nil {
		return nil, err
	}
	if r.Git() == nil {
		return d, nil
	}
	if err := d.committed(ctx, r, index, below, a); err != nil {
		return nil, err
	}
	return d, d.git(ctx, r, cwd, below, a)
}

// within are the outs that lie at or below paths, or above one: all without paths.
func within(ix *repository.Index, below []string) (all []repository.Selected) {
	for _, o := range ix.Outs {
		related := func(p string) bool { return repository.Within(o.Path, p) || repository.Within(p, o.Path) }
		if len(below) == 0 || slices.ContainsFunc(below, related) {
			all = append(all, repository.Selected{Out: o})
		}
	}
	return all
}

// matches says whether a path lies at or below one of the paths.
func matches(p string, below []string) bool {
	return len(below) == 0 || slices.ContainsFunc(below, func(b string) bool { return repository.Within(p, b) })
}

// uncommitted compares the files of stages with the working copy.
func (d *DataStatus) uncommitted(ctx context.Context, r *repository.Repository, index, now *side, below []string, a DataAsked) error {
	changes, err := compare(ctx, index, now, asked{files: a.Granular, unchanged: true})
	if err != nil {
		return err
	}
	var old []*Entry
	for _, c := range changes {
		if !matches(c.Path(), below) {
			continue
		}
		if c.Old != nil && !c.brought {
			old = append(old, c.Old)
		}
		switch {
		case c.Kind == Unchanged:
			d.Unchanged = append(d.Unchanged, c.Shown())
		case c.Kind == Unknown && c.New == nil:
		default:
			d.Uncommitted = append(d.Uncommitted, c)
		}
	}
	d.Uncommitted = withFolders(d.Uncommitted)
	d.NotInCache, err = notInCache(ctx, r, old)
	return err
}

// withFolders adds, as dvc does, the folders in which unknown files lie.
func withFolders(changes []Change) []Change {
	seen := map[string]bool{}
	var folders []Change
	for _, c := range changes {
		seen[c.Path()] = true
	}
	for _, c := range changes {
		if c.Kind != Unknown {
			continue
		}
		for p := path.Dir(c.New.Path); p != "." && p != c.root && !seen[p]; p = path.Dir(p) {
			seen[p] = true
			folders = append(folders, Change{Kind: Unknown, New: &Entry{Path: p, ID: object.ID{Dir: true}}})
		}
	}
	if len(folders) == 0 {
		return changes
	}
	all := append(changes, folders...)
	slices.SortStableFunc(all, byKind)
	return all
}

// committed compares HEAD with the files of stages.
func (d *DataStatus) committed(ctx context.Context, r *repository.Repository, index *side, below []string, a DataAsked) error {
	head := &side{repo: r}
	ix, err := r.Index(ctx, "HEAD")
	switch {
	case fault.Is(err, fault.NotFound): // no commit yet
	case err != nil:
		return err
	default:
		head = sideOf(r, within(ix, below)).named()
	}
	changes, err := compare(ctx, head, index, asked{files: a.Granular, unchanged: a.Unchanged})
	if err != nil {
		return err
	}
	same := map[string]bool{}
	for _, c := range changes {
		switch {
		case !matches(c.Path(), below):
		case c.Kind == Unchanged:
			same[c.Shown()] = true
		case c.Kind == Unknown && c.New == nil:
		default:
			d.Committed = append(d.Committed, c)
		}
	}
	d.Unchanged = slices.DeleteFunc(d.Unchanged, func(p string) bool { return !same[p] })
	return nil
}

// git takes in what git says of the working copy.
func (d *DataStatus) git(ctx context.Context, r *repository.Repository, cwd string, below []string, a DataAsked) (err error) {
	if d.Empty, err = r.Git().Empty(ctx); err != nil {
		return err
	}
	if d.Git, err = r.Git().Status(ctx, a.Untracked); err != nil {
		return err
	}
	for _, p := range d.Git.Untracked {
		full := filepath.Join(r.Git().Root(), filepath.FromSlash(p))
		from := r.From(r.Root, full)
		if from == ".." || strings.HasPrefix(from, "../") || !matches(from, below) {
			continue
		}
		d.Untracked = append(d.Untracked, r.Shown(cwd, from))
	}
	return nil
}
