package object

import (
	"crypto/md5" //nolint:gosec // the name of an object is its md5
	"hash"
)

// Digest takes the hash of what is written to it, for bytes that go elsewhere as
// they come.
type Digest struct {
	md5   hash.Hash
	block []byte // what has come of a chunk, with room for all of it; nil where chunks do not count
}

// NewDigest begins a hash.
func NewDigest(h Hashing) *Digest {
	d := &Digest{md5: md5.New()} //nolint:gosec // as above
	if h == Dos2Unix {
		d.block = make([]byte, 0, chunk)
	}
	return d
}

// Write takes further bytes; it does not fail.
func (d *Digest) Write(b []byte) (int, error) {
	if d.block == nil {
		return d.md5.Write(b)
	}
	n := len(b)
	for len(b) > 0 {
		take := min(len(b), chunk-len(d.block))
		d.block = append(d.block, b[:take]...)
		if b = b[take:]; len(d.block) == chunk {
			d.flush()
		}
	}
	return n, nil
}

func (d *Digest) flush() {
	block := d.block
	if isText(block[:min(len(block), looked)]) {
		block = dos2unix(block)
	}
	d.md5.Write(block)
	d.block = d.block[:0]
}

// Sum is the hash of all that was written; nothing is written after it.
func (d *Digest) Sum() [16]byte {
	if len(d.block) > 0 {
		d.flush()
	}
	return [16]byte(d.md5.Sum(nil))
}
