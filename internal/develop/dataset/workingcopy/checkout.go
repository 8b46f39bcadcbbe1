package workingcopy

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/checkout"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// CheckingOut says what is checked out.
type CheckingOut struct {
	WithDeps, Recursive bool
	Force               bool // lose files whose bytes are nowhere else
	Relink              bool // make links anew that are not of the type that is set
	AllowMissing        bool // objects that are not in the cache are no failure
}

// CheckedOut is what a checkout did.
type CheckedOut struct {
	// Outs as the person sees them: folders first, with a slash at the end.
	Added, Modified, Deleted []string
	// Files counts files.
	Files struct{ Added, Modified, Deleted int }
	// Failed are the outs of which something is not in the cache: what is was made.
	Failed []string
}

// Checkout makes data in the working copy those that its .dvc files and dvc.lock say: of
// the targets, or all. Without targets, data go that an earlier version had and this one
// has not. fault.Conflict, with *checkout.Unsaved below, where files would be lost: then
// nothing was changed.
func (c Config) Checkout(ctx context.Context, targets []string, how CheckingOut) (*CheckedOut, error) {
	r := &CheckedOut{}
	_, err := c.do(ctx, func(w *change) error {
		selected, err := w.Repo.Select(w.index, w.Cwd, targets, repository.Flags{WithDeps: how.WithDeps, Recursive: how.Recursive})
		if err != nil {
			return fault.Because(err, fault.KindOf(err), "Did you mean `git checkout %s`?: %s", strings.Join(targets, " "), fault.Sentence(err))
		}
		k := &checking{change: w, how: how, result: r}
		if k.former, err = w.remembered(); err != nil {
			return err
		}
		k.parted = map[string]bool{}
		for p := range k.former {
			for folder := range above(p) {
				k.parted[folder] = true
			}
		}
		if err := k.plan(ctx, selected); err != nil {
			return err
		}
		if len(targets) == 0 {
			if err := k.unused(ctx); err != nil {
				return err
			}
		}
		if err := k.apply(ctx); err != nil {
			return err
		}
		k.tell()
		present, err := k.present(ctx)
		if err != nil {
			return err
		}
		return w.remember(present)
	})
	return r, err
}

// checking is a checkout that goes on.
type checking struct {
	*change
	how    CheckingOut
	result *CheckedOut
	groups map[group]*work
	outs   []*checked
	byPath map[string]*checked
	former map[string]snapshot.Trace // what earlier commands brought
	parted map[string]bool           // folders of which commands brought parts
}

// group is what can be made at once.
type group struct {
	layout object.Layout
	copied bool // files that may be executed are never links: the mode would be the object's
}

// work is what a group is to do.
type work struct {
	places []string
	have   []worktree.File
	want   []checkout.Want
}

// checked is an out that is checked out.
type checked struct {
	out                      *repository.Out
	absent                   bool // nothing was there
	added, modified, deleted int
	failed                   bool
	found                    *snapshot.Trace // what was there, where no command is known to have brought it
}

// plan sorts what is there and what is wanted into groups.
func (k *checking) plan(ctx context.Context, selected []repository.Selected) error {
	k.groups, k.byPath = map[group]*work{}, map[string]*checked{}
	for _, s := range selected {
		o := s.Out
		if o.External || o.NoCache || !o.Known {
			continue
		}
		c := k.byPath[o.Path]
		if c == nil {
			if err := k.inside(o.Path, true); err != nil {
				return err
			}
			c = &checked{out: o}
			_, err := os.Lstat(k.Repo.Path(o.Path))
			c.absent = err != nil
			k.byPath[o.Path] = c
			k.outs = append(k.outs, c)
		}
		want, err := k.want(ctx, s)
		if fault.Is(err, fault.NotFound) {
			c.failed = true
			continue
		}
		if err != nil {
			return err
		}
		place := strings.TrimSuffix(o.Path+"/"+s.Sub, "/")
		seen, err := Looking(k.Repo, o.Layout).See(ctx, place)
		if err != nil {
			return err
		}
		if _, brought := k.former[o.Path]; s.Sub == "" && (!brought || k.parted[o.Path]) {
			t := snapshot.TraceOf(seen.Files)
			c.found = &t
		}
		g := group{o.Layout, o.IsExec}
		if k.groups[g] == nil {
			k.groups[g] = &work{}
		}
		t := k.groups[g]
		t.places, t.have, t.want = append(t.places, place), append(t.have, seen.Files...), append(t.want, want...)
	}
	for _, t := range k.groups {
		slices.SortFunc(t.have, func(a, b worktree.File) int { return strings.Compare(a.Path, b.Path) })
		slices.SortFunc(t.want, func(a, b checkout.Want) int { return strings.Compare(a.Path, b.Path) })
		t.have = slices.CompactFunc(t.have, func(a, b worktree.File) bool { return a.Path == b.Path })
		t.want = slices.Compact(t.want)
	}
	return nil
}

// want are the files of what was selected.
func (k *checking) want(ctx context.Context, s repository.Selected) ([]checkout.Want, error) {
	if !s.Out.ID.Dir {
		return []checkout.Want{{Path: s.Out.Path, ID: s.Out.ID}}, nil
	}
	l, err := k.Repo.Listing(ctx, s.Out.Layout, s.Out.ID)
	if err != nil {
		return nil, err
	}
	from, to := rangeOf(l, s.Sub)
	want := make([]checkout.Want, 0, to-from)
	for i := from; i < to; i++ {
		p := string(l.Path(i))
		if dvcfile.ToolsOwn(p) { // dvc lists no such file: a git that is run in the folder would do what it says
			return nil, fault.New(fault.Invalid, "The version of '%s' has %q: what lies in .git and .dvc is the tools' own, and may be run by them.", s.Out.Path, p)
		}
		want = append(want, checkout.Want{Path: s.Out.Path + "/" + p, ID: l.ID(i)})
	}
	return want, nil
}

