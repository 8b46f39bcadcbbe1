package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

const (
	digestBuffer  = 128 << 10
	digestBuffers = 4
	// digestAlone bytes and fewer are hashed where they are read.
	digestAlone = 1 << 20
)

// digest passes a reader's bytes on and hashes them beside: what is read next
// does not wait for the hash of what was read before, until digestBuffers are full.
type digest struct {
	from io.Reader
	sum  hash.Hash
	full chan []byte // nil until digestAlone bytes have come
	free chan []byte
	done chan struct{}
	read int64
}

func newDigest(from io.Reader) *digest { return &digest{from: from, sum: sha256.New()} }

// Read reads on.
func (d *digest) Read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	d.read += int64(n)
	if d.full == nil && d.read <= digestAlone {
		d.sum.Write(b[:n])
		return n, err
	}
	if d.full == nil {
		d.begin()
	}
	for part := b[:n]; len(part) > 0; {
		buffer := <-d.free
		copied := copy(buffer[:digestBuffer], part)
		d.full <- buffer[:copied]
		part = part[copied:]
	}
	return n, err
}

func (d *digest) begin() {
	d.full, d.free, d.done = make(chan []byte, digestBuffers), make(chan []byte, digestBuffers), make(chan struct{})
	for range digestBuffers {
		d.free <- make([]byte, digestBuffer)
	}
	go func() {
		defer close(d.done)
		for buffer := range d.full {
			d.sum.Write(buffer)
			d.free <- buffer
		}
	}()
}

// Close ends the hashing; nothing may be read after it.
func (d *digest) Close() {
	if d.full != nil {
		close(d.full)
		<-d.done
		d.full = nil
	}
}

// SHA256 closes and gives the hash of all that was read, in hex.
func (d *digest) SHA256() string {
	d.Close()
	return hex.EncodeToString(d.sum.Sum(nil))
}
