package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

const (
	// perPage is how many files a bucket lists in one answer.
	perPage = 1000
	// folders is in how many an even part of all objects lies.
	folders = 256
	// asking is how many questions are on their way at once.
	asking = 64
)

// Missing gives those of the objects that are not in the remote, in their order. What
// is asked is the cheapest way to know: tacit by one question for many, a bucket by its
// lists or one by one, whichever is fewer requests.
func (s *Side) Missing(ctx context.Context, ids []object.ID) (_ []object.ID, err error) {
	defer fault.Wrap(&err, "remote.Missing")
	switch {
	case len(ids) == 0:
		return nil, nil
	case s.versions != nil:
		return s.missingKept(ctx, ids)
	case s.kept != nil && s.layout == object.Current:
		return s.kept.lacks(ctx, ids)
	case s.local != nil && s.layout == object.Current:
		return s.missingLocal(ctx, ids)
	}
	names, err := s.listed(ctx, len(ids))
	if err != nil {
		return nil, err
	}
	if names != nil {
		return without(ids, func(id object.ID) bool { return names[id] }), nil
	}
	there := make([]bool, len(ids))
	err = each(ctx, len(ids), func(ctx context.Context, i int) error {
		_, err := s.place.Stat(ctx, ids[i].Path(s.layout))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		there[i] = err == nil
		return err
	})
	at := 0
	return without(ids, func(object.ID) bool { at++; return there[at-1] }), err
}

func without(ids []object.ID, there func(object.ID) bool) (missing []object.ID) {
	for _, id := range ids {
		if !there(id) {
			missing = append(missing, id)
		}
	}
	return missing
}

// missingLocal asks a folder. An object in it whose mode does not say that it was
// hashed is hashed now, and one that is damaged is put out of the way.
func (s *Side) missingLocal(ctx context.Context, ids []object.ID) ([]object.ID, error) {
	absent, err := s.local.Absent(ctx, ids)
	return without(ids, func(id object.ID) bool { return !absent[id] }), err
}

// each does n things, several at once, and stops at the first failure.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(asking, n) {
		workers.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

// listed gives all objects of the remote, or nil where it lists nothing, or where to ask
// for each of n takes fewer requests. A folder of 256 tells how many there are in all.
func (s *Side) listed(ctx context.Context, n int) (names map[object.ID]bool, err error) {
	if n < perPage/folders {
		return nil, nil
	}
	var lock sync.Mutex
	names = map[object.ID]bool{}
	note := func(info files.Info) error {
		if id, layout, err := object.ParsePath(info.Path); err == nil && layout == s.layout {
			lock.Lock()
			names[id] = true
			lock.Unlock()
		}
		return nil
	}
	enough := errors.New("enough is known")
	first := 0
	err = s.place.List(ctx, s.prefix(0), func(info files.Info) error {
		if first++; first > n*perPage/folders {
			return enough
		}
		return note(info)
	})
	switch {
	case fault.Is(err, fault.Unsupported):
		return nil, nil
	case fault.Is(err, fault.NotFound): // a bucket that is not there holds nothing, and says so where it is written to
		return nil, err
	case errors.Is(err, enough), err == nil && first*folders/perPage+folders > n && first*folders > 4*perPage:
		return nil, nil
	case err != nil:
		return nil, err
	}
	if first*folders <= 4*perPage && s.layout == object.Current { // a few pages in all
		return names, s.place.List(ctx, "files/md5/", note)
	}
	return names, each(ctx, folders-1, func(ctx context.Context, i int) error { return s.place.List(ctx, s.prefix(i+1), note) })
}

// prefix leads the paths of one part of all objects.
func (s *Side) prefix(i int) string {
	lead := ""
	if s.layout == object.Current {
		lead = "files/md5/"
	}
	return fmt.Sprintf("%s%02x/", lead, i)
}

// Each gives every object of the remote with what its place says of it, in no order;
// fault.Unsupported where it lists nothing.
func (s *Side) Each(ctx context.Context, do func(object.ID, files.Info) error) error {
	if s.versions != nil {
		return s.refuse("collect")
	}
	lead := ""
	if s.layout == object.Current {
		lead = "files/md5/"
	}
	return s.place.List(ctx, lead, func(info files.Info) error {
		id, layout, err := object.ParsePath(info.Path)
		if err != nil || layout != s.layout {
			return nil //nolint:nilerr // it is no object
		}
		return do(id, info)
	})
}
