package dataset

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// worthKeeping is how many bytes of an object must have come for them to be kept when
// its push breaks off.
const worthKeeping = 4 << 20

// WorthResuming is from how many bytes on an object is pushed by Resume.
const WorthResuming = 32 << 20

// Begun is how much of an object is in a remote.
type Begun struct {
	Bytes int64 // of its beginning, that need not come again
	There bool  // all of it, judged
}

// begun are the bytes of a push that broke off.
type begun struct {
	size int64
	blob string
}

func scanBegun(s rows.Scanner) (b begun, err error) { return b, s.Scan(&b.size, &b.blob) }

// Begun tells how much of a file is in a remote, for who pushes it by Resume.
func (s *Service) Begun(ctx context.Context, remote string, id object.ID) (_ Begun, err error) {
	defer fault.Wrap(&err, "dataset.Begun(%s, %s)", remote, id)
	if err := resumable(remote, id); err != nil {
		return Begun{}, err
	}
	_, err = s.find(ctx, remote, object.Current, id)
	if !fault.Is(err, fault.NotFound) {
		return Begun{There: err == nil}, err
	}
	b, err := s.begun(ctx, remote, id)
	return Begun{Bytes: b.size}, err
}

func resumable(remote string, id object.ID) error {
	if id.Dir {
		return fault.New(fault.Invalid, "The listing %s is pushed at once, not piece by piece.", id)
	}
	return CheckName(remote)
}

// begun finds what came before, nothing where nothing did.
func (s *Service) begun(ctx context.Context, remote string, id object.ID) (begun, error) {
	b, err := rows.One(ctx, s.DB.Read(), scanBegun, selectBegun, caller.Workspace(ctx), remote, id.String())
	if rows.IsNone(err) {
		return begun{}, nil
	}
	return b, err
}

// Resume stores a file as Push does, of which r has the bytes from a place on; those
// before it came earlier, as Begun tells: fault.Unavailable where others did, or where
// they are not the object's, and who asks again is told anew. From 0 on it begins anew,
// whatever came earlier. When r breaks off, what came is kept for the next.
func (s *Service) Resume(ctx context.Context, remote string, id object.ID, from int64, r io.Reader) (isNew bool, err error) {
	defer fault.Wrap(&err, "dataset.Resume(%s, %s)", remote, id)
	if err := resumable(remote, id); err != nil {
		return false, err
	}
	before, err := s.begun(ctx, remote, id)
	if err != nil {
		return false, err
	}
	if from != 0 && before.size != from {
		return false, fault.New(fault.Unavailable, "Of the object %s there are %d bytes, not %d.", id, before.size, from)
	}
	// Who sends may be gone before what was sent is stored.
	ctx = context.WithoutCancel(ctx)
	head, err := s.opened(ctx, remote, id, before, from)
	if err != nil {
		return false, err
	}
	key, err := s.key(ctx, remote, id.Path(object.Current))
	if err != nil {
		return false, errors.Join(err, head.Close())
	}
	sum, tail := object.NewDigest(object.MD5), &ending{Reader: r}
	info, err := s.Blobs.Put(ctx, key, io.TeeReader(io.MultiReader(head, tail), sum), blobs.Unknown)
	if err = errors.Join(err, head.Close()); err != nil {
		return false, err
	}
	switch {
	case tail.broke != nil:
		return false, errors.Join(broken(tail.broke), s.keep(ctx, remote, id, before, begun{info.Size, key}))
	case sum.Sum() != id.Sum && from > 0:
		// Who sent the rest may be right, and those who sent the beginning not.
		err = fault.New(fault.Unavailable, "The %d bytes of the object %s that came earlier are not its beginning, or what came now is not its end; they are forgotten.", from, id)
		return false, errors.Join(err, s.Blobs.Delete(ctx, key), s.forget(ctx, remote, id, before))
	case sum.Sum() != id.Sum:
		err = fault.New(fault.Invalid, "What came for the object %s hashes to %x; nothing was stored.", id, sum.Sum())
	default:
		isNew, err = s.admit(ctx, remote, object.Current, id.String(), received{key: key, size: info.Size})
	}
	err = s.letGo(ctx, key, isNew, err)
	return isNew, errors.Join(err, s.forget(ctx, remote, id, before))
}

// opened reads what came before, where it is gone on with. Bytes that are gone are
// forgotten: fault.Unavailable.
func (s *Service) opened(ctx context.Context, remote string, id object.ID, before begun, from int64) (io.ReadCloser, error) {
	if from == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	r, info, err := s.Blobs.Get(ctx, before.blob, blobs.Range{})
	if err == nil && info.Size != before.size {
		err = errors.Join(fault.New(fault.NotFound, "%s has %d bytes, not %d", before.blob, info.Size, before.size), r.Close())
	}
	if fault.Is(err, fault.NotFound) {
		return nil, errors.Join(fault.New(fault.Unavailable, "The bytes of the object %s that came earlier are gone.", id), s.forget(ctx, remote, id, before))
	}
	return r, err
}

// keep has the bytes of a push that broke off be found by the next, in the place of
// those before.
func (s *Service) keep(ctx context.Context, remote string, id object.ID, before, now begun) error {
	if now.size < worthKeeping || now.size == before.size {
		return s.Blobs.Delete(ctx, now.blob)
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if before.size > 0 {
			if err := s.discard(ctx, tx, before.blob); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, upsertBegun, caller.Workspace(ctx), remote, id.String(), now.size, now.blob, s.Now().UnixMicro())
		return err
	})
}

// forget takes away what came before, unless another push has put more in its place.
func (s *Service) forget(ctx context.Context, remote string, id object.ID, before begun) error {
	if before.size == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		n, err := tx.Exec(ctx, deleteBegun, caller.Workspace(ctx), remote, id.String(), before.blob)
		if err != nil || n == 0 {
			return err
		}
		return s.discard(ctx, tx, before.blob)
	})
}

// forgetOld forgets what nobody has gone on with.
func (s *Service) forgetOld(ctx context.Context, now time.Time) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, deleteOldBegun, now.Add(-unrecorded).UnixMicro())
		return err
	})
}

// ending ends where its reader breaks off, and notes why.
type ending struct {
	io.Reader
	broke error
}

// Read reads on.
func (e *ending) Read(b []byte) (int, error) {
	n, err := e.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		e.broke, err = err, io.EOF
	}
	return n, err
}
