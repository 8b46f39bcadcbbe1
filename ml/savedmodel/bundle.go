package savedmodel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/protobuf"
)

// Entry is a tensor of a checkpoint.
type Entry struct {
	Name   string
	Shard  int64
	Offset int64 // in the shard
	Size   int64
}

// Index is what the index file of a checkpoint says.
type Index struct {
	Shards  int64
	Entries []Entry
}

// tableMagic ends a table of sorted strings, the format of the index.
const tableMagic = 0xdb4775248b80fb57

// The limits of an index.
const (
	footer      = 48
	mostBlock   = 16 << 20
	mostEntries = 1 << 20
)

// IsIndex reports whether a file ends as an index does.
func IsIndex(in io.ReaderAt, size int64) bool {
	var b [8]byte
	if size < footer {
		return false
	}
	n, _ := in.ReadAt(b[:], size-8)
	return n == len(b) && binary.LittleEndian.Uint64(b[:]) == tableMagic
}

// ReadIndex reads the index of a checkpoint: a table of sorted strings whose
// blocks are not compressed, of names and descriptions of tensors.
func ReadIndex(in io.ReaderAt, size int64) (*Index, error) {
	if !IsIndex(in, size) {
		return nil, errors.New("savedmodel: the file does not end as an index of a checkpoint does")
	}
	schema, err := protobuf.ParseSchema(schemaText)
	if err != nil {
		return nil, err
	}
	t := &table{in: in, size: size - footer, left: size}
	b := make([]byte, footer)
	if n, err := in.ReadAt(b, t.size); n < footer {
		return nil, err
	}
	handles := &entryCursor{b: b}
	handles.handle() // of the index of the index's own properties
	root := handles.handle()
	x := &Index{}
	err = t.block(root, func(_, value []byte) error {
		h := &entryCursor{b: value}
		return t.block(h.handle(), func(key, value []byte) error { return x.entry(schema, key, value) })
	})
	if err != nil {
		return nil, fmt.Errorf("savedmodel: the index: %w", err)
	}
	return x, nil
}

// entry takes one tensor; the empty name has the header, which says how many
// shards there are.
func (x *Index) entry(schema *protobuf.Schema, key, value []byte) error {
	if len(key) == 0 {
		c := &entryCursor{b: value}
		if tag := c.uint(); tag == 1<<3 {
			x.Shards = int64(min(c.uint(), 1<<20))
		}
		return nil
	}
	if len(x.Entries) >= mostEntries {
		return errors.New("more tensors than are kept")
	}
	e := entryVisitor{Entry: Entry{Name: string(key)}}
	file := protobuf.NewFile(bytesAt(value), int64(len(value)))
	if err := file.Walk(schema, "BundleEntryProto", &e); err != nil {
		return err
	}
	if e.Offset < 0 || e.Size < 0 || e.Shard < 0 {
		return fmt.Errorf("the tensor %.100q lies at %d", e.Name, e.Offset)
	}
	x.Entries = append(x.Entries, e.Entry)
	return nil
}

type entryVisitor struct{ Entry }

func (*entryVisitor) Enter(*protobuf.Field, protobuf.Value) error { return nil }
func (*entryVisitor) Leave(*protobuf.Field) error                 { return nil }

func (e *entryVisitor) Value(f *protobuf.Field, v protobuf.Value) error {
	switch f.Name {
	case "BundleEntryProto.shard_id":
		e.Shard = int64(v.Number)
	case "BundleEntryProto.offset":
		e.Offset = int64(v.Number)
	case "BundleEntryProto.size":
		e.Size = int64(v.Number)
	}
	return nil
}

// bytesAt is bytes as a file.
type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// table is a table of sorted strings.
type table struct {
	in   io.ReaderAt
	size int64
	left int64 // bytes of blocks that may still be read: each lies in the file once
}

type handle struct{ at, size uint64 }

// block calls see with the keys and values of a block. Keys are written as what
// they do not share with the one before.
func (t *table) block(h handle, see func(key, value []byte) error) error {
	const trailer = 5 // compression and checksum
	if h.size > mostBlock || h.at > uint64(t.size) || h.size+trailer > uint64(t.size)-h.at || h.size < 4 {
		return fmt.Errorf("a block of %d bytes at %d does not lie in the file", h.size, h.at)
	}
	if t.left -= int64(h.size); t.left < 0 {
		return errors.New("blocks lie over each other")
	}
	b := make([]byte, h.size+1)
	if n, err := t.in.ReadAt(b, int64(h.at)); n < len(b) {
		return err
	}
	if b[h.size] != 0 {
		return errors.New("a compressed block is not read")
	}
	restarts := uint64(binary.LittleEndian.Uint32(b[h.size-4:]))
	if restarts > h.size/4-1 {
		return errors.New("a block has more restarts than fit")
	}
	var key []byte
	for c := (&entryCursor{b: b[:h.size-4-4*restarts]}); len(c.b) > 0; {
		shared, own, length := c.uint(), c.uint(), c.uint()
		if shared > uint64(len(key)) {
			return errors.New("a key shares more than there is")
		}
		key = append(key[:shared], c.bytes(own)...)
		value := c.bytes(length)
		if c.short {
			return errors.New("a block is cut off")
		}
		if err := see(key, value); err != nil {
			return err
		}
	}
	return nil
}

// entryCursor reads varints and bytes.
type entryCursor struct {
	b     []byte
	short bool
}

func (c *entryCursor) uint() uint64 {
	n, used := binary.Uvarint(c.b)
	if used <= 0 {
		c.b, c.short = nil, true
		return 0
	}
	c.b = c.b[used:]
	return n
}

func (c *entryCursor) bytes(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.b, c.short = nil, true
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *entryCursor) handle() handle { return handle{c.uint(), c.uint()} }
