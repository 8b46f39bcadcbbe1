package checkout

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/batch"
	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/staging"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Config is how files are made.
type Config struct {
	Root    string         // the folder that paths are relative to
	Scratch string         // a folder on the same file system, for files that are not in their place yet
	Sums    *worktree.Sums // what is known of the files; nil for nothing
	Cache   *cache.Cache
	Link    link.Type // how a file shares its bytes with its object
	Force   bool      // lose what is nowhere else
	Relink  bool      // make anew what has the right bytes, but not by this type of link
	Now     func() time.Time
	// Hashing is how the sums of the cache's layout are taken; Sums must be of the same.
	Hashing object.Hashing
}

// Unsaved is why nothing was changed: these files, sorted, have bytes that are nowhere
// else. It lies below the fault.Conflict of Checkout.
type Unsaved struct{ Paths []string }

// Error counts them.
func (u *Unsaved) Error() string { return fmt.Sprintf("%d files are in no version", len(u.Paths)) }

// Want is what a file is to have.
type Want struct {
	Path string
	ID   object.ID
}

// Result is what was done, each list in the order of the paths.
type Result struct {
	Added, Modified, Deleted []string
	Missing                  []Want            // whose objects are not in the cache: their files are as they were
	Records                  []worktree.Record // what may be kept of the files that are there now
}

// Checkout makes the files that are there those that are wanted; both come sorted
// by path, those that are there from a walk. fault.Conflict names files that would
// be lost: then nothing was changed.
func (c Config) Checkout(ctx context.Context, have []worktree.File, want []Want) (_ *Result, err error) {
	defer fault.Wrap(&err, "checkout.Checkout")
	p, err := c.plan(ctx, have, want)
	if err != nil {
		return nil, err
	}
	if !c.Force {
		if err := c.guard(ctx, p.losing); err != nil {
			return nil, err
		}
	}
	if err := c.remove(p.result.Deleted); err != nil {
		return nil, err
	}
	if len(p.relinked) > 0 {
		p.making = append(p.making, p.relinked...)
		slices.SortFunc(p.making, func(a, b Want) int { return strings.Compare(a.Path, b.Path) })
	}
	if err := c.each(ctx, p.making); err != nil {
		return nil, err
	}
	return p.finished(ctx, c.Root, c.Now())
}

// Check is Checkout that stops before it changes anything: fault.Conflict names files
// that would be lost.
func (c Config) Check(ctx context.Context, have []worktree.File, want []Want) (err error) {
	defer fault.Wrap(&err, "checkout.Check")
	p, err := c.plan(ctx, have, want)
	if err != nil {
		return err
	}
	return c.guard(ctx, p.losing)
}

// plan is what there is to do.
type plan struct {
	result   Result
	losing   []staging.Entry // files whose bytes would go
	making   []Want          // files to make
	relinked []Want          // of those, the files that have the right bytes
	there    []staging.Entry
	same     []int32 // of there: files that are as they should be
}

// plan compares what is there with what is wanted.
func (c Config) plan(ctx context.Context, have []worktree.File, want []Want) (*plan, error) {
	there, err := c.hash(ctx, have)
	if err != nil {
		return nil, err
	}
	p := &plan{there: there}
	if want, p.result.Missing, err = c.present(ctx, there, want); err != nil {
		return nil, err
	}
	untouched := map[string]bool{}
	for _, m := range p.result.Missing {
		untouched[m.Path] = true
	}
	if len(there) == 0 { // a fresh clone: all of it is to be made
		p.making, want = want, nil
		p.result.Added = make([]string, len(p.making))
		for i := range p.making {
			p.result.Added[i] = p.making[i].Path
		}
	}
	for i, j := 0, 0; i < len(there) || j < len(want); {
		switch {
		case j == len(want) || i < len(there) && there[i].Path < want[j].Path:
			if !untouched[there[i].Path] {
				p.result.Deleted = append(p.result.Deleted, there[i].Path)
				p.losing = append(p.losing, there[i])
			}
			i++
		case i == len(there) || want[j].Path < there[i].Path:
			p.result.Added = append(p.result.Added, want[j].Path)
			p.making = append(p.making, want[j])
			j++
		default:
			if err := c.both(p, i, want[j]); err != nil {
				return nil, err
			}
			i, j = i+1, j+1
		}
	}
	return p, nil
}

// both decides about a file that is there and wanted.
func (c Config) both(p *plan, i int, want Want) error {
	there := p.there[i]
	if right(there, want) {
		if c.Relink {
			linked, err := c.linked(there, want.ID)
			if err != nil {
				return err
			}
			if !linked {
				p.relinked = append(p.relinked, want)
				return nil
			}
		}
		if p.there[i].Rest {
			p.same = append(p.same, int32(i))
		}
		return nil
	}
	p.result.Modified = append(p.result.Modified, want.Path)
	p.losing = append(p.losing, there)
	p.making = append(p.making, want)
	return nil
}

