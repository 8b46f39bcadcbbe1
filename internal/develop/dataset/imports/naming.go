package imports

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Objects is what was found at a location, as the objects of a version: a source of
// transfers that keeps nothing on this machine.
type Objects struct {
	Version transfer.Version
	Data    dvcfile.Data // what an out says of it

	files   map[object.ID]content
	listing []byte
}

// content is where the bytes of an object are.
type content struct {
	piece
	size int64
}

var _ transfer.Source = (*Objects)(nil)

// Objects reads every file once, to name it; who transfers them reads them again.
func (f *Found) Objects(ctx context.Context, jobs int) (*Objects, error) {
	p := f.plan()
	sums, sizes, err := p.sums(ctx, jobs)
	if err != nil {
		return nil, err
	}
	all, total := &Objects{files: map[object.ID]content{}}, int64(0)
	for i, id := range sums {
		all.files[id] = content{p.files[i], sizes[i]}
		total += sizes[i]
	}
	all.Data.Size = &total
	if !f.Dir {
		all.Version.ID, all.Data.MD5 = sums[0], sums[0].String()
		return all, nil
	}
	n := int64(len(sums))
	all.Data.NFiles, all.Version.Files = &n, sums
	all.listing, all.Version.ID, err = p.listing(sums)
	all.Data.MD5 = all.Version.ID.String()
	return all, err
}

// Open opens an object.
func (o *Objects) Open(ctx context.Context, id object.ID) (io.ReadCloser, int64, error) {
	if id == o.Version.ID && o.listing != nil {
		return io.NopCloser(bytes.NewReader(o.listing)), int64(len(o.listing)), nil
	}
	c, ok := o.files[id]
	if !ok {
		return nil, 0, fault.New(fault.NotFound, "The object %s was not found there.", id)
	}
	r, err := c.open(ctx)
	return r, c.size, err
}

// sums reads all files, and gives their names and sizes.
func (p *plan) sums(ctx context.Context, jobs int) ([]object.ID, []int64, error) {
	sums, sizes, at := make([]object.ID, len(p.files)), make([]int64, len(p.files)), make([]int, len(p.files))
	for i := range at {
		at[i] = i
	}
	err := each(ctx, at, jobs, func(ctx context.Context, i int) error {
		r, err := p.files[i].open(ctx)
		if err != nil {
			return err
		}
		sum, size, err := object.Hash(r, object.MD5)
		sums[i], sizes[i] = object.ID{Sum: sum}, size
		return errors.Join(err, r.Close())
	})
	return sums, sizes, err
}

// listing is that of a folder whose files have these names.
func (p *plan) listing(sums []object.ID) ([]byte, object.ID, error) {
	b := listing.NewBuilder(len(p.files))
	for i, piece := range p.files {
		if err := b.Add([]byte(piece.rel), sums[i].Sum); err != nil {
			return nil, object.ID{}, err
		}
	}
	l, err := b.Listing()
	if err != nil {
		return nil, object.ID{}, err
	}
	var text bytes.Buffer
	if err := l.Write(&text); err != nil {
		return nil, object.ID{}, err
	}
	sum, _, err := object.Hash(bytes.NewReader(text.Bytes()), object.MD5)
	return text.Bytes(), object.ID{Sum: sum, Dir: true}, err
}
