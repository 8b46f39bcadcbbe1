package staging

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/batch"
	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Config is how files are staged.
type Config struct {
	Root  string         // the folder that paths are relative to
	Sums  *worktree.Sums // what is known of the files; nil for nothing
	Cache *cache.Cache   // where bytes go; nil to hash alone
	Link  link.Type      // how an object shares its bytes with its file
	Now   func() time.Time
	// Hashing is how sums are taken; of any but object.MD5 nothing can be stored, and
	// Sums must be of the same.
	Hashing object.Hashing
}

// Entry is a file with the MD5 of its bytes.
type Entry struct {
	*worktree.File // of the files that were given; its Stat is that of the reading
	Sum            [16]byte
	Kept           bool // the sum was known, and the file was not read
	Rest           bool // the file was at rest when it was read: its sum may be kept
}

// ID is the name of the file's object.
func (e Entry) ID() object.ID { return object.ID{Sum: e.Sum} }

// Stage gives the sum of each file, in their order, which must be that of a walk.
// With a cache, the objects of all of them are in it when Stage returns, and
// durable once the cache was synced. The first file that cannot be staged ends the
// work; objects that were stored by then stay, and harm nobody.
func (c Config) Stage(ctx context.Context, files []worktree.File) ([]Entry, error) {
	entries := make([]Entry, len(files))
	var toRead, known []int
	cursor := sumsOf(c.Sums).Cursor()
	for i := range files {
		f := &files[i]
		if err := readable(f); err != nil {
			return nil, err
		}
		entries[i].File = f
		entries[i].Sum, entries[i].Kept = cursor.Find(f.Path, f.Stat)
		entries[i].Rest = entries[i].Kept
		if entries[i].Kept {
			known = append(known, i)
		} else {
			toRead = append(toRead, i)
		}
	}
	absent, err := c.absent(ctx, entries, known)
	if err != nil {
		return nil, err
	}
	if err := c.each(ctx, append(toRead, absent...), entries, (*worker).stage); err != nil {
		return nil, err
	}
	if c.Cache == nil || !c.Link.Shared() {
		return entries, nil
	}
	// Files that came later may have given an inode another name.
	all := make([]int, len(entries))
	for i := range all {
		all[i] = i
	}
	return entries, c.each(ctx, all, entries, func(w *worker, _ context.Context, e *Entry) error {
		return w.unchanged(e, filepath.Join(w.Root, e.Path))
	})
}

func sumsOf(s *worktree.Sums) *worktree.Sums {
	if s == nil {
		return &worktree.Sums{}
	}
	return s
}

// readable refuses what has no content by the name of what it is.
func readable(f *worktree.File) error {
	switch f.Kind {
	case worktree.Broken:
		return fault.WithHint(fault.New(fault.Invalid, "%q is a link that leads nowhere.", f.Path), "remove it, or name it in .dvcignore")
	case worktree.Special:
		return fault.WithHint(fault.New(fault.Invalid, "%q is a device, a pipe or a socket: it has no content to keep.", f.Path), "remove it, or name it in .dvcignore")
	}
	return nil
}

// absent are those of the known files whose objects are not in the cache.
func (c Config) absent(ctx context.Context, entries []Entry, known []int) ([]int, error) {
	if c.Cache == nil || len(known) == 0 {
		return nil, nil
	}
	ids := make([]object.ID, len(known))
	for i, k := range known {
		ids[i] = entries[k].ID()
	}
	missing, err := c.Cache.Missing(ctx, ids)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	set := make(map[object.ID]bool, len(missing))
	for _, id := range missing {
		set[id] = true
	}
	var absent []int
	for i, k := range known {
		if set[ids[i]] {
			absent = append(absent, k)
		}
	}
	return absent, nil
}

// each does something with some entries, in as many goroutines as there are processors.
func (c Config) each(ctx context.Context, indices []int, entries []Entry, do func(*worker, context.Context, *Entry) error) error {
	return batch.Each(ctx, len(indices), func(int) func(context.Context, int) error {
		w := &worker{Config: c}
		return func(ctx context.Context, i int) error {
			e := &entries[indices[i]]
			if err := do(w, ctx, e); err != nil {
				return fmt.Errorf("stage %s: %w", filepath.Join(c.Root, e.Path), err)
			}
			return nil
		}
	})
}

// changed says that a file is not what the walk saw.
func changed(path string) error {
	return fault.WithHint(fault.New(fault.Conflict, "%q changed while it was read.", path), "wait until nobody writes to it, and say the command again")
}

// vanished is changed for a file that is gone.
func vanished(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return changed(path)
	}
	return err
}
