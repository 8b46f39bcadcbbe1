package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
)

const (
	// digestBuffer bytes are handed on, and hashed, at once. With 32 KiB, what io.Copy
	// takes, an upload over a connection is half as fast.
	digestBuffer = 512 << 10
	// digestBuffers are read, stored or hashed at a time.
	digestBuffers = 4
	// digestAlone bytes and fewer are hashed where they are read.
	digestAlone = 1 << 20
)

// digest passes a reader's bytes on and hashes them beside. Nothing is copied for it
// where the bytes are poured; and where what takes them can be read as well, the hash
// never holds them up: what it has no time for meanwhile it reads there afterwards.
type digest struct {
	from io.Reader
	sum  hash.Hash
	size int  // of a buffer
	off  bool // nothing is hashed

	mu      sync.Mutex
	changed sync.Cond
	free    [][]byte
	made    int           // buffers
	queue   []block       // to be hashed, in their order; there may be gaps between them
	behind  io.ReaderAt   // has what is in the gaps; nil when there are none
	reread  []byte        // the buffer for it
	came    int64         // bytes that were handed to the hash
	hashed  int64         // bytes that are hashed, or are being so
	busy    chan struct{} // closed when the goroutine that hashes is gone; nil before it begins
	leave   bool          // the goroutine shall go and leave the rest
	failed  error         // to read again
}

// block is bytes that are in memory, and where they begin.
type block struct {
	at    int64
	bytes []byte
}

var _ blobs.Pourer = (*digest)(nil)

// newDigest hashes a reader of so many bytes, which may be blobs.Unknown.
func newDigest(from io.Reader, size int64) *digest {
	d := &digest{from: from, sum: sha256.New(), size: digestBuffer, off: unhashed}
	if size >= 0 && size < digestBuffer {
		d.size = int(size) + 1 // so the end is seen in the same read
	}
	d.changed.L = &d.mu
	return d
}

// Read reads on, for who has a buffer of their own: what is hashed beside is a copy.
func (d *digest) Read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	if d.alone(b[:n]) {
		return n, err
	}
	for part := b[:n]; len(part) > 0; {
		buffer := d.buffer()
		copied := copy(buffer, part)
		d.put(buffer[:copied])
		part = part[copied:]
	}
	return n, err
}

// Pour writes all that is left to w. What is hashed is what was written.
func (d *digest) Pour(w io.Writer) (n int64, err error) {
	d.behind, _ = w.(io.ReaderAt)
	for err == nil {
		buffer := d.buffer()
		var got int
		got, err = readFull(d.from, buffer)
		if got > 0 {
			written, failed := w.Write(buffer[:got])
			n += int64(written)
			if failed != nil {
				return n, failed
			}
		}
		if d.alone(buffer[:got]) {
			d.giveBack(buffer)
		} else {
			d.put(buffer[:got])
		}
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

// alone hashes bytes at once, where that pays, and reports whether.
func (d *digest) alone(b []byte) bool {
	if d.off {
		return true
	}
	if d.busy != nil || d.came+int64(len(b)) > digestAlone {
		return false
	}
	d.sum.Write(b)
	d.came += int64(len(b))
	d.hashed = d.came
	return true
}

// buffer is one that nobody reads: a free one, a new one, the newest of those that
// can be read again, or the next that is free.
func (d *digest) buffer() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		if last := len(d.free) - 1; last >= 0 {
			b := d.free[last]
			d.free = d.free[:last]
			return b
		}
		if d.made < digestBuffers {
			d.made++
			return make([]byte, d.size)
		}
		if last := len(d.queue) - 1; last >= 0 && d.behind != nil {
			b := d.queue[last].bytes
			d.queue = d.queue[:last]
			return b[:d.size]
		}
		d.changed.Wait()
	}
}

func (d *digest) giveBack(b []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = append(d.free, b[:d.size])
	d.changed.Broadcast()
}

// put has bytes hashed beside.
func (d *digest) put(b []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, block{d.came, b})
	d.came += int64(len(b))
	d.changed.Broadcast()
	if d.busy == nil {
		d.busy = make(chan struct{})
		go d.hash(d.behind != nil)
	}
}

// hash is the goroutine that hashes. Where nothing waits for it, it takes what others
// leave of the processor.
func (d *digest) hash(yielding bool) {
	defer close(d.busy)
	if yielding {
		giveWay()
	}
	for d.next(true) {
	}
}

// next hashes the next block, for which it may wait, and reports whether there was one.
func (d *digest) next(wait bool) bool {
	d.mu.Lock()
	for wait && !d.leave && d.hashed == d.came {
		d.changed.Wait()
	}
	if wait && d.leave || d.hashed == d.came || d.failed != nil {
		d.mu.Unlock()
		return false
	}
	at, end := d.hashed, d.came
	if len(d.queue) > 0 {
		end = d.queue[0].at
	}
	if end > at { // what is between was taken away
		if d.reread == nil {
			d.reread = make([]byte, d.size)
		}
		b := d.reread[:min(end-at, int64(d.size))]
		d.hashed += int64(len(b))
		d.mu.Unlock()
		if _, err := d.behind.ReadAt(b, at); err != nil {
			d.fail(err)
			return false
		}
		d.sum.Write(b)
		return true
	}
	b := d.queue[0].bytes
	d.queue = d.queue[1:]
	d.hashed += int64(len(b))
	d.mu.Unlock()
	d.sum.Write(b)
	d.giveBack(b)
	return true
}

func (d *digest) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = fmt.Errorf("artifact: what was stored cannot be read again to be hashed: %w", err)
	d.changed.Broadcast()
}

// Settle hashes what is left. What all was poured into is not needed afterwards.
func (d *digest) Settle() error {
	d.Close()
	for d.next(false) {
	}
	return d.failed
}

// Close ends the goroutine that hashes, which leaves what it has not come to; nothing
// may be read or poured after it.
func (d *digest) Close() {
	if d.busy == nil {
		return
	}
	d.mu.Lock()
	d.leave = true
	d.changed.Broadcast()
	d.mu.Unlock()
	<-d.busy
}

// SHA256 is the hash of all that was read, in hex; nothing may be read after it. It is
// "" where what was poured could not be read again, or nothing is hashed.
func (d *digest) SHA256() string {
	if d.off || d.Settle() != nil {
		return ""
	}
	return hex.EncodeToString(d.sum.Sum(nil))
}
