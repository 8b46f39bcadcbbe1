package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"sync/atomic"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
)

const (
	// digestBuffer bytes are handed on, and hashed, at once. With 32 KiB, what io.Copy
	// takes, an upload over a connection is half as fast.
	digestBuffer = 512 << 10
	// digestBuffers wait for the hash at most.
	digestBuffers = 32
	// digestAlone bytes and fewer are hashed where they are read.
	digestAlone = 1 << 20
)

// digest passes a reader's bytes on and hashes them beside, behind all else that the
// processor has to do. Nothing waits for it: a hash that is behind by digestBuffers is
// given up, since it would take from the upload what that needs; who stores the file
// has it read back. Nothing is copied where the bytes are poured.
type digest struct {
	from io.Reader
	sum  hash.Hash
	off  bool // nothing is hashed, or not any more

	own  []byte // being filled
	held int    // bytes in own that were read, and not poured
	came int64  // bytes that were handed to the hash

	made   int // buffers beside own
	free   chan []byte
	full   chan []byte
	done   chan struct{} // closed when the goroutine that hashes is gone; nil before it begins
	leave  atomic.Bool   // the goroutine shall go, and leave what it has not begun
	closed bool
}

var _ blobs.Pourer = (*digest)(nil)

// newDigest hashes a reader of so many bytes, which may be blobs.Unknown.
func newDigest(from io.Reader, size int64) *digest {
	own := digestBuffer
	if size >= 0 && size < digestBuffer {
		own = int(size) + 1 // so the end is seen in the same read
	}
	return &digest{from: from, sum: sha256.New(), off: unhashed, own: make([]byte, own)}
}

// Read reads on, for who has a buffer of their own: what is hashed beside is a copy.
func (d *digest) Read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	for part := b[:n]; len(part) > 0 && !d.off; {
		copied := copy(d.own[d.held:], part)
		part = part[copied:]
		if d.held += copied; d.held == len(d.own) {
			d.held = 0
			d.hand(len(d.own))
		}
	}
	return n, err
}

// Pour writes all that is left to w. What is hashed is what was written.
func (d *digest) Pour(w io.Writer) (n int64, err error) {
	for err == nil {
		var got int
		got, err = readFull(d.from, d.own)
		if got == 0 {
			continue
		}
		written, failed := w.Write(d.own[:got])
		n += int64(written)
		if failed != nil {
			return n, failed
		}
		d.hand(got)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// readFull reads until b is full or r ends, whose error it gives.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = r.Read(b[n:])
		n += more
	}
	return n, err
}

// hand has the first n bytes of own hashed. Another buffer is own then, if these are
// needed for it.
func (d *digest) hand(n int) {
	if d.off || n == 0 {
		return
	}
	d.came += int64(n)
	if d.done == nil && d.came <= digestAlone {
		d.sum.Write(d.own[:n])
		return
	}
	if d.done == nil {
		d.begin()
	}
	next := d.buffer()
	if next == nil {
		d.off = true
		d.end()
		return
	}
	d.full <- d.own[:n]
	d.own = next
}

// buffer is one that nobody reads, nil when all wait for the hash.
func (d *digest) buffer() []byte {
	select {
	case b := <-d.free:
		return b[:cap(b)]
	default:
	}
	if d.made == digestBuffers {
		return nil
	}
	d.made++
	return make([]byte, digestBuffer)
}

func (d *digest) begin() {
	d.free, d.full, d.done = make(chan []byte, digestBuffers+1), make(chan []byte, digestBuffers+1), make(chan struct{})
	go func() {
		defer close(d.done)
		giveWay()
		for b := range d.full {
			d.sum.Write(b)
			d.free <- b
			if d.leave.Load() {
				return
			}
		}
	}()
}

// end has the goroutine go.
func (d *digest) end() {
	if d.done == nil || d.closed {
		return
	}
	d.closed = true
	d.leave.Store(true)
	close(d.full)
}

// Close ends the hashing; nothing may be read or poured after it.
func (d *digest) Close() { d.end() }

// SHA256 closes and gives the hash of all that was read, in hex: "" where it was given
// up.
func (d *digest) SHA256() string {
	d.hand(d.held)
	d.held = 0
	d.end()
	if d.off {
		return ""
	}
	if d.done != nil {
		<-d.done
		for b := range d.full { // few, and the file is stored: this has its turn now
			d.sum.Write(b)
		}
	}
	return hex.EncodeToString(d.sum.Sum(nil))
}
