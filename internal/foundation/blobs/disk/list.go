package disk

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// defaultLimit is how many entries a listing has when none is named.
const defaultLimit = 1000

// List answers one page in byte order of the key. A folder sorts as its name
// with a slash behind it, which is where its keys sort: "a-b" comes before
// "a/c" although the folder "a" comes before "a-b".
func (s *Store) List(ctx context.Context, list blobs.List) (_ []blobs.Entry, err error) {
	defer fault.Wrap(&err, "disk.List")
	if err := blobs.CheckPrefix(list.Prefix); err != nil {
		return nil, err
	}
	if list.Limit <= 0 {
		list.Limit = defaultLimit
	}
	l := &listing{List: list, store: s, ctx: ctx}
	err = l.folder(list.Prefix)
	if errors.Is(err, errFull) {
		err = nil
	}
	return l.entries, err
}

var errFull = errors.New("the page is full")

type listing struct {
	blobs.List
	store   *Store
	ctx     context.Context
	entries []blobs.Entry
}

// folder lists what is directly below prefix, and deeper when asked.
func (l *listing) folder(prefix string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	name := strings.TrimSuffix(prefix, "/")
	if name == "" {
		name = "."
	}
	found, err := fs.ReadDir(l.store.root.FS(), name)
	if err != nil {
		if fault.Is(missing(prefix, err), fault.NotFound) {
			return nil
		}
		return err
	}
	slices.SortFunc(found, func(a, b fs.DirEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	for _, e := range found {
		if err := l.entry(prefix, e); err != nil {
			return err
		}
	}
	return nil
}

func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

func (l *listing) entry(prefix string, e fs.DirEntry) error {
	key := prefix + sortName(e)
	if prefix == "" && (e.Name() == incoming || e.Name() == uploads) {
		return nil
	}
	if e.IsDir() {
		if l.Deep {
			// Nothing below a folder that lies wholly before the last page is wanted.
			if l.After > key && !strings.HasPrefix(l.After, key) {
				return nil
			}
			return l.folder(key)
		}
		if key <= l.After {
			return nil
		}
		return l.add(blobs.Entry{Info: blobs.Info{Key: key}, Folder: true})
	}
	if key <= l.After || !e.Type().IsRegular() {
		return nil
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed while the folder was read
	}
	if err != nil {
		return err
	}
	return l.add(blobs.Entry{Info: about(key, info)})
}

func (l *listing) add(e blobs.Entry) error {
	if len(l.entries) == l.Limit {
		return errFull
	}
	l.entries = append(l.entries, e)
	return nil
}
