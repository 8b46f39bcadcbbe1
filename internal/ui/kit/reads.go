package kit

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Access tells which named things the caller may read. Reader gives nil where all
// may be read.
type Access interface {
	Reader(ctx context.Context) (func(urn.URN) (bool, error), error)
}

// Reads tells of a thing whether the caller may read it.
type Reads func(urn.URN) (bool, error)

// ReadsOf gives what the caller may read: a page asks before it tells of one
// thing on the page of another.
func ReadsOf(ctx context.Context, a Access) (Reads, error) {
	may, err := a.Reader(ctx)
	if may == nil {
		may = func(urn.URN) (bool, error) { return true, nil }
	}
	return may, err
}
