package transfer_test

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// target is a cache that fails at some of its calls, and sees that no listing comes before its files.
type target struct {
	*cache.Cache
	versions map[object.ID][]object.ID
	fails    map[object.ID]bool
	early    atomic.Int64
}

func (t *target) Store(ctx context.Context, id object.ID, r io.Reader, size int64) error {
	if t.fails[id] {
		return fault.New(fault.Unavailable, "The remote does not answer.")
	}
	if id.Dir {
		if missing, err := t.Missing(ctx, t.versions[id]); err != nil || len(missing) > 0 {
			t.early.Add(1)
		}
	}
	return t.Cache.Store(ctx, id, r, size)
}

// TestTransfer: whatever fails and whatever was there, a listing is in the target only with all its files, and what is
// complete is told so.
func TestTransfer(t *testing.T) {
	ctx := context.Background()
	draw.Check(t, func(rt *rapid.T) {
		from := cache.New(t.TempDir(), object.Current, draw.Reader(t))
		to := &target{Cache: cache.New(t.TempDir(), object.Current, draw.Reader(t)), versions: map[object.ID][]object.ID{}, fails: map[object.ID]bool{}}
		file := func(n int) object.ID { return object.ID{Sum: md5.Sum(fmt.Appendf(nil, "%d", n))} }
		number := rapid.IntRange(0, 5)
		var versions []transfer.Version
		for i := range rapid.IntRange(1, 4).Draw(rt, "versions") {
			content := fmt.Appendf(nil, "listing %d", i)
			v := transfer.Version{ID: object.ID{Sum: md5.Sum(content), Dir: true}}
			must(rt, from.PutBytes(v.ID, content))
			for _, n := range rapid.SliceOf(number).Draw(rt, "files") {
				v.Files = append(v.Files, file(n))
				if rapid.IntRange(0, 9).Draw(rt, "in cache") > 0 {
					must(rt, from.PutBytes(file(n), fmt.Appendf(nil, "%d", n)))
				}
			}
			versions, to.versions[v.ID] = append(versions, v), v.Files
			if rapid.Bool().Draw(rt, "listing is there") { // as another program would have left it
				must(rt, to.PutBytes(v.ID, content))
			}
		}
		for _, n := range rapid.SliceOf(number).Draw(rt, "failing") {
			to.fails[file(n)] = true
		}
		r, err := transfer.Transfer(ctx, from, to, versions, 3)
		must(rt, err)
		if to.early.Load() > 0 {
			rt.Fatal("a listing was stored before its files")
		}
		lacking := 0
		for _, v := range versions {
			missing, err := to.Missing(ctx, append([]object.ID{v.ID}, v.Files...))
			must(rt, err)
			lacking += len(missing)
		}
		if r.Complete() != (lacking == 0) {
			rt.Fatalf("told complete %v, and %d objects are missing", r.Complete(), lacking)
		}
	})
}

// TestTransferTwice sends nothing the second time.
func TestTransferTwice(t *testing.T) {
	from, to := cache.New(t.TempDir(), object.Current, draw.Reader(t)), cache.New(t.TempDir(), object.Current, draw.Reader(t))
	id, _, err := from.Put(context.Background(), strings.NewReader("content"))
	if err != nil {
		t.Fatal(err)
	}
	for _, sent := range []int{1, 0} {
		r, err := transfer.Transfer(context.Background(), from, to, []transfer.Version{{ID: id}, {ID: id}}, 16)
		if err != nil || r.Sent != sent || !r.Complete() {
			t.Errorf("sent %v, want %d; %v", r, sent, err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := transfer.Transfer(ended, from, to, []transfer.Version{{ID: id}}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
}

// spread sees in which folders objects are stored at once.
type spread struct {
	*cache.Cache
	lock    sync.Mutex
	at      map[byte]int
	crowded int
}

func (s *spread) Store(ctx context.Context, id object.ID, r io.Reader, size int64) error {
	s.lock.Lock()
	if s.at[id.Sum[0]]++; s.at[id.Sum[0]] > 1 {
		s.crowded++
	}
	s.lock.Unlock()
	err := s.Cache.Store(ctx, id, r, size)
	s.lock.Lock()
	s.at[id.Sum[0]]--
	s.lock.Unlock()
	return err
}

// TestTransferApart: each object comes over once, and files of one folder seldom at once.
func TestTransferApart(t *testing.T) {
	from := cache.New(t.TempDir(), object.Current, draw.Reader(t))
	var versions []transfer.Version
	for i := range 2000 {
		id, _, err := from.Put(context.Background(), strings.NewReader(fmt.Sprint(i)))
		must(t, err)
		versions = append(versions, transfer.Version{ID: id})
	}
	for _, jobs := range []int{0, 1, 8, 500} {
		to := &spread{Cache: cache.New(t.TempDir(), object.Current, draw.Reader(t)), at: map[byte]int{}}
		r, err := transfer.Transfer(context.Background(), from, to, versions, jobs)
		if err != nil || r.Sent != len(versions) || !r.Complete() {
			t.Errorf("%d jobs sent %+v; %v", jobs, r, err)
		}
		if jobs == 8 && to.crowded > len(versions)/10 {
			t.Errorf("%d of %d objects were stored while another was in their folder", to.crowded, len(versions))
		}
	}
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
