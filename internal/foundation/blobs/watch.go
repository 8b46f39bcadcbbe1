package blobs

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

// Watched is a Store that remembers whether it can be written.
type Watched struct {
	Store
	state *writable.State
}

// Watch gives store with its memory; who closes it closes store.
func Watch(store Store, now func() time.Time) *Watched {
	return &Watched{store, writable.NewState(now, func(ctx context.Context) error { return probe(ctx, store) })}
}

// probe stores writable.Room bytes and takes them away.
func probe(ctx context.Context, store Store) error {
	const key = "tacit-probe"
	if _, err := store.Put(ctx, key, bytes.NewReader(make([]byte, writable.Room)), writable.Room); err != nil {
		return err
	}
	return store.Delete(ctx, key)
}

// Writable answers nil, or why the last write failed when that was because the
// store has no space left, and still is so.
func (w *Watched) Writable(ctx context.Context) error { return w.state.Check(ctx) }

// Put is the store's.
func (w *Watched) Put(ctx context.Context, key string, r io.Reader, size int64) (Info, error) {
	info, err := w.Store.Put(ctx, key, r, size)
	return info, w.state.Note(err)
}

// CreateUpload is the store's.
func (w *Watched) CreateUpload(ctx context.Context, key string) (string, error) {
	upload, err := w.Store.CreateUpload(ctx, key)
	return upload, w.state.Note(err)
}

// PutPart is the store's.
func (w *Watched) PutPart(ctx context.Context, key, upload string, number int, r io.Reader, size int64) (Part, error) {
	part, err := w.Store.PutPart(ctx, key, upload, number, r, size)
	return part, w.state.Note(err)
}

// CompleteUpload is the store's.
func (w *Watched) CompleteUpload(ctx context.Context, key, upload string, parts []Part) (Info, error) {
	info, err := w.Store.CompleteUpload(ctx, key, upload, parts)
	return info, w.state.Note(err)
}

// Close closes the store when it can be closed.
func (w *Watched) Close() error {
	if c, ok := w.Store.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
