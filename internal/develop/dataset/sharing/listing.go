package sharing

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the name of an object is its md5
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxListing is the largest listing that is read out of a remote, in bytes: it is held
// while it is judged.
const maxListing = 2 << 30

// fetchListing reads a listing out of a remote: fault.NotFound where there is none, and
// fault.Conflict where its bytes are not what its name says. It stays out of the cache
// until its files are there.
func (c *Config) fetchListing(ctx context.Context, layout object.Layout, side *remote.Side, id object.ID) (*listing.Listing, error) {
	r, _, err := side.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	n, err := io.Copy(&content, io.LimitReader(r, maxListing+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if n > maxListing {
		return nil, fault.New(fault.Limit, "The listing %s has more than %d bytes.", id, int64(maxListing))
	}
	if sum := md5.Sum(content.Bytes()); sum != id.Sum { //nolint:gosec // as above
		return nil, fault.WithHint(fault.New(fault.Conflict, "What is in the remote %s for the listing %s hashes to %x.", side.Name(), id, sum), "push it again from where it was added, or take another remote")
	}
	return listing.Parse(&content, maxListing, layout)
}