// hash gives the sums of files; what has no content has none.
func (c Config) hash(ctx context.Context, have []worktree.File) ([]staging.Entry, error) {
	regular := have
	if slices.ContainsFunc(have, func(f worktree.File) bool { return f.Kind >= worktree.Broken }) {
		regular = slices.DeleteFunc(slices.Clone(have), func(f worktree.File) bool { return f.Kind >= worktree.Broken })
	}
	hashed, err := staging.Config{Root: c.Root, Sums: c.Sums, Now: c.Now, Hashing: c.Hashing}.Stage(ctx, regular)
	if err != nil || len(regular) == len(have) {
		return hashed, err
	}
	entries := make([]staging.Entry, len(have))
	for i := range have {
		if entries[i].File = &have[i]; have[i].Kind < worktree.Broken {
			entries[i], hashed = hashed[0], hashed[1:]
		}
	}
	return entries, nil
}

// present parts what is wanted by whether its object is in the cache. Objects of files
// that are as they should be are not asked for, as nothing is made of them.
func (c Config) present(ctx context.Context, have []staging.Entry, want []Want) (there, missing []Want, err error) {
	var asked []int
	for i, j := 0, 0; j < len(want); j++ {
		for i < len(have) && have[i].Path < want[j].Path {
			i++
		}
		if c.Relink || i == len(have) || have[i].Path != want[j].Path || !right(have[i], want[j]) {
			asked = append(asked, j)
		}
	}
	ids := make([]object.ID, len(asked))
	for i, j := range asked {
		ids[i] = want[j].ID
	}
	set, err := c.Cache.Absent(ctx, ids)
	if err != nil || len(set) == 0 {
		return want, nil, err
	}
	for j, w := range want {
		_, ask := slices.BinarySearch(asked, j)
		if ask && set[w.ID] {
			missing = append(missing, w)
		} else {
			there = append(there, w)
		}
	}
	return there, missing, nil
}

// right says whether a file has the bytes that are wanted.
func right(there staging.Entry, want Want) bool {
	return there.Kind < worktree.Broken && there.Sum == want.ID.Sum
}

// each makes files, in as many goroutines as there are processors.
func (c Config) each(ctx context.Context, making []Want) error {
	return batch.Each(ctx, len(making), func(worker int) func(context.Context, int) error {
		m := maker{Config: c, scratch: filepath.Join(c.Scratch, fmt.Sprintf("checkout-%d", worker))}
		return func(_ context.Context, i int) error {
			if err := m.make(making[i]); err != nil {
				return fmt.Errorf("make %s: %w", filepath.Join(c.Root, making[i].Path), err)
			}
			return nil
		}
	})
}

// finished tells what may be kept of the files: a file that was made is as its
// object is, if nobody has written to it since, which is seen once a step of the
// file system's clock has passed.
func (p *plan) finished(ctx context.Context, root string, now time.Time) (*Result, error) {
	r := &p.result
	r.Records = make([]worktree.Record, 0, len(p.same)+len(p.making))
	i := 0
	kept := func(before func(string) bool) {
		for ; i < len(p.same) && before(p.there[p.same[i]].Path); i++ {
			e := &p.there[p.same[i]]
			r.Records = append(r.Records, worktree.Record{Path: e.Path, Stat: e.Stat, Sum: e.Sum})
		}
	}
	for made := range slices.Chunk(p.making, askedAtOnce) {
		stats, err := statsOf(ctx, root, made)
		if err != nil {
			return nil, err
		}
		for j, w := range made {
			kept(func(path string) bool { return path < w.Path })
			if worktree.AtRest(stats[j], now) {
				r.Records = append(r.Records, worktree.Record{Path: w.Path, Stat: stats[j], Sum: w.ID.Sum})
			}
		}
	}
	kept(func(string) bool { return true })
	return r, nil
}

// askedAtOnce is how many files are asked for before their records are kept: what is
// known of a million files does not lie beside their records.
const askedAtOnce = 1 << 14

// statsOf asks for files that were made.
func statsOf(ctx context.Context, root string, made []Want) ([]worktree.Stat, error) {
	stats := make([]worktree.Stat, len(made))
	err := batch.Each(ctx, len(made), func(int) func(context.Context, int) error {
		return func(_ context.Context, i int) (err error) {
			stats[i], err = worktree.StatOf(filepath.Join(root, made[i].Path))
			return err
		}
	})
	return stats, err
}
