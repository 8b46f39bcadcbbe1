package archive

import (
	"errors"
	"io"
	"slices"
)

// errDeflate64 is given for bytes that are no Deflate64.
var errDeflate64 = errors.New("the bytes are not as Deflate64 has them")

// deflate64 decompresses method 9 of zip files: Deflate with a window of 64 KiB, and
// lengths of up to 65,538 bytes (APPNOTE 4.4.5, RFC 1951 for all else).
type deflate64 struct {
	in       *counted
	out      *history
	bits     uint32
	have     uint // bits
	literals prefixCode
	offsets  prefixCode
	lengths  []ranged
	reaches  []ranged
	plain    int  // bytes of a plain block that are still to come
	coded    bool // a block is being decoded
	last     bool
	err      error
}

func newDeflate64(in *counted) *deflate64 {
	const window = 64 << 10
	return &deflate64{
		in: in, out: newHistory(window, "", nil),
		lengths: append(rangedCodes(3, 8, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5), ranged{3, 16}),
		reaches: rangedCodes(1, 4, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14),
	}
}

// Read is of io.Reader.
func (d *deflate64) Read(p []byte) (int, error) {
	for d.out.ready() == 0 && d.err == nil {
		d.err = d.step()
	}
	if n := d.out.take(p); n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, d.err
}

// need has so many bits ready, at most 16.
func (d *deflate64) need(n uint) error {
	for d.have < n {
		b, err := d.in.ReadByte()
		if err != nil {
			return cutOff(err)
		}
		d.bits |= uint32(b) << d.have
		d.have += 8
	}
	return nil
}

func (d *deflate64) number(n uint) (uint32, error) {
	if err := d.need(n); err != nil {
		return 0, err
	}
	v := d.bits & (1<<n - 1)
	d.bits >>= n
	d.have -= n
	return v, nil
}

// step decodes a part of a block, or begins the next one.
func (d *deflate64) step() error {
	switch {
	case d.plain > 0:
		var b [4 << 10]byte
		n := min(d.plain, len(b))
		if err := d.in.whole(b[:n]); err != nil {
			return err
		}
		d.out.write(b[:n])
		d.plain -= n
		return nil
	case d.coded:
		return d.decode()
	case d.last:
		return io.EOF
	}
	v, err := d.number(3)
	if err != nil {
		return err
	}
	d.last = v&1 == 1
	const plain, fixed, described = 0, 1, 2
	switch v >> 1 {
	case plain:
		d.bits, d.have = 0, 0 // up to the next byte
		var b [4]byte
		if err := d.in.whole(b[:]); err != nil {
			return err
		}
		if u16(b[:]) != ^u16(b[2:]) {
			return errDeflate64
		}
		d.plain = int(u16(b[:]))
		return nil
	case fixed:
		widths := slices.Concat(slices.Repeat([]byte{8}, 144), slices.Repeat([]byte{9}, 112), slices.Repeat([]byte{7}, 24), slices.Repeat([]byte{8}, 8))
		d.literals, d.offsets = newPrefixCode(widths), newPrefixCode(slices.Repeat([]byte{5}, 32))
		d.coded = true
		return nil
	case described:
		d.coded = true
		return d.describe()
	}
	return errDeflate64
}

// decode decodes until the block ends or as much is ready as there is room for.
func (d *deflate64) decode() error {
	const end = 256
	for !d.out.full() {
		symbol, err := d.literals.next(d)
		switch {
		case err != nil:
			return err
		case symbol < end:
			d.out.put(byte(symbol))
			continue
		case symbol == end:
			d.coded = false
			return nil
		case int(symbol-end-1) >= len(d.lengths):
			return errDeflate64
		}
		length, err := d.ranged(d.lengths[symbol-end-1])
		if err != nil {
			return err
		}
		if symbol, err = d.offsets.next(d); err != nil {
			return err
		}
		if int(symbol) >= len(d.reaches) {
			return errDeflate64
		}
		distance, err := d.ranged(d.reaches[symbol])
		if err != nil {
			return err
		}
		if err := d.out.reaches(int64(distance)); err != nil {
			return err
		}
		if err := d.out.match(int64(distance), int(length)); err != nil {
			return err
		}
	}
	return nil
}

func (d *deflate64) ranged(r ranged) (uint32, error) {
	v, err := d.number(uint(r.bits))
	return r.base + v, err
}

// describe reads the codes of a block.
func (d *deflate64) describe() error {
	var counts [3]uint32
	for i, n := range []uint{5, 5, 4} {
		v, err := d.number(n)
		if err != nil {
			return err
		}
		counts[i] = v + []uint32{257, 1, 4}[i]
	}
	var widths [19]byte
	for _, i := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:counts[2]] {
		v, err := d.number(3)
		if err != nil {
			return err
		}
		widths[i] = byte(v)
	}
	code := newPrefixCode(widths[:])
	total := int(counts[0] + counts[1])
	all := make([]byte, 0, total)
	for len(all) < total {
		symbol, err := code.next(d)
		if err != nil {
			return err
		}
		if symbol < 16 {
			all = append(all, byte(symbol))
			continue
		}
		repeated := byte(0)
		if symbol == 16 {
			if len(all) == 0 {
				return errDeflate64
			}
			repeated = all[len(all)-1]
		}
		n, err := d.ranged([]ranged{{3, 2}, {3, 3}, {11, 7}}[symbol-16])
		if err != nil {
			return err
		}
		all = append(all, slices.Repeat([]byte{repeated}, int(n))...)
	}
	if len(all) > total {
		return errDeflate64
	}
	d.literals, d.offsets = newPrefixCode(all[:counts[0]]), newPrefixCode(all[counts[0]:])
	return nil
}

// prefixCode is codes of at most 15 bits, in the order of their lengths.
type prefixCode struct {
	counts  [16]int
	symbols []uint16
}

func newPrefixCode(widths []byte) (c prefixCode) {
	for width := byte(1); width < 16; width++ {
		for s, w := range widths {
			if w == width {
				c.counts[width]++
				c.symbols = append(c.symbols, uint16(s))
			}
		}
	}
	return c
}

// next decodes a symbol, bit by bit.
func (c *prefixCode) next(d *deflate64) (uint16, error) {
	code, first, at := 0, 0, 0
	for width := 1; width < len(c.counts); width++ {
		v, err := d.number(1)
		if err != nil {
			return 0, err
		}
		code |= int(v)
		if n := c.counts[width]; code-first < n {
			return c.symbols[at+code-first], nil
		} else {
			at += n
			first = (first + n) << 1
		}
		code <<= 1
	}
	return 0, errDeflate64
}
