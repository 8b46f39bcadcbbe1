package dataset

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Entry is what is in one folder of a version: a file, or a folder with all below it.
type Entry struct {
	Name   string
	Folder bool
	ID     object.ID // of a file
	Files  int64     // 1 of a file
	Bytes  int64
}

// Entries are what is in a folder of a version, "" for the version itself, in the
// order of their names. A version that is a file has the one entry of its name.
// fault.NotFound where there is no such version or no such folder in it.
func (s *Service) Entries(ctx context.Context, remote string, id object.ID, folder string, p Paging) (all []Entry, next string, err error) {
	defer fault.Wrap(&err, "dataset.Entries(%s, %s, %s)", remote, id, folder)
	scope := page.Scope("data entries", remote, id.String(), folder)
	at, err := s.after(scope, p, int64(0))
	if err != nil {
		return nil, "", err
	}
	tree, err := s.tree(ctx, remote, id)
	if err != nil {
		return nil, "", err
	}
	from, to := tree.Below([]byte(folder))
	if from == to && folder != "" {
		return nil, "", fault.New(fault.NotFound, "There is no folder %.200q in the version %s.", folder, id)
	}
	i := min(from+int(at[0].(int64)), to)
	for i < to && len(all) < p.limit() {
		entry, end := tree.entry(folder, i)
		all, i = append(all, entry), end
	}
	if i < to {
		next = s.next(scope, int64(i-from))
	}
	return all, next, nil
}

// tree is a listing with the sizes of its files.
type tree struct {
	*listing.Listing
	ends []int64 // of the bytes of all files up to and with one
}

// bytes is the size of the files from inclusive to exclusive.
func (t *tree) bytes(from, to int) int64 {
	if from == to {
		return 0
	}
	if from == 0 {
		return t.ends[to-1]
	}
	return t.ends[to-1] - t.ends[from-1]
}

// entry is what begins at a file of a folder, and where the next begins.
func (t *tree) entry(folder string, i int) (Entry, int) {
	rest := t.Path(i)
	if folder != "" {
		rest = rest[len(folder)+1:]
	}
	name, _, inside := bytes.Cut(rest, []byte{'/'})
	if !inside {
		return Entry{Name: string(name), ID: t.ID(i), Files: 1, Bytes: t.bytes(i, i+1)}, i + 1
	}
	whole := t.Path(i)
	_, end := t.Below(whole[:len(whole)-len(rest)+len(name)])
	return Entry{Name: string(name), Folder: true, Files: int64(end - i), Bytes: t.bytes(i, end)}, end
}

// file is the entry of a whole path.
func (t *tree) file(path []byte) *Entry {
	i, ok := t.Find(path)
	if !ok {
		return nil
	}
	return &Entry{Name: string(path), ID: t.ID(i), Files: 1, Bytes: t.bytes(i, i+1)}
}

// keptEntries is how many files the listings have together that are kept: of some
// 80 bytes each.
const keptEntries = 300_000

// trees keeps listings that were read, those used last. A listing's name says what is
// in it, so that none grows old; the sizes are of the remote.
type trees struct {
	mu   sync.Mutex
	kept []keptTree // the one used last first
}

type keptTree struct {
	workspace, remote string
	layout            object.Layout
	id                object.ID
	tree              *tree
}

func (k keptTree) is(o keptTree) bool {
	return k.workspace == o.workspace && k.remote == o.remote && k.layout == o.layout && k.id == o.id
}

// get gives one that is kept, nil for none.
func (t *trees) get(k keptTree) *tree {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.kept, k.is)
	if i < 0 {
		return nil
	}
	found := t.kept[i]
	t.kept = slices.Insert(slices.Delete(t.kept, i, i+1), 0, found)
	return found.tree
}

// put keeps one, and lets go of what is too much then.
func (t *trees) put(k keptTree) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = slices.Insert(slices.DeleteFunc(t.kept, k.is), 0, k)
	n := 0
	for i, one := range t.kept {
		if n += one.tree.Len() + 1; n > keptEntries {
			t.kept = slices.Delete(t.kept, i, len(t.kept))
			return
		}
	}
}

// tree is what a version holds, which must be in the remote.
func (s *Service) tree(ctx context.Context, remote string, id object.ID) (*tree, error) {
	h, layout, err := s.anyLayout(ctx, remote, id)
	if err != nil {
		return nil, err
	}
	if !id.Dir {
		b := listing.NewBuilder(1)
		if err := b.Add([]byte(id.String()), id.Sum); err != nil {
			return nil, err
		}
		l, err := b.Listing()
		return &tree{l, []int64{h.size}}, err
	}
	k := keptTree{workspace: caller.Workspace(ctx), remote: remote, layout: layout, id: id}
	if t := s.trees.get(k); t != nil {
		return t, nil
	}
	object := Object{ID: id, Size: h.size, at: h, store: s.Blobs}
	r, err := object.From(ctx, 0)
	if err != nil {
		return nil, err
	}
	l, err := listing.Parse(r, MaxListing, layout)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	k.tree = &tree{Listing: l}
	if k.tree.ends, err = s.ends(ctx, remote, layout, l); err != nil {
		return nil, err
	}
	s.trees.put(k)
	return k.tree, nil
}

// anyLayout finds an object in the layout that it has in a remote.
func (s *Service) anyLayout(ctx context.Context, remote string, id object.ID) (held, object.Layout, error) {
	h, err := s.find(ctx, remote, object.Current, id)
	if !fault.Is(err, fault.NotFound) {
		return h, object.Current, err
	}
	if old, other := s.find(ctx, remote, object.Legacy, id); !fault.Is(other, fault.NotFound) {
		return old, object.Legacy, other
	}
	return h, object.Current, err
}

// ends adds the sizes of a listing's files up.
func (s *Service) ends(ctx context.Context, remote string, layout object.Layout, l *listing.Listing) ([]int64, error) {
	names := make([]string, l.Len())
	for i := range names {
		names[i] = l.ID(i).String()
	}
	slices.Sort(names)
	sizes := make(map[[16]byte]int64, len(names))
	r := s.DB.Read()
	err := s.each(slices.Compact(names), func(some []string) error {
		found, err := rows.Collect(ctx, r, scanSize, selectSizes+rows.Listed[string](r.Dialect(), 4), caller.Workspace(ctx), remote, int64(layout), rows.List(r.Dialect(), some))
		for _, h := range found {
			id, wrong := object.Parse(h.name)
			if err = errors.Join(err, wrong); err != nil {
				return err
			}
			sizes[id.Sum] = h.size
		}
		return err
	})
	ends, sum := make([]int64, l.Len()), int64(0)
	for i := range ends {
		sum += sizes[l.ID(i).Sum]
		ends[i] = sum
	}
	return ends, err
}
