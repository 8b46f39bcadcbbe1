package repository

import (
	"context"
	"errors"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxListing is how long a listing is that is read, in bytes: what the entries of the
// largest folder known to be kept with DVC take, ten times.
const maxListing = 8 << 30

// Listing reads a listing out of the cache: fault.NotFound where it is not there.
func (r *Repository) Listing(ctx context.Context, layout object.Layout, id object.ID) (_ *listing.Listing, err error) {
	content, size, err := r.caches[layout].Open(ctx, id)
	if fault.Is(err, fault.Conflict) {
		return nil, fault.Because(err, fault.NotFound, "The listing %s in the cache was damaged, and is out of the way.", id)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	return listing.Parse(content, min(size, maxListing), layout)
}
