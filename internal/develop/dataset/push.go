package dataset

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// inMemory is how much of an object is read before it is stored: a smaller one is
// judged before a byte of it is.
const inMemory = 256 << 10

// Push stores all of r as the object at a path of a remote, as package object names
// paths, and reports whether it is new there. What is stored is durable, and found
// only when its bytes hash to its name; a listing only when all its files are there:
// fault.Conflict with how many are missing. fault.Invalid for a path that is none and
// for other bytes, and where r breaks off; then nothing is left of it.
func (s *Service) Push(ctx context.Context, remote, path string, r io.Reader) (isNew bool, err error) {
	defer fault.Wrap(&err, "dataset.Push(%s, %s)", remote, path)
	id, layout, err := object.ParsePath(path)
	if err == nil {
		err = CheckName(remote)
	}
	if err != nil {
		return false, err
	}
	proved := newProof(r, id, layout)
	_, err = s.find(ctx, remote, layout, id)
	if err == nil { // it is there, and what comes is judged all the same
		_, err = io.Copy(io.Discard, proved)
		return false, err
	}
	if !fault.Is(err, fault.NotFound) {
		return false, err
	}
	begun, err := readBegin(proved)
	if err != nil {
		return false, brokeOff(ctx, err)
	}
	if begun.whole && !id.Dir {
		return s.pushSmall(ctx, remote, layout, id, begun.bytes)
	}
	in, err := s.receive(ctx, remote, path, begun)
	if err != nil {
		return false, brokeOff(ctx, err)
	}
	isNew, err = s.admit(ctx, remote, layout, id.String(), in)
	return isNew, s.letGo(ctx, in.key, isNew, err)
}

// received are bytes in the store that nothing is found by yet.
type received struct {
	key   string
	size  int64
	small []byte // all of them where they are few, nil otherwise
}

// beginning is what was read of some bytes, and the rest where that is not all.
type beginning struct {
	bytes []byte
	whole bool
	rest  io.Reader
}

// readBegin reads at most inMemory bytes.
func readBegin(r io.Reader) (b beginning, err error) {
	var read bytes.Buffer
	b.rest = unbroken{r}
	_, err = io.CopyN(&read, b.rest, inMemory)
	if b.whole = errors.Is(err, io.EOF); b.whole {
		err = nil
	}
	b.bytes = read.Bytes()
	return b, err
}

// receive stores what is read under a key that nothing else has.
func (s *Service) receive(ctx context.Context, remote, path string, b beginning) (in received, err error) {
	if in.key, err = s.key(ctx, remote, path); err != nil {
		return in, err
	}
	if b.whole {
		in.small, in.size = b.bytes, int64(len(b.bytes))
		_, err = s.Blobs.Put(ctx, in.key, bytes.NewReader(in.small), in.size)
		return in, err
	}
	// The store fails where the reader does, and keeps nothing then.
	noted := &noting{Reader: io.MultiReader(bytes.NewReader(b.bytes), b.rest)}
	info, err := s.Blobs.Put(ctx, in.key, noted, blobs.Unknown)
	if noted.err != nil && fault.KindOf(noted.err) != fault.Internal {
		err = noted.err
	}
	in.size = info.Size
	return in, err
}

// noting remembers why a reader failed.
type noting struct {
	io.Reader
	err error
}

// Read reads on.
func (n *noting) Read(b []byte) (int, error) {
	c, err := n.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return c, err
}

// root leads the keys of all workspaces.
const root = "dataset/"

// key is one for bytes that come now, and for no others: two that push the same do
// not write to one place, and what is refused takes nothing away. The workspace and
// the remote stand in it as they are now; what is found by it goes along where they
// become others.
func (s *Service) key(ctx context.Context, remote, path string) (string, error) {
	var random [12]byte
	if _, err := io.ReadFull(s.Random, random[:]); err != nil {
		return "", err
	}
	return root + caller.Workspace(ctx) + "/" + remote + "/" + path + "." + hex.EncodeToString(random[:]), nil
}

// record has objects be found whose bytes are in a blob, and tells how many of them are new.
func (s *Service) record(ctx context.Context, remote string, layout object.Layout, blob string, all []fresh) (n int64, err error) {
	statement := insertObjectsSQLite
	if s.DB.Dialect() == rows.Postgres {
		statement = insertObjectsPostgres
	}
	list, err := json.Marshal(all)
	if err != nil {
		return 0, err
	}
	// An object that somebody else stored meanwhile stays: the statement guards itself.
	err = s.DB.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) error {
		if err := s.ensure(ctx, tx, remote); err != nil {
			return err
		}
		var err error
		n, err = tx.Exec(ctx, statement, caller.Workspace(ctx), remote, int64(layout), blob, s.Now().UnixMicro(), string(list))
		if err != nil || n == 0 || len(all) == 1 {
			return err
		}
		_, err = tx.Exec(ctx, insertPack, caller.Workspace(ctx), blob, n)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// find says where an object is. fault.NotFound.
func (s *Service) find(ctx context.Context, remote string, layout object.Layout, id object.ID) (held, error) {
	h, err := rows.One(ctx, s.DB.Read(), scanHeld, selectObject, caller.Workspace(ctx), remote, int64(layout), id.String())
	if rows.IsNone(err) {
		err = fault.New(fault.NotFound, "There is no object %s in the remote %s.", id, remote)
	}
	return h, err
}

// proof passes bytes on and, at their end, fails where they are not the object's.
type proof struct {
	r   io.Reader
	id  object.ID
	sum *object.Digest
}

// newProof judges r as an object of a layout: DVC 2 hashed files with Unix ends of
// lines.
func newProof(r io.Reader, id object.ID, layout object.Layout) *proof {
	h := object.MD5
	if layout == object.Legacy && !id.Dir {
		h = object.Dos2Unix
	}
	return &proof{r, id, object.NewDigest(h)}
}

// Read reads on. An end that does not fit the name is fault.Invalid, as is one that
// comes too early.
func (p *proof) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	_, _ = p.sum.Write(b[:n])
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		if sum := p.sum.Sum(); sum != p.id.Sum {
			return n, fault.New(fault.Invalid, "What came for the object %s hashes to %x; nothing was stored.", p.id, sum)
		}
	case fault.KindOf(err) == fault.Internal:
		err = broken(err)
	}
	return n, err
}

// unbroken tells an end from what broke off: net/http says io.ErrUnexpectedEOF of a body
// that was cut, which io.ReadFull says of one that is short.
type unbroken struct{ r io.Reader }

// Read reads on.
func (u unbroken) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) && fault.KindOf(err) == fault.Internal {
		err = broken(err)
	}
	return n, err
}

// broken is a fault without a cause: one of io's would be taken for an end.
func broken(cause error) error {
	return fault.New(fault.Invalid, "The bytes broke off before their end (%s); nothing was stored.", cause)
}

// brokeOff is why nothing was stored: where the client went away, that.
func brokeOff(ctx context.Context, err error) error {
	if fault.KindOf(err) == fault.Internal && ctx.Err() != nil {
		return broken(err)
	}
	return err
}
