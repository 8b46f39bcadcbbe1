package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pack"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const (
	// packObjects and packBytes are when a pack is sent: small enough that one is read
	// while another is on its way.
	packObjects = 5_000
	packBytes   = 8 << 20
	// packing is how many packs are made or read at once.
	packing = 4
)

var (
	_ transfer.Receiver = (*Side)(nil)
	_ transfer.Giver    = (*Side)(nil)
)

// Receive takes files, small ones in packs where tacit keeps the remote.
func (s *Side) Receive(ctx context.Context, from transfer.Source, ids []object.ID, done transfer.Done) (rest []object.ID, err error) {
	if s.kept == nil || s.layout != object.Current {
		return ids, nil
	}
	waiting := make(chan object.ID)
	var lock sync.Mutex
	var workers sync.WaitGroup
	for range packing {
		workers.Go(func() {
			p := &packer{ctx: ctx, to: s.kept, from: from, done: done}
			for id := range waiting {
				p.add(id)
			}
			p.send()
			lock.Lock()
			rest = append(rest, p.alone...)
			lock.Unlock()
		})
	}
	var listings []object.ID
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		if id.Dir {
			listings = append(listings, id)
			continue
		}
		waiting <- id
	}
	close(waiting)
	workers.Wait()
	return append(rest, listings...), context.Cause(ctx)
}

// packer makes packs and sends them.
type packer struct {
	ctx   context.Context //nolint:containedctx // of the one transfer
	to    *tacit
	from  transfer.Source
	done  transfer.Done
	alone []object.ID // those that have no place in a pack
	body  bytes.Buffer
	out   *pack.Writer
	ids   []object.ID
	sizes []int64
	bytes int64
}

// add takes an object.
func (p *packer) add(id object.ID) {
	r, size, err := p.from.Open(p.ctx, id)
	if err != nil {
		p.done(id, 0, err)
		return
	}
	defer func() { _ = r.Close() }() // it was read
	if size > pack.MaxObject {
		p.alone = append(p.alone, id)
		return
	}
	if p.out == nil {
		p.out = pack.NewWriter(&p.body)
	}
	if err := p.out.Copy(id, r, size); err != nil { // half an object is in the pack
		p.done(id, 0, err)
		p.alone = append(p.alone, p.ids...)
		p.begin()
		return
	}
	p.ids, p.sizes, p.bytes = append(p.ids, id), append(p.sizes, size), p.bytes+size
	if len(p.ids) >= packObjects || p.bytes >= packBytes {
		p.send()
	}
}

// send sends what is there. A pack with an object that is not what its name says is
// refused whole: then each of it is sent alone, so that one does not keep others back.
func (p *packer) send() {
	if len(p.ids) == 0 {
		return
	}
	err := p.out.Close()
	if err == nil {
		var answer io.ReadCloser
		if answer, err = p.to.post(p.ctx, "pack", "application/octet-stream", p.body.Bytes()); err == nil {
			err = answer.Close()
		}
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Limit) {
		p.alone = append(p.alone, p.ids...)
		p.begin()
		return
	}
	for i, id := range p.ids {
		p.done(id, p.sizes[i], err)
	}
	p.begin()
}

// begin begins another pack.
func (p *packer) begin() {
	p.body.Reset()
	p.ids, p.sizes, p.bytes, p.out = p.ids[:0], p.sizes[:0], 0, nil
}

// Give gives files, small ones in packs where tacit keeps the remote.
func (s *Side) Give(ctx context.Context, to transfer.Target, ids []object.ID, done transfer.Done) (rest []object.ID, err error) {
	if s.kept == nil || s.layout != object.Current {
		return ids, nil
	}
	var lock sync.Mutex
	var workers sync.WaitGroup
	waiting := make(chan []object.ID)
	for range packing {
		workers.Go(func() {
			for some := range waiting {
				left := s.kept.give(ctx, to, some, done)
				lock.Lock()
				rest = append(rest, left...)
				lock.Unlock()
			}
		})
	}
	const perQuestion = packObjects / 2
	for len(ids) > 0 && ctx.Err() == nil {
		n := min(perQuestion, len(ids))
		waiting <- ids[:n]
		ids = ids[n:]
	}
	close(waiting)
	workers.Wait()
	return rest, context.Cause(ctx)
}

// give fetches objects by packs, as long as these bring some, and gives those that did
// not come: asked for alone they tell why.
func (t *tacit) give(ctx context.Context, to transfer.Target, ids []object.ID, done transfer.Done) (rest []object.ID) {
	for rest = ids; len(rest) > 0; {
		wanted := make(map[object.ID]bool, len(rest))
		for _, id := range rest {
			wanted[id] = true
		}
		err := t.take(ctx, to, rest, func(id object.ID, content []byte) {
			if wanted[id] { // and of others nothing is kept
				delete(wanted, id)
				done(id, int64(len(content)), store(ctx, to, id, content))
			}
		})
		before := len(rest)
		rest = slices.DeleteFunc(slices.Clone(rest), func(id object.ID) bool { return !wanted[id] })
		if len(rest) == before || err == nil { // of a pack that is whole, what is not there or is large is missing
			return rest
		}
	}
	return nil
}

func (t *tacit) take(ctx context.Context, to transfer.Target, ids []object.ID, each func(id object.ID, content []byte)) (err error) {
	answer, err := t.post(ctx, "objects", asText, names(ids))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Close()) }()
	for in := pack.NewReader(answer); ; {
		id, content, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		each(id, content)
	}
}

// direct is a target that takes bytes which were hashed.
type direct interface {
	PutBytes(id object.ID, content []byte) error
}

func store(ctx context.Context, to transfer.Target, id object.ID, content []byte) error {
	if d, ok := to.(direct); ok {
		return d.PutBytes(id, content)
	}
	return to.Store(ctx, id, bytes.NewReader(content), int64(len(content)))
}
