package archive

import (
	"encoding/binary"
	"io"
)

// branches undoes the filters for programs (BCJ): packers turn the relative
// addresses of calls and jumps into absolute ones, which repeat more often. They
// do so with all bytes, of programs or not.
type branches struct {
	r    io.Reader
	kind *instructions // of a processor; nil for x86, whose have all lengths
	b    []byte        // read; of it ready bytes are as they were before packing
	at   int           // given out
	done int           // ready
	from uint32        // place of b[0] in the stream
	mask uint32        // of the last bytes, which of them looked like an opcode
	end  error
}

// Read is of io.Reader.
func (x *branches) Read(p []byte) (int, error) {
	for x.at == x.done {
		if x.end != nil && x.at == len(x.b) {
			return 0, x.end
		}
		x.fill()
	}
	n := copy(p, x.b[x.at:x.done])
	x.at += n
	return n, nil
}

// fill reads on, and turns what it can: an address needs the four bytes behind
// its opcode, so that the last stay until more come or the stream ends.
func (x *branches) fill() {
	const piece = 64 << 10
	x.from += uint32(x.at)
	x.b = append(x.b[:0], x.b[x.at:]...)
	x.at, x.done = 0, 0
	had := len(x.b)
	if cap(x.b) < piece {
		grown := make([]byte, had, piece)
		copy(grown, x.b)
		x.b = grown
	}
	n, err := io.ReadFull(x.r, x.b[had:piece])
	x.b = x.b[:had+n]
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	x.end = err
	if x.kind != nil {
		x.done = x.kind.turnAll(x.b, x.from)
	} else {
		x.done = x.turn()
	}
	if x.end != nil {
		x.done = len(x.b)
	}
}

// high reports whether a byte is the first of an address that is small, in either
// direction.
func high(b byte) bool { return b == 0 || b == 0xff }

// turn makes addresses relative and gives how many bytes are ready. mask has a bit
// for each of the last three bytes that looked like an opcode and was passed over:
// among those the packer turned no address whose bytes could be such an opcode's.
func (x *branches) turn() int {
	allowed := [8]bool{true, true, true, false, true}
	shift := [8]uint32{0, 1, 2, 2, 3, 3, 3, 3}
	last := -1
	i := 0
	for ; i+4 < len(x.b); i++ {
		if x.b[i]&0xfe != 0xe8 {
			continue
		}
		if behind := i - last; behind > 3 {
			x.mask = 0
		} else if x.mask = x.mask << (behind - 1) & 7; x.mask != 0 {
			if !allowed[x.mask] || high(x.b[i+4-int(shift[x.mask])]) {
				last, x.mask = i, x.mask<<1|1
				continue
			}
		}
		last = i
		if !high(x.b[i+4]) {
			x.mask = x.mask<<1 | 1
			continue
		}
		address := binary.LittleEndian.Uint32(x.b[i+1:])
		var relative uint32
		for {
			relative = address - (x.from + uint32(i) + 5)
			if x.mask == 0 {
				break
			}
			bit := shift[x.mask] * 8
			if !high(byte(relative >> (24 - bit))) {
				break
			}
			address = relative ^ (1<<(32-bit) - 1)
		}
		relative &= 0x01ffffff
		relative |= -(relative & 0x01000000)
		binary.LittleEndian.PutUint32(x.b[i+1:], relative)
		i += 4
	}
	if behind := i - last; behind > 3 {
		x.mask = 0
	} else {
		x.mask <<= behind - 1
	}
	return i
}
