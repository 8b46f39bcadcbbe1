// Package collection takes objects that nothing uses out of a cache and out of remotes,
// and brings back what it took.
//
// Words. What is used is told by package sharing. The trash is a folder beside the
// objects, trash/<time>/…, where they lie until they are brought back, or until a later
// collection finds them older than Kept; a bucket has no trash.
//
// What must hold: a listing goes before its files, so that none is there without them,
// and comes back behind them; what came to a remote within the last day stays, since
// another clone may have sent it for a version that is not known here.
package collection

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

const (
	// Kept is how long the trash keeps what it has.
	Kept = 7 * 24 * time.Hour
	// Fresh is how long what came to a remote is left there.
	Fresh = 24 * time.Hour

	trash = "trash"
	stamp = "20060102T150405.000000000Z"
)

// Removed is what was taken out, or would be.
type Removed struct {
	Objects int
	Bytes   int64
	Fresh   int // that stay although nothing uses them here
}

// found is an object that nothing uses.
type found struct {
	id   object.ID
	size int64
}

// listingsFirst is the order in which objects go.
func listingsFirst(a, b found) int {
	switch {
	case a.id.Dir == b.id.Dir:
		return object.Compare(a.id, b.id)
	case a.id.Dir:
		return -1
	}
	return 1
}

// How says how objects are taken out.
type How struct {
	Now time.Time // collections of one time are brought back together
	// Dry, where it is not nil, is told of each object by its place, and nothing is
	// taken out.
	Dry func(place string)
}

// Cache takes what is not used out of a cache.
func Cache(ctx context.Context, c *cache.Cache, used map[object.ID]bool, how How) (r Removed, err error) {
	defer fault.Wrap(&err, "collection.Cache")
	var all []found
	err = c.Each(ctx, func(id object.ID) error {
		if used[id] {
			return nil
		}
		info, err := os.Lstat(c.Path(id))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			all = append(all, found{id, info.Size()})
		}
		return err
	})
	if err != nil {
		return r, err
	}
	return sweep(ctx, c.Folder(), all, how, c.Path)
}

// sweep moves objects of a folder to its trash.
func sweep(ctx context.Context, folder string, all []found, how How, path func(object.ID) string) (r Removed, err error) {
	slices.SortFunc(all, listingsFirst)
	batch := filepath.Join(folder, trash, how.Now.UTC().Format(stamp))
	for _, f := range all {
		if err := ctx.Err(); err != nil {
			return r, context.Cause(ctx)
		}
		if how.Dry != nil {
			how.Dry(path(f.id))
		} else if err := put(folder, batch, path(f.id)); err != nil {
			return r, err
		}
		r.Objects, r.Bytes = r.Objects+1, r.Bytes+f.size
	}
	if how.Dry != nil {
		return r, nil
	}
	return r, expire(folder, how.Now)
}

// put moves a file below a folder to the same place below a batch.
func put(folder, batch, path string) error {
	relative, err := filepath.Rel(folder, path)
	if err != nil {
		return err
	}
	to := filepath.Join(batch, relative)
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if err := os.Rename(path, to); !errors.Is(err, fs.ErrNotExist) { // another collection took it
		return err
	}
	return nil
}

// batches are the names of what the trash of a folder has, the oldest first.
func batches(folder string) (names []string, err error) {
	entries, err := os.ReadDir(filepath.Join(folder, trash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if _, bad := time.Parse(stamp, e.Name()); bad == nil && e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

// expire deletes what lies in the trash for too long.
func expire(folder string, now time.Time) error {
	names, err := batches(folder)
	for _, name := range names {
		at, _ := time.Parse(stamp, name) // batches gives no others
		if now.Sub(at) > Kept {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, trash, name)))
		}
	}
	return err
}

// Undo brings back what the last collection took out of a folder, and tells how many
// objects those were. What was added again meanwhile stays as it is.
func Undo(ctx context.Context, folder string) (n int, err error) {
	defer fault.Wrap(&err, "collection.Undo(%s)", folder)
	names, err := batches(folder)
	if err != nil || len(names) == 0 {
		return 0, err
	}
	batch := filepath.Join(folder, trash, names[len(names)-1])
	var paths []string
	err = filepath.WalkDir(batch, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	listing := func(path string) bool { return filepath.Ext(path) == object.Suffix }
	slices.SortStableFunc(paths, func(a, b string) int { // listings come behind their files
		switch {
		case listing(a) == listing(b):
			return 0
		case listing(a):
			return 1
		}
		return -1
	})
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return n, context.Cause(ctx)
		}
		relative, err := filepath.Rel(batch, path)
		if err != nil {
			return n, err
		}
		to := filepath.Join(folder, relative)
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return n, err
		}
		if err := os.Link(path, to); err != nil && !errors.Is(err, fs.ErrExist) {
			if err := os.Rename(path, to); err != nil {
				return n, err
			}
		}
		n++
	}
	return n, os.RemoveAll(batch)
}

// removing is how many files a bucket takes out with one request.
const removing = 1000

// Remote takes what is not used, and is not fresh, out of a remote.
func Remote(ctx context.Context, side *remote.Side, used map[object.ID]bool, how How) (r Removed, err error) {
	defer fault.Wrap(&err, "collection.Remote")
	var all []found
	fresh := 0
	err = side.Each(ctx, func(id object.ID, info files.Info) error {
		switch {
		case used[id]:
		case how.Now.Sub(info.Modified) < Fresh:
			fresh++
		default:
			all = append(all, found{id, max(info.Size, 0)})
		}
		return nil
	})
	if fault.Is(err, fault.Unsupported) {
		return r, fault.WithHint(err, "where tacit keeps the remote, gc -c works at its address for S3: http://host/s3")
	}
	if err != nil {
		return r, err
	}
	if folder, ok := side.Folder(); ok {
		r, err = sweep(ctx, folder, all, how, side.Path)
		r.Fresh = fresh
		return r, err
	}
	slices.SortFunc(all, listingsFirst)
	files := slices.IndexFunc(all, func(f found) bool { return !f.id.Dir })
	if files < 0 {
		files = len(all)
	}
	for _, part := range [][]found{all[:files], all[files:]} { // no request has both: it has no order
		for some := range slices.Chunk(part, removing) {
			if err := remove(ctx, side, some, how, &r); err != nil {
				return r, err
			}
		}
	}
	r.Fresh = fresh
	return r, nil
}

func remove(ctx context.Context, side *remote.Side, some []found, how How, r *Removed) error {
	var paths []string
	for _, f := range some {
		paths = append(paths, side.Key(f.id))
	}
	if how.Dry == nil {
		if err := side.Place().Remove(ctx, paths...); err != nil {
			return err
		}
	} else {
		for _, p := range paths {
			how.Dry(side.Address() + "/" + p)
		}
	}
	for _, f := range some {
		r.Objects, r.Bytes = r.Objects+1, r.Bytes+f.size
	}
	return nil
}
