package dataset

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// together has small files that writers push at one time rest in one blob: what makes them
// durable is then paid once, and not for each. While some are stored others gather, and
// nobody waits for more to come.
type together struct {
	lock  sync.Mutex
	lanes map[lane]*gathering // of those that are stored now, what has gathered since; nil for nothing
}

// lane is where files may rest in one blob.
type lane struct {
	workspace, remote string
	layout            object.Layout
}

// gathering are files that are stored at once. The first that came stores them.
type gathering struct {
	ids   []object.ID
	files map[object.ID][]byte
	begin chan struct{} // closed when those before are stored
	done  chan struct{} // closed when these are, or failed
	isNew map[object.ID]bool
	err   error
}

func newGathering() *gathering {
	return &gathering{files: map[object.ID][]byte{}, begin: make(chan struct{}), done: make(chan struct{})}
}

func (g *gathering) add(id object.ID, content []byte) {
	if _, ok := g.files[id]; !ok {
		g.ids = append(g.ids, id)
		g.files[id] = content
	}
}

// join adds a file to those that gather, and says whether it is the first of them, which
// stores them.
func (t *together) join(at lane, id object.ID, content []byte) (g *gathering, first bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	g, busy := t.lanes[at]
	if first = g == nil; first {
		g = newGathering()
		if busy {
			t.lanes[at] = g
		} else {
			t.lanes[at] = nil
			close(g.begin)
		}
	}
	g.add(id, content)
	return g, first
}

// next lets those begin that have gathered.
func (t *together) next(at lane) {
	t.lock.Lock()
	defer t.lock.Unlock()
	g := t.lanes[at]
	if g == nil {
		delete(t.lanes, at)
		return
	}
	t.lanes[at] = nil
	close(g.begin)
}

// pushSmall stores a file that was judged, with others of that moment, and reports
// whether it is new.
func (s *Service) pushSmall(ctx context.Context, remote string, layout object.Layout, id object.ID, content []byte) (bool, error) {
	at := lane{caller.Workspace(ctx), remote, layout}
	g, first := s.together.join(at, id, content)
	if !first {
		select {
		case <-g.done:
			return g.isNew[id], g.err
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	<-g.begin
	defer s.together.next(at)
	defer close(g.done)
	// Nobody is told that a file is there where what stores it panics.
	g.err = fault.New(fault.Unavailable, "The object %s was not stored.", id)
	// Others wait for these bytes: they are stored although this writer may have gone.
	g.isNew, g.err = s.storeTogether(context.WithoutCancel(ctx), remote, layout, g)
	return g.isNew[id], g.err
}

// storeTogether stores files in one blob and says which of them are new.
func (s *Service) storeTogether(ctx context.Context, remote string, layout object.Layout, g *gathering) (map[object.ID]bool, error) {
	path := packPath
	if len(g.ids) == 1 {
		path = g.ids[0].Path(layout)
	}
	key, err := s.key(ctx, remote, path)
	if err != nil {
		return nil, err
	}
	var all []fresh
	var contents []io.Reader
	size := int64(0)
	for _, id := range g.ids {
		content := g.files[id]
		all = append(all, fresh{id.String(), int64(len(content)), size})
		contents = append(contents, bytes.NewReader(content))
		size += int64(len(content))
	}
	if _, err := s.Blobs.Put(ctx, key, io.MultiReader(contents...), size); err != nil {
		return nil, err
	}
	n, err := s.record(ctx, remote, layout, key, all)
	if err = s.letGo(ctx, key, n > 0, err); err != nil {
		return nil, err
	}
	return s.newOf(ctx, remote, layout, key, g.ids, n)
}

// newOf says which of some files are found in a blob, when n are.
func (s *Service) newOf(ctx context.Context, remote string, layout object.Layout, key string, ids []object.ID, n int64) (map[object.ID]bool, error) {
	isNew := make(map[object.ID]bool, len(ids))
	if n == 0 {
		return isNew, nil
	}
	for _, id := range ids {
		isNew[id] = true
		if n == int64(len(ids)) {
			continue
		}
		h, err := s.find(ctx, remote, layout, id)
		if err != nil {
			return nil, err
		}
		isNew[id] = h.blob == key
	}
	return isNew, nil
}
