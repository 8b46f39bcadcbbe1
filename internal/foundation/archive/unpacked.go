package archive

import (
	"errors"
	"io"
	"slices"
)

// Unpacked is the bytes that come out of a decompressor, to be read at any place.
// Few are held in memory; of many there is a window, and who reads behind it makes
// a decompressor begin again. One that must begin often is unpacked into a file
// without a name. It is for one goroutine.
type Unpacked struct {
	how     Unpacking
	size    int64
	held    [][]byte // all blocks, while they may be held
	head    []byte   // else the first block
	tail    []byte   // and the last bytes
	recent  []block  // and those that were read last, the latest at the end
	cursors []*cursor
	begun   int // how often a decompressor was begun
	spilled *Unlinked
}

// Unpacking is how bytes are unpacked.
type Unpacking struct {
	Open  func() (io.Reader, error) // begins to decompress; called for each pass
	Spend func(n int64) error       // is told of all bytes that are unpacked, also anew; an error ends it
	Spill func(n int64) error       // is asked for so many bytes of a file; an error allows none
	Held  int64                     // bytes that may be held in memory
	Once  bool                      // Open cannot be called again
	Heavy bool                      // a decompressor takes much memory: one at a time
	Inner bool                      // the bytes come out of another one, which begins again with it
}

const (
	blockBytes   = 128 << 10
	recentBlocks = 32
	leastRecent  = 2
	// spillFrom is the size from which bytes may go to a file, once decompressors
	// were begun more than mostBegun times. Of one in another they do so sooner: each
	// beginning there is several here.
	spillFrom = 256 << 20
	mostBegun = 6
	mostInner = 2
)

type block struct {
	number int64
	bytes  []byte
}

// cursor is a decompressor and the number of the block that it gives next.
type cursor struct {
	r    io.Reader
	next int64
}

// Unpack reads a stream to its end. An error of the stream comes with the bytes
// before it. The caller closes.
func Unpack(how Unpacking) (*Unpacked, error) {
	u := &Unpacked{how: how}
	r, err := how.Open()
	if err != nil {
		return u, err
	}
	u.begun++
	return u, errors.Join(u.measure(r), u.end(r))
}

// end lets go of a decompressor; one that is given only once belongs to its giver.
func (u *Unpacked) end(r io.Reader) error {
	if u.how.Once {
		return nil
	}
	return closeReader(r)
}

// Size is the count of the bytes.
func (u *Unpacked) Size() int64 { return u.size }

// Memory is how many bytes are held.
func (u *Unpacked) Memory() int64 {
	if u.held != nil {
		return u.size
	}
	return min(u.size, int64(u.recents())*blockBytes)
}

// recents is how many blocks are kept of those that were read last.
func (u *Unpacked) recents() int {
	return int(max(min(recentBlocks, u.how.Held/blockBytes), leastRecent))
}

// spills reports whether bytes go to a file rather than that a decompressor begins
// once more.
func (u *Unpacked) spills() bool {
	return u.begun > mostBegun && u.size >= spillFrom || u.begun > mostInner && u.how.Inner
}

// Close lets go of the decompressors, and of the file if there is one.
func (u *Unpacked) Close() (err error) {
	for _, c := range u.cursors {
		err = errors.Join(err, u.end(c.r))
	}
	u.cursors = nil
	if u.spilled != nil {
		err = errors.Join(err, u.spilled.Close())
	}
	return err
}

