package imports

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Fetched is what came into a cache, or was there.
type Fetched struct {
	ID      object.ID // of the file, or of the listing
	Objects int       // files that came
	Bytes   int64     // of these
}

// Fetch brings the objects of a path of the source into a cache: of a folder those below
// sub, "" for all, and its listing.
func (s *Source) Fetch(ctx context.Context, p, sub string, to *cache.Cache, jobs int) (*Fetched, error) {
	e, err := s.Entry(ctx, p)
	if err != nil {
		return nil, err
	}
	var all plan
	if err := s.collect(ctx, e, "", &all); err != nil {
		return nil, err
	}
	return all.fetch(ctx, e.Dir, sub, to, jobs)
}

// fetching is files on their way into a cache.
type fetching struct {
	to   *cache.Cache
	lock sync.Mutex // of what follows
	done Fetched
	sums []object.ID // of the files of the plan
}

// fetch stores the files of a plan that the cache lacks, then the listing of a folder.
func (p *plan) fetch(ctx context.Context, folder bool, sub string, to *cache.Cache, jobs int) (*Fetched, error) {
	f := &fetching{to: to, sums: make([]object.ID, len(p.files))}
	var known []object.ID
	for i, piece := range p.files {
		if piece.id != nil {
			f.sums[i] = *piece.id
			known = append(known, *piece.id)
		}
	}
	absent, err := to.Absent(ctx, known)
	if err != nil {
		return nil, err
	}
	var wanted []int
	for i, piece := range p.files {
		if piece.id == nil || absent[*piece.id] && repository.Within(piece.rel, sub) {
			wanted = append(wanted, i)
		}
	}
	if err := each(ctx, wanted, jobs, func(ctx context.Context, i int) error { return f.store(ctx, p.files[i], i) }); err != nil {
		return nil, err
	}
	if !folder {
		f.done.ID = f.sums[0]
		return &f.done, to.Sync()
	}
	text, id, err := p.listing(f.sums)
	if err != nil {
		return nil, err
	}
	f.done.ID = id
	return &f.done, errors.Join(to.PutBytes(id, text), to.Sync())
}

// store stores one file. What must have a name and has other bytes is refused.
func (f *fetching) store(ctx context.Context, p piece, at int) (err error) {
	r, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var id object.ID
	var size int64
	if p.id != nil && p.hash != object.MD5 {
		id = *p.id
		size, err = f.storeLegacy(ctx, r, id)
	} else {
		id, size, err = f.to.Put(ctx, r)
	}
	if err != nil {
		return err
	}
	if p.id != nil && id != *p.id {
		return fault.New(fault.Conflict, "What came for '%s' does not hash to %s, but to %s.", p.rel, p.id, id)
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	f.sums[at] = id
	f.done.Objects, f.done.Bytes = f.done.Objects+1, f.done.Bytes+size
	return nil
}

// storeLegacy stores a file of DVC 2, whose size must be known first.
func (f *fetching) storeLegacy(ctx context.Context, r io.Reader, id object.ID) (size int64, err error) {
	kept, err := os.CreateTemp("", "tacit-legacy-")
	if err != nil {
		return 0, fault.Because(err, fault.Unavailable, "Nothing can be written in %s.", os.TempDir())
	}
	defer func() { err = errors.Join(err, kept.Close(), os.Remove(kept.Name())) }()
	if size, err = io.Copy(kept, r); err != nil {
		return 0, err
	}
	if _, err := kept.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return size, f.to.Store(ctx, id, kept, size)
}

// each does something with all of some things, several at once; the first that fails
// ends it.
func each[T any](ctx context.Context, all []T, jobs int, do func(context.Context, T) error) error {
	if jobs <= 0 {
		jobs = usualJobs
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan T)
	var wait sync.WaitGroup
	for range min(jobs, len(all)) {
		wait.Go(func() {
			for one := range work {
				if ctx.Err() != nil {
					continue
				}
				if err := do(ctx, one); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, one := range all {
		if ctx.Err() != nil {
			break
		}
		work <- one
	}
	close(work)
	wait.Wait()
	return context.Cause(ctx)
}
