package transfer

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Source gives objects.
type Source interface {
	// Open opens an object and tells its size in bytes; fault.NotFound where there is none.
	Open(ctx context.Context, id object.ID) (io.ReadCloser, int64, error)
}

// Target takes objects. Its methods are called from several goroutines at once.
type Target interface {
	// Missing gives those of the objects that are not there, in their order.
	Missing(ctx context.Context, ids []object.ID) ([]object.ID, error)
	// Store stores size bytes under a name. Bytes that do not hash to it are
	// fault.Conflict, and nothing is stored.
	Store(ctx context.Context, id object.ID, r io.Reader, size int64) error
}

// Done is told of each object that was brought over, with its size, or that failed.
type Done func(id object.ID, size int64, err error)

// Receiver is a target that takes some objects in a way of its own, which is quicker. It
// tells done of these, and gives back the others; the error is that ctx ended.
type Receiver interface {
	Receive(ctx context.Context, from Source, ids []object.ID, done Done) (rest []object.ID, err error)
}

// Giver is a source that gives some objects in a way of its own, as a Receiver does.
type Giver interface {
	Give(ctx context.Context, to Target, ids []object.ID, done Done) (rest []object.ID, err error)
}

// Version is a file, or a listing with the files that it names.
type Version struct {
	ID    object.ID
	Files []object.ID // nil of a file
}

// Failure is an object that did not come over, and why.
type Failure struct {
	ID  object.ID
	Err error
}

// Result is what was done.
type Result struct {
	Sent   int   // objects
	Bytes  int64 // of these
	Failed []Failure
}

// Complete says whether all versions are in the target.
func (r *Result) Complete() bool { return len(r.Failed) == 0 }

// Transfer brings to the target what it lacks of some versions, with up to jobs
// objects at once. One object that fails does not keep the others back; a listing
// with a file that failed is not sent, and fails with fault.Conflict. The error is
// of the whole: the target could not be asked, or ctx ended.
func Transfer(ctx context.Context, from Source, to Target, versions []Version, jobs int) (_ *Result, err error) {
	defer fault.Wrap(&err, "transfer.Transfer")
	missing, err := to.Missing(ctx, wanted(versions))
	if err != nil {
		return nil, err
	}
	files, listings := parted(missing)
	t := &transfer{from: from, to: to, failed: map[object.ID]error{}}
	t.all(ctx, files, jobs)
	var complete []object.ID
	for _, v := range versions {
		if _, lacks := slices.BinarySearchFunc(listings, v.ID, object.Compare); !lacks {
			continue
		}
		if i := slices.IndexFunc(v.Files, func(id object.ID) bool { return t.failed[id] != nil }); i >= 0 {
			t.failed[v.ID] = fault.New(fault.Conflict, "The listing %s is kept back: its file %s did not come over.", v.ID, v.Files[i])
			continue
		}
		complete = append(complete, v.ID)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(complete, object.Compare)
	t.all(ctx, slices.Compact(complete), jobs)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return t.result(), nil
}

// wanted are the objects of all versions, each once, in their order.
func wanted(versions []Version) []object.ID {
	var all []object.ID
	for _, v := range versions {
		all = append(append(all, v.Files...), v.ID)
	}
	slices.SortFunc(all, object.Compare)
	return slices.Compact(all)
}

// parted are files and listings.
func parted(ids []object.ID) (files, listings []object.ID) {
	for _, id := range ids {
		if id.Dir {
			listings = append(listings, id)
		} else {
			files = append(files, id)
		}
	}
	return files, listings
}

// transfer is the work that its goroutines share.
type transfer struct {
	from   Source
	to     Target
	lock   sync.Mutex
	sent   int
	bytes  int64
	failed map[object.ID]error
}

// all sends objects, up to jobs at once.
func (t *transfer) all(ctx context.Context, ids []object.ID, jobs int) {
	if r, ok := t.to.(Receiver); ok {
		ids, _ = r.Receive(ctx, t.from, ids, t.note) // who calls sees whether ctx ended
	} else if g, ok := t.from.(Giver); ok {
		ids, _ = g.Give(ctx, t.to, ids, t.note)
	}
	waiting := make(chan object.ID)
	var workers sync.WaitGroup
	for range min(max(jobs, 1), len(ids)) {
		workers.Go(func() {
			for id := range waiting {
				size, err := t.one(ctx, id)
				t.note(id, size, err)
			}
		})
	}
	for id := range apart(ids, 8*jobs) {
		if ctx.Err() != nil {
			break
		}
		waiting <- id
	}
	close(waiting)
	workers.Wait()
}

// apart gives all objects, those that come one after the other from as many parts of
// the list: neighbours lie in one folder, which one file at a time is made in. There
// are more parts than jobs, so that one slow file is not met by the next of its part.
func apart(ids []object.ID, parts int) iter.Seq[object.ID] {
	size := max(1, (len(ids)+parts-1)/max(parts, 1))
	return func(yield func(object.ID) bool) {
		for first := range size {
			for i := first; i < len(ids); i += size {
				if !yield(ids[i]) {
					return
				}
			}
		}
	}
}

// note keeps how it went with an object.
func (t *transfer) note(id object.ID, size int64, err error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if err != nil {
		t.failed[id] = err
		return
	}
	t.sent, t.bytes = t.sent+1, t.bytes+size
}

func (t *transfer) one(ctx context.Context, id object.ID) (int64, error) {
	r, size, err := t.from.Open(ctx, id)
	if err != nil {
		return 0, err
	}
	return size, errors.Join(t.to.Store(ctx, id, r, size), r.Close())
}

func (t *transfer) result() *Result {
	r := &Result{Sent: t.sent, Bytes: t.bytes}
	for id, err := range t.failed {
		r.Failed = append(r.Failed, Failure{id, err})
	}
	slices.SortFunc(r.Failed, func(a, b Failure) int { return object.Compare(a.ID, b.ID) })
	return r
}
