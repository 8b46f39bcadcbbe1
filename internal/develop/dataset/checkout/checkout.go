package checkout

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	Now     func() time.Time
}

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
	if err := c.each(ctx, p.making); err != nil {
		return nil, err
	}
	return p.finished(c.Root, c.Now())
}

// plan is what there is to do.
type plan struct {
	result Result
	losing []staging.Entry   // files whose bytes would go
	making []Want            // files to make
	same   []worktree.Record // files that are as they should be
}

// plan compares what is there with what is wanted.
func (c Config) plan(ctx context.Context, have []worktree.File, want []Want) (*plan, error) {
	there, err := c.hash(ctx, have)
	if err != nil {
		return nil, err
	}
	p := &plan{}
	if want, p.result.Missing, err = c.present(ctx, want); err != nil {
		return nil, err
	}
	untouched := map[string]bool{}
	for _, m := range p.result.Missing {
		untouched[m.Path] = true
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
			p.both(there[i], want[j])
			i, j = i+1, j+1
		}
	}
	return p, nil
}

// both decides about a file that is there and wanted.
func (p *plan) both(there staging.Entry, want Want) {
	if there.Kind < worktree.Broken && there.Sum == want.ID.Sum {
		if there.Rest {
			p.same = append(p.same, worktree.Record{Path: there.Path, Stat: there.Stat, Sum: there.Sum})
		}
		return
	}
	p.result.Modified = append(p.result.Modified, want.Path)
	p.losing = append(p.losing, there)
	p.making = append(p.making, want)
}

// hash gives the sums of files; what has no content has none.
func (c Config) hash(ctx context.Context, have []worktree.File) ([]staging.Entry, error) {
	var regular []worktree.File
	for _, f := range have {
		if f.Kind < worktree.Broken {
			regular = append(regular, f)
		}
	}
	hashed, err := staging.Config{Root: c.Root, Sums: c.Sums, Now: c.Now}.Stage(ctx, regular)
	if err != nil || len(regular) == len(have) {
		return hashed, err
	}
	entries := make([]staging.Entry, len(have))
	for i, f := range have {
		if entries[i].File = f; f.Kind < worktree.Broken {
			entries[i], hashed = hashed[0], hashed[1:]
		}
	}
	return entries, nil
}

// present parts what is wanted by whether its object is in the cache.
func (c Config) present(ctx context.Context, want []Want) (there, missing []Want, err error) {
	ids := make([]object.ID, len(want))
	for i, w := range want {
		ids[i] = w.ID
	}
	absent, err := c.Cache.Missing(ctx, ids)
	if err != nil || len(absent) == 0 {
		return want, nil, err
	}
	set := map[object.ID]bool{}
	for _, id := range absent {
		r, _, err := c.Cache.Open(ctx, id) // hashes what nobody vouches for
		switch {
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict):
			set[id] = true
		case err != nil:
			return nil, nil, err
		default:
			if err := r.Close(); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, w := range want {
		if set[w.ID] {
			missing = append(missing, w)
		} else {
			there = append(there, w)
		}
	}
	return there, missing, nil
}

// named is how many files an error names.
const named = 5

// guard refuses to lose bytes that are not in the cache.
func (c Config) guard(ctx context.Context, losing []staging.Entry) error {
	var ids []object.ID
	for _, e := range losing {
		if e.Kind < worktree.Broken {
			ids = append(ids, e.ID())
		}
	}
	absent, err := c.Cache.Missing(ctx, ids)
	if err != nil || len(absent) == 0 {
		return err
	}
	set := map[object.ID]bool{}
	for _, id := range absent {
		set[id] = true
	}
	var paths []string
	for _, e := range losing {
		if e.Kind < worktree.Broken && set[e.ID()] {
			paths = append(paths, fmt.Sprintf("%q", e.Path))
		}
	}
	n := len(paths)
	if n > named {
		paths = append(paths[:named], fmt.Sprintf("and %d more", n-named))
	}
	return fault.WithHint(fault.New(fault.Conflict, "%d files have changes that are in no version and would be lost: %s.", n, strings.Join(paths, ", ")),
		"add them first, or lose them with --force")
}

// batch is how many files a goroutine takes at once.
const batch = 64

// each makes files, in as many goroutines as there are processors.
func (c Config) each(ctx context.Context, making []Want) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, workers atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(making)/batch+1) {
		all.Go(func() {
			m := maker{Config: c, scratch: filepath.Join(c.Scratch, fmt.Sprintf("checkout-%d", workers.Add(1)))}
			for ctx.Err() == nil {
				to := int(next.Add(batch))
				if to-batch >= len(making) {
					return
				}
				for _, w := range making[to-batch : min(to, len(making))] {
					if err := m.make(w); err != nil {
						cancel(fmt.Errorf("make %s: %w", filepath.Join(c.Root, w.Path), err))
						return
					}
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// finished tells what may be kept of the files: a file that was made is as its
// object is, if nobody has written to it since, which is seen once a step of the
// file system's clock has passed.
func (p *plan) finished(root string, now time.Time) (*Result, error) {
	r := &p.result
	i := 0
	for _, w := range p.making {
		for ; i < len(p.same) && p.same[i].Path < w.Path; i++ {
			r.Records = append(r.Records, p.same[i])
		}
		stat, err := worktree.StatOf(filepath.Join(root, w.Path))
		if err != nil {
			return nil, err
		}
		if worktree.AtRest(stat, now) {
			r.Records = append(r.Records, worktree.Record{Path: w.Path, Stat: stat, Sum: w.ID.Sum})
		}
	}
	r.Records = append(r.Records, p.same[i:]...)
	return r, nil
}