// measure is the first pass.
func (u *Unpacked) measure(r io.Reader) error {
	var before, b []byte
	for {
		if before, b = b, before; u.held != nil || u.size == 0 || b == nil {
			b = make([]byte, blockBytes)
		}
		b = b[:blockBytes]
		n, err := io.ReadFull(r, b)
		b = b[:n]
		if over := u.how.Spend(int64(n)); over != nil {
			b, err = nil, over // what nobody pays for is not there
		}
		u.size += int64(len(b))
		if kept := u.keep(b); kept != nil {
			err = kept
		}
		if err == nil {
			continue
		}
		if u.held == nil {
			u.tail = append(slices.Clone(before), b...)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF && !u.cut(r) {
			return nil
		}
		return err
	}
}

// cut tells the end of a stream that is cut off from a last block that is short:
// only the first says so again.
func (u *Unpacked) cut(r io.Reader) bool {
	_, err := r.Read(make([]byte, 1))
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// keep holds a block of the first pass, or does what is done when there are too
// many to be held.
func (u *Unpacked) keep(b []byte) error {
	if u.spilled != nil {
		return u.write(b)
	}
	if len(b) == 0 || u.held == nil && u.head != nil {
		return nil
	}
	if u.size <= u.how.Held {
		u.held = append(u.held, b)
		return nil
	}
	blocks := append(u.held, b)
	u.held, u.head = nil, slices.Clone(blocks[0])
	if !u.how.Once {
		return nil
	}
	if err := u.create(); err != nil {
		return err
	}
	for _, b := range blocks {
		if err := u.write(b); err != nil {
			return err
		}
	}
	return nil
}

func (u *Unpacked) create() error {
	file, err := NewUnlinked()
	if err == nil {
		u.spilled = &file
	}
	return err
}

func (u *Unpacked) write(b []byte) error {
	if err := u.how.Spill(int64(len(b))); err != nil {
		return err
	}
	_, err := u.spilled.Write(b)
	return err
}

// ReadAt is of io.ReaderAt.
func (u *Unpacked) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= u.size {
		return 0, io.EOF
	}
	if u.spilled != nil {
		return u.spilled.ReadAt(p, off)
	}
	done := 0
	for done < len(p) && off < u.size {
		b, err := u.at(off)
		if err != nil {
			return done, err
		}
		if len(b) == 0 {
			return done, io.ErrUnexpectedEOF
		}
		n := copy(p[done:], b)
		done += n
		off += int64(n)
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// at gives the bytes at a place up to the end of their block.
func (u *Unpacked) at(off int64) ([]byte, error) {
	number, from := off/blockBytes, off%blockBytes
	switch {
	case u.held != nil:
		return u.held[number][from:], nil
	case number == 0:
		return u.head[from:], nil
	case off >= u.size-int64(len(u.tail)):
		return u.tail[off-(u.size-int64(len(u.tail))):], nil
	}
	for i, b := range u.recent {
		if b.number == number {
			if i < len(u.recent)/2 { // one that is asked for again stays
				u.recent = append(slices.Delete(u.recent, i, i+1), b)
			}
			return b.bytes[from:], nil
		}
	}
	b, err := u.fetch(number)
	if err != nil {
		return nil, err
	}
	if u.spilled != nil {
		b = make([]byte, min(blockBytes, u.size-off))
		n, err := u.spilled.ReadAt(b, off)
		return b[:n], err
	}
	return b[from:], nil
}

// fetch unpacks a block: by the decompressor that stands nearest before it, or by
// one that begins again in place of the one that is the furthest back.
func (u *Unpacked) fetch(number int64) ([]byte, error) {
	c := u.nearest(number)
	if c == nil {
		if u.begun++; u.spills() {
			return nil, u.spill()
		}
		r, err := u.how.Open()
		if err != nil {
			return nil, err
		}
		c = &cursor{r: r}
		most := 2
		if u.how.Heavy {
			most = 1
		}
		if len(u.cursors) >= most {
			slices.SortFunc(u.cursors, func(a, b *cursor) int { return int(min(max(a.next-b.next, -1), 1)) })
			if err := u.drop(u.cursors[0]); err != nil {
				return nil, err
			}
		}
		u.cursors = append(u.cursors, c)
	}
	for {
		b, err := u.step(c)
		if err != nil {
			return nil, errors.Join(err, u.drop(c))
		}
		if c.next > number {
			return b, nil
		}
	}
}

func (u *Unpacked) drop(c *cursor) error {
	u.cursors = slices.DeleteFunc(u.cursors, func(o *cursor) bool { return o == c })
	return u.end(c.r)
}

func (u *Unpacked) nearest(number int64) (best *cursor) {
	for _, c := range u.cursors {
		if c.next <= number && (best == nil || c.next > best.next) {
			best = c
		}
	}
	return best
}

// step unpacks the next block of a decompressor into the place of the one that
// was not asked for the longest.
func (u *Unpacked) step(c *cursor) ([]byte, error) {
	var b []byte
	if len(u.recent) >= u.recents() {
		b = u.recent[0].bytes[:0]
		u.recent = slices.Delete(u.recent, 0, 1)
	}
	want := int(min(blockBytes, u.size-c.next*blockBytes))
	b = slices.Grow(b, blockBytes)[:want]
	n, err := io.ReadFull(c.r, b)
	if n == want {
		err = nil
	}
	if over := u.how.Spend(int64(n)); over != nil {
		err = over
	}
	if err != nil {
		return nil, err
	}
	u.recent = append(u.recent, block{c.next, b})
	c.next++
	return b, nil
}

// spill unpacks all into a file, from which everything is read from then on.
func (u *Unpacked) spill() error {
	r, err := u.how.Open()
	if err != nil {
		return err
	}
	defer func() { _ = u.end(r) }() // all that it gave is in the file
	for len(u.cursors) > 0 {
		if err := u.drop(u.cursors[0]); err != nil {
			return err
		}
	}
	u.recent = nil
	if err := u.create(); err != nil {
		return err
	}
	b := make([]byte, blockBytes)
	for left := u.size; left > 0; left -= int64(len(b)) {
		b = b[:min(left, blockBytes)]
		_, err := io.ReadFull(r, b)
		if err == nil {
			err = u.how.Spend(int64(len(b)))
		}
		if err == nil {
			err = u.write(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
