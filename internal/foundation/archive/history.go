package archive

import (
	"errors"
	"io"
)

// errDistance is given for a reference to what was never written.
var errDistance = errors.New("a reference leads behind the beginning, or beyond the dictionary")

// Scratch is a file for what a decompressor must remember and memory does not
// allow.
type Scratch interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// Scratching makes one; an error says that the budget allows none. Nil allows none
// either.
type Scratching func() (Scratch, error)

const (
	// windowBytes is the most that a decompressor holds in memory of what it has
	// written.
	windowBytes = 32 << 20
	// nearBytes of a larger dictionary are in memory; the others lie in a file.
	nearBytes = 4 << 20
	// farPiece is how many bytes go to the file at once.
	farPiece = 256 << 10
	// mostReady bytes wait to be read before more are decompressed.
	mostReady = 64 << 10
	// longestMatch is how many bytes a reference may copy at once.
	longestMatch = 1 << 17
)

// history is what a decompressor has written: what it may refer back to, and what
// is still to be read. A dictionary that is too large for memory lies in a file.
type history struct {
	ring    []byte
	at      int   // where the next byte goes
	total   int64 // written
	from    int64 // where the dictionary was reset; nothing refers further back
	taken   int64 // of total, what was read
	most    int64 // the dictionary's size
	what    string
	scratch Scratching
	far     Scratch
	flushed int64 // of total, what is in the file
	room    int64 // of the file, which is written round
}

// newHistory is for a dictionary of so many bytes, which what names.
func newHistory(dictionary int64, what string, scratch Scratching) *history {
	const least = 4 << 10
	h := &history{most: max(dictionary, least), what: what, scratch: scratch}
	size := h.most
	if size > windowBytes {
		if size = nearBytes; scratch == nil {
			size = windowBytes
		}
		h.room = (h.most/farPiece + 2) * farPiece
	}
	h.ring = make([]byte, size+mostReady+longestMatch)
	return h
}

// Close lets go of the file.
func (h *history) Close() error {
	if h.far == nil {
		return nil
	}
	far := h.far
	h.far = nil
	return far.Close()
}

// reset forgets what was written: nothing that follows refers to it.
func (h *history) reset() { h.from = h.total }

// ready is how many bytes can be read.
func (h *history) ready() int64 { return h.total - h.taken }

// full reports whether as many bytes wait to be read as there is room for.
func (h *history) full() bool { return h.ready() >= mostReady }

// take reads what is ready.
func (h *history) take(p []byte) int {
	done := 0
	for done < len(p) && h.ready() > 0 {
		at := h.at - int(h.ready())
		if at < 0 {
			at += len(h.ring)
		}
		n := copy(p[done:], h.ring[at:min(len(h.ring), at+int(h.ready()))])
		done += n
		h.taken += int64(n)
	}
	return done
}

// put writes a byte.
func (h *history) put(b byte) {
	h.ring[h.at] = b
	h.total++
	if h.at++; h.at == len(h.ring) {
		h.at = 0
	}
}

// write writes bytes, at most longestMatch.
func (h *history) write(b []byte) {
	h.total += int64(len(b))
	for len(b) > 0 {
		n := copy(h.ring[h.at:], b)
		b = b[n:]
		if h.at += n; h.at == len(h.ring) {
			h.at = 0
		}
	}
}

// back is the byte that lies so far back; 1 is the last one. It must be in the
// ring.
func (h *history) back(distance int64) byte {
	at := h.at - int(distance)
	if at < 0 {
		at += len(h.ring)
	}
	return h.ring[at]
}

// reaches reports whether something may refer so far back: LimitError where only
// memory forbids it.
func (h *history) reaches(distance int64) error {
	if distance > h.total-h.from || distance > h.most {
		return errDistance
	}
	if distance <= int64(len(h.ring)) || h.scratch != nil {
		return nil
	}
	return LimitError{h.what, windowBytes}
}

// spill brings to the file what will be overwritten. It is called before more
// bytes are written than longestMatch.
func (h *history) spill() error {
	if h.room == 0 || h.scratch == nil || h.total-h.flushed < farPiece {
		return nil
	}
	if h.far == nil {
		far, err := h.scratch()
		if err != nil {
			return err
		}
		h.far = far
	}
	for h.total-h.flushed >= farPiece {
		at := h.at - int(h.total-h.flushed)
		if at < 0 {
			at += len(h.ring)
		}
		for left := farPiece; left > 0; {
			n := min(left, len(h.ring)-at)
			if _, err := h.far.WriteAt(h.ring[at:at+n], h.flushed%h.room); err != nil {
				return err
			}
			left -= n
			h.flushed += int64(n)
			if at += n; at == len(h.ring) {
				at = 0
			}
		}
	}
	return nil
}

// match copies n bytes, at most longestMatch, from so far back; distance was asked
// about by reaches.
func (h *history) match(distance int64, n int) error {
	if err := h.spill(); err != nil {
		return err
	}
	if distance > int64(len(h.ring)) {
		return h.distant(distance, n)
	}
	from := h.at - int(distance)
	if from < 0 {
		from += len(h.ring)
	}
	if from < h.at && h.at+n <= len(h.ring) {
		h.total += int64(n)
		for n > 0 { // what was copied can be copied with the rest
			piece := min(n, h.at-from)
			copy(h.ring[h.at:h.at+piece], h.ring[from:])
			h.at += piece
			n -= piece
		}
		if h.at == len(h.ring) {
			h.at = 0
		}
		return nil
	}
	for n > 0 {
		// Bytes that overlap are written before they are read.
		piece := min(n, int(distance), len(h.ring)-from, len(h.ring)-h.at)
		copy(h.ring[h.at:h.at+piece], h.ring[from:from+piece])
		if from += piece; from == len(h.ring) {
			from = 0
		}
		if h.at += piece; h.at == len(h.ring) {
			h.at = 0
		}
		h.total += int64(piece)
		n -= piece
	}
	return nil
}

// distant is match for what the ring no longer has. The ring is so much longer than
// a match that all of it was spilled.
func (h *history) distant(distance int64, n int) error {
	var b [512]byte
	for n > 0 {
		piece := b[:min(n, len(b))]
		if err := h.fetch(piece, h.total-distance); err != nil {
			return err
		}
		for _, c := range piece {
			h.put(c)
		}
		n -= len(piece)
	}
	return nil
}

// fetch reads bytes of the file.
func (h *history) fetch(p []byte, from int64) error {
	for len(p) > 0 {
		at := from % h.room
		piece := p[:min(int64(len(p)), h.room-at)]
		if n, err := h.far.ReadAt(piece, at); n < len(piece) {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		p, from = p[len(piece):], from+int64(len(piece))
	}
	return nil
}
