package dataset

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Object is one that lies in a remote that is kept here.
type Object struct {
	ID     object.ID
	Size   int64 // bytes
	Pushed time.Time

	at    held
	store blobs.Store
}

// At finds an object of a remote by its path. Its bytes were judged when they came.
// fault.NotFound; fault.Invalid for a path that is none.
func (s *Service) At(ctx context.Context, remote, path string) (_ *Object, err error) {
	defer fault.Wrap(&err, "dataset.At(%s, %s)", remote, path)
	id, layout, err := object.ParsePath(path)
	if err == nil {
		err = CheckName(remote)
	}
	if err != nil {
		return nil, err
	}
	h, err := s.find(ctx, remote, layout, id)
	if err != nil {
		return nil, err
	}
	return &Object{ID: id, Size: h.size, Pushed: h.pushed, at: h, store: s.Blobs}, nil
}

// From opens the bytes from a place on; the caller closes.
func (o *Object) From(ctx context.Context, place int64) (io.ReadCloser, error) {
	if place >= o.Size {
		return io.NopCloser(strings.NewReader("")), nil
	}
	r, _, err := o.store.Get(ctx, o.at.blob, blobs.Range{Offset: o.at.place + place, Length: o.Size - place})
	return r, err
}
