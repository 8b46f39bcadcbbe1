package artifact

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// root leads the keys of all workspaces.
const root = "artifact/"

// moving is a store in which the files of a moved workspace are at their new place
// as soon as its records are, though they are brought there one after the other.
type moving struct {
	blobs.Store
	db *rows.DB
}

// from is the place at which what belongs at a key may still be, with the move that
// it is part of; false for keys that no move touches.
func (m moving) from(ctx context.Context, key string) (at string, _ move, found bool, err error) {
	workspace, p, _ := strings.Cut(strings.TrimPrefix(key, root), "/")
	folder, rest, _ := strings.Cut(p, "/")
	if !strings.HasPrefix(folder, room.MovedPrefix) {
		return "", move{}, false, nil
	}
	one, err := rows.One(ctx, m.db.Read(), scanMove, selectMove, workspace, folder)
	if rows.IsNone(err) {
		return "", one, false, nil
	}
	return root + one.origin + "/" + rest, one, err == nil, err
}

// isMoved says whether a key is of a folder that came, or comes, from elsewhere.
func isMoved(key string) bool {
	_, p, _ := strings.Cut(strings.TrimPrefix(key, root), "/")
	return strings.HasPrefix(p, room.MovedPrefix)
}

// Stat tells of a file, wherever it is.
func (m moving) Stat(ctx context.Context, key string) (blobs.Info, error) {
	info, err := m.Store.Stat(ctx, key)
	if !fault.Is(err, fault.NotFound) || !isMoved(key) {
		return info, err
	}
	at, one, found, missing := m.from(ctx, key)
	if missing == nil && found {
		info, missing = m.Store.Stat(ctx, at)
	}
	switch {
	case missing == nil && !found, fault.Is(missing, fault.NotFound): // it may have come between the two looks
		return m.Store.Stat(ctx, key)
	case missing != nil:
		return blobs.Info{}, missing
	case info.Modified.After(one.until):
		return blobs.Info{}, err
	}
	info.Key = key
	return info, nil
}

// notFound is why a file is not given: another failure than that it is not there,
// or that.
func notFound(there, other error) error {
	if other == nil || fault.Is(other, fault.NotFound) {
		return there
	}
	return other
}

// Get opens a file, wherever it is.
func (m moving) Get(ctx context.Context, key string, part blobs.Range) (io.ReadCloser, blobs.Info, error) {
	r, info, err := m.Store.Get(ctx, key, part)
	if !fault.Is(err, fault.NotFound) || !isMoved(key) {
		return r, info, err
	}
	at, one, found, missing := m.from(ctx, key)
	if missing == nil && found {
		r, info, missing = m.Store.Get(ctx, at, part)
	}
	switch {
	case missing == nil && !found, fault.Is(missing, fault.NotFound): // it may have come between the two looks
		return m.Store.Get(ctx, key, part)
	case missing != nil:
		return nil, info, missing
	case info.Modified.After(one.until):
		_ = r.Close() // nothing was read
		return nil, blobs.Info{}, err
	}
	info.Key = key
	return r, info, nil
}

// Delete removes a file at both places.
func (m moving) Delete(ctx context.Context, key string) error {
	if err := m.Store.Delete(ctx, key); err != nil {
		return err
	}
	at, one, found, err := m.from(ctx, key)
	if err != nil || !found {
		return err
	}
	info, err := m.Store.Stat(ctx, at)
	if err != nil || info.Modified.After(one.until) {
		return notFound(nil, err)
	}
	return m.Store.Delete(ctx, at)
}

// pageLimit is how many entries a store lists unless told.
const pageLimit = 1000

// List lists what is at both places, once. The place from which files come is looked
// at first: what has left it since is at the other.
func (m moving) List(ctx context.Context, l blobs.List) ([]blobs.Entry, error) {
	at, one, found, err := m.from(ctx, l.Prefix)
	if err != nil {
		return nil, err
	}
	if !found {
		return m.Store.List(ctx, l)
	}
	var all []blobs.Entry
	limit := l.Limit
	if limit <= 0 {
		limit = pageLimit
	}
	there := blobs.List{Prefix: at, Deep: l.Deep, Limit: limit}
	if strings.HasPrefix(l.After, l.Prefix) {
		there.After = at + strings.TrimPrefix(l.After, l.Prefix)
	}
	for n, ended := 0, false; n < limit && !ended; {
		more, err := m.Store.List(ctx, there)
		if err != nil {
			return nil, err
		}
		for _, e := range more {
			there.After = e.Key
			if !e.Modified.After(one.until) {
				e.Key = l.Prefix + strings.TrimPrefix(e.Key, at)
				all, n = append(all, e), n+1
			}
		}
		ended = len(more) < limit
	}
	here, err := m.Store.List(ctx, l)
	if err != nil {
		return nil, err
	}
	all = append(here, all...)
	slices.SortStableFunc(all, func(a, b blobs.Entry) int { return strings.Compare(a.Key, b.Key) })
	all = slices.CompactFunc(all, func(a, b blobs.Entry) bool { return a.Key == b.Key })
	return all[:min(len(all), limit)], nil
}
