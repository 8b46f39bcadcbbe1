package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
)

// slow is a store whose first Put waits, and whose second may fail or panic.
type slow struct {
	blobs.Store
	lock   sync.Mutex
	puts   int
	first  chan struct{} // closed when the first Put may go on
	fails  error         // of the second
	panics bool          // the second, instead
}

func (s *slow) Put(ctx context.Context, key string, r io.Reader, size int64) (blobs.Info, error) {
	s.lock.Lock()
	s.puts++
	n := s.puts
	s.lock.Unlock()
	if n == 1 {
		<-s.first
	}
	if n == 2 && s.panics {
		panic(s.fails)
	}
	if n == 2 && s.fails != nil {
		return blobs.Info{}, s.fails
	}
	return s.Store.Put(ctx, key, r, size)
}

// gathered waits until some files have gathered behind those that are stored.
func (l *lived) gathered(n int) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		l.together.lock.Lock()
		g := l.together.lanes[lane{"default", "r", object.Current}]
		enough := n == 0 && len(l.together.lanes) == 1 || g != nil && len(g.ids) == n
		l.together.lock.Unlock()
		if enough {
			return
		}
	}
	l.t.Fatalf("%d files did not gather", n)
}

// many pushes a file, and while that is stored, more, of which one writer goes away.
func (l *lived) many(s *slow, n int) (errs []error) {
	errs = make([]error, n+1)
	push := func(ctx context.Context, i int) {
		defer func() {
			if r := recover(); r != nil {
				errs[i] = fmt.Errorf("it panicked: %v", r)
			}
		}()
		content := fmt.Sprint("content ", i)
		_, errs[i] = l.Push(ctx, "r", file(content).Path(object.Current), strings.NewReader(content))
	}
	var all sync.WaitGroup
	all.Go(func() { push(l.ctx, 0) })
	l.gathered(0)
	gone, goAway := context.WithCancel(l.ctx)
	for i := range n {
		all.Go(func() {
			ctx := l.ctx
			if i == 0 { // the first, which stores for the others
				ctx = gone
			}
			push(ctx, i+1)
		})
		l.gathered(i + 1)
	}
	goAway()
	close(s.first)
	all.Wait()
	return errs
}

// TestPushTogether: files that come while others are stored rest in one blob, also where
// the writer goes away that came first of them.
func TestPushTogether(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		s := &slow{Store: l.Blobs, first: make(chan struct{})}
		l.Blobs = s
		const n = 20
		for i, err := range l.many(s, n) {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
			content := fmt.Sprint("content ", i)
			if got, err := l.read(l.ctx, "r", file(content)); err != nil || got != content {
				t.Errorf("%d has %q; %v", i, got, err)
			}
			if l.push("r", file(content), content) {
				t.Errorf("%d is new once more", i)
			}
		}
		if s.puts != 2 {
			t.Errorf("%d files were stored in %d blobs, want 2", n+1, s.puts)
		}
		if len(l.together.lanes) != 0 {
			t.Error("somebody is still waited for")
		}
	})
}

// TestPushTogetherFails: what was not stored is told to each who pushed it, and to nobody else.
func TestPushTogetherFails(t *testing.T) {
	for _, panics := range []bool{false, true} {
		each(t, func(t *testing.T, l *lived) {
			s := &slow{Store: l.Blobs, first: make(chan struct{}), fails: errors.New("the disk is gone"), panics: panics}
			l.Blobs = s
			for i, err := range l.many(s, 5) {
				content := fmt.Sprint("content ", i)
				_, absent := l.find(l.ctx, "r", object.Current, file(content))
				if (err == nil) != (i == 0) || (absent == nil) != (i == 0) {
					t.Errorf("%d: pushed %v, found %v", i, err, absent)
				}
				if isNew := l.push("r", file(content), content); isNew != (i > 0) {
					t.Errorf("%d pushed again: new %v", i, isNew)
				}
			}
		})
	}
}