// rangeOf are the entries of a path in a listing: a file, or a folder's.
func rangeOf(l *listing.Listing, sub string) (from, to int) {
	if i, ok := l.Find([]byte(sub)); ok {
		return i, i + 1
	}
	return l.Below([]byte(sub))
}

// unused takes away what an earlier command brought here and no stage has any more: where
// it is what was brought, all its bytes are in the cache, and git does not have it.
func (k *checking) unused(ctx context.Context) error {
	for _, p := range slices.Sorted(maps.Keys(k.former)) {
		if k.inside(p, true) != nil || k.index.Owner(p) != nil || slices.ContainsFunc(k.index.Outs, func(o *repository.Out) bool { return repository.Within(o.Path, p) }) {
			continue
		}
		seen, err := Looking(k.Repo, object.Current).See(ctx, p)
		if err != nil {
			return err
		}
		if seen.Kind != snapshot.File && seen.Kind != snapshot.Folder || snapshot.TraceOf(seen.Files) != k.former[p] || k.git && k.untracked(ctx, p) != nil {
			continue
		}
		stored, err := k.stored(ctx, p)
		if err != nil {
			return err
		}
		if !stored {
			continue
		}
		if err := k.takeAway(ctx, p, seen); err != nil {
			return err
		}
	}
	return nil
}

// stored says whether all bytes that lie at a place are in the cache.
func (k *checking) stored(ctx context.Context, p string) (bool, error) {
	s, err := Looking(k.Repo, object.Current).Take(ctx, []string{p})
	if err != nil {
		return false, err
	}
	c := &s.Contents[0]
	var ids []object.ID
	if c.Kind == snapshot.File {
		ids = append(ids, c.ID)
	}
	for i := 0; c.Listing != nil && i < c.Listing.Len(); i++ {
		ids = append(ids, c.Listing.ID(i))
	}
	missing, err := k.Repo.Cache(object.Current).Missing(ctx, ids)
	return len(missing) == 0, err
}

// takeAway deletes data that are in the cache.
func (k *checking) takeAway(ctx context.Context, p string, seen *snapshot.Content) error {
	config := k.config(object.Current)
	config.Link = link.Copy // nothing is made
	if _, err := config.Checkout(ctx, seen.Files, nil); err != nil {
		return err
	}
	shown := k.shown(p)
	if seen.Kind == snapshot.Folder {
		shown += "/"
		removeEmpty(k.Repo.Path(p))
	}
	k.result.Deleted = append(k.result.Deleted, shown)
	k.result.Files.Deleted++
	return k.forget(p)
}

// removeEmpty removes a folder with the empty ones in it.
func removeEmpty(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeEmpty(folder + string(os.PathSeparator) + e.Name())
		}
	}
	_ = os.Remove(folder) // it holds something that is nothing to a version
}

func (k *checking) config(layout object.Layout) checkout.Config {
	c := checkout.Config{Root: k.Repo.Root, Scratch: k.Repo.In("tmp", "tacit"), Cache: k.Repo.Cache(layout), Force: k.how.Force, Relink: k.how.Relink, Now: k.Repo.Environment().Now}
	if layout == object.Legacy {
		c.Hashing = object.Dos2Unix
	}
	return c
}

// apply makes the files of all groups. Where there are several, all of them are asked
// first whether something would be lost.
func (k *checking) apply(ctx context.Context) error {
	if len(k.groups) == 0 {
		return nil
	}
	if _, err := k.Repo.Own(""); err != nil {
		return err
	}
	if err := k.Repo.Cache(object.Current).MakeFolder(k.cacheFolder()); err != nil {
		return err
	}
	linking, err := k.link()
	if err != nil {
		return err
	}
	for _, check := range []bool{true, false} {
		if check && (len(k.groups) == 1 || k.how.Force) {
			continue
		}
		for g, t := range k.groups {
			c := k.config(g.layout)
			if c.Link = linking; g.copied && linking.Shared() {
				c.Link = link.Copy
			}
			if err := k.run(ctx, c, g, t, check); err != nil {
				return k.unsaved(err)
			}
		}
	}
	return nil
}

// run does, or only checks, the work of a group.
func (k *checking) run(ctx context.Context, c checkout.Config, g group, t *work, check bool) (err error) {
	if c.Sums, err = k.Repo.Sums(g.layout); err != nil {
		return err
	}
	if check {
		return c.Check(ctx, t.have, t.want)
	}
	r, err := c.Checkout(ctx, t.have, t.want)
	if err != nil {
		return err
	}
	t.have, t.want = nil, nil // a million of them are not kept beside their records
	k.count(r)
	for _, m := range append(r.Added, r.Modified...) {
		if o := k.byPath[m]; o != nil && o.out.IsExec {
			if err := executable(k.Repo.Path(m)); err != nil {
				return err
			}
		}
	}
	cursor := c.Sums.Cursor()
	fresh := len(r.Added)+len(r.Modified)+len(r.Deleted) > 0
	for i := 0; i < len(r.Records) && !fresh; i++ {
		_, known := cursor.Find(r.Records[i].Path, r.Records[i].Stat)
		fresh = !known
	}
	if fresh {
		_ = k.Repo.Keep(g.layout, c.Sums.With(t.places, r.Records)) // what cannot be kept is read again
	}
	return nil
}

func executable(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	return os.Chmod(file, info.Mode().Perm()|0o100)
}
