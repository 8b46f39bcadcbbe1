package archive

import (
	"encoding/binary"
	"fmt"
	"io"
)

// filter is a step by which bytes were made ready to be packed.
type filter struct {
	id         uint64
	properties []byte
}

// The filters of .xz. Those of programs turn relative addresses into absolute ones.
const (
	xzDelta   = 0x03
	xzX86     = 0x04
	xzPowerPC = 0x05
	xzARM     = 0x07
	xzThumb   = 0x08
	xzSPARC   = 0x09
	xzARM64   = 0x0a
	xzLZMA2   = 0x21
)

// xzFilters reads the filters of a block's header, from its flags on.
func xzFilters(header []byte) (all []filter, err error) {
	flags, rest := header[0], header[1:]
	const count, packed, unpacked = 0x03, 0x40, 0x80
	number := func() (n uint64) {
		size := 0
		n, size = binary.Uvarint(rest)
		if size <= 0 {
			err, rest = errXZ, nil
			return 0
		}
		rest = rest[size:]
		return n
	}
	for _, size := range []byte{packed, unpacked} {
		if flags&size != 0 {
			number()
		}
	}
	for range flags&count + 1 {
		f := filter{id: number()}
		n := number()
		if n > uint64(len(rest)) {
			return nil, errXZ
		}
		f.properties, rest = rest[:n], rest[n:]
		all = append(all, f)
	}
	return all, err
}

// undo gives the bytes as they were before a filter.
func (f filter) undo(r io.Reader) (io.Reader, error) {
	if f.id == xzDelta {
		if len(f.properties) != 1 {
			return nil, errXZ
		}
		return &differences{r: r, distance: int(f.properties[0]) + 1}, nil
	}
	from := uint32(0)
	if len(f.properties) == 4 {
		from = u32(f.properties)
	}
	if f.id == xzX86 {
		return &branches{r: r, from: from}, nil
	}
	kind := f.instructions()
	if kind == nil {
		return nil, fmt.Errorf("xz filter %#x: %w", f.id, ErrMethod)
	}
	return &branches{r: r, from: from, kind: kind}, nil
}

// differences undoes the filter that keeps of each byte how much more it is than
// the one at a distance before it.
type differences struct {
	r        io.Reader
	distance int
	last     [256]byte
	at       byte
}

// Read is of io.Reader.
func (d *differences) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	for i := range p[:n] {
		p[i] += d.last[(d.at+byte(d.distance))&0xff]
		d.last[d.at] = p[i]
		d.at--
	}
	return n, err
}

// instructions are those of a processor.
type instructions struct {
	width int // bytes from one to the next
	// turn makes the address in four bytes relative, and reports whether there is one.
	turn func(b []byte, at uint32) bool
}

// turnAll turns all instructions that are whole, and gives how many bytes are ready.
func (k *instructions) turnAll(b []byte, from uint32) int {
	i := 0
	for i+4 <= len(b) {
		if k.turn(b[i:i+4], from+uint32(i)) {
			i += 4
		} else {
			i += k.width
		}
	}
	return i
}

// instructions are those of the filter's processor, nil for one that is not known.
func (f filter) instructions() *instructions {
	switch f.id {
	case xzPowerPC:
		return &instructions{4, powerPC}
	case xzARM:
		return &instructions{4, arm}
	case xzThumb:
		return &instructions{2, thumb}
	case xzSPARC:
		return &instructions{4, sparc}
	case xzARM64:
		return &instructions{4, arm64}
	}
	return nil
}

func powerPC(b []byte, at uint32) bool {
	v := binary.BigEndian.Uint32(b)
	if v&0xfc000003 != 0x48000001 {
		return false
	}
	binary.BigEndian.PutUint32(b, 0x48000001|(v&0x03fffffc-at)&0x03fffffc)
	return true
}

func arm(b []byte, at uint32) bool {
	if b[3] != 0xeb {
		return false
	}
	v := (u32(b)&0xffffff<<2 - (at + 8)) >> 2
	binary.LittleEndian.PutUint32(b, 0xeb000000|v&0xffffff)
	return true
}

func sparc(b []byte, at uint32) bool {
	v := binary.BigEndian.Uint32(b)
	if v>>22 != 0x100 && v>>22 != 0x1ff {
		return false
	}
	v = (v<<2 - at) >> 2
	binary.BigEndian.PutUint32(b, (0-v>>22&1)<<22&0x3fffffff|v&0x3fffff|0x40000000)
	return true
}

// thumb turns a call of ARM-Thumb, which is two instructions of two bytes.
func thumb(b []byte, at uint32) bool {
	if b[1]&0xf8 != 0xf0 || b[3]&0xf8 != 0xf8 {
		return false
	}
	v := (uint32(b[1])&7)<<19 | uint32(b[0])<<11 | (uint32(b[3])&7)<<8 | uint32(b[2])
	v = (v<<1 - (at + 4)) >> 1
	b[1], b[0] = 0xf0|byte(v>>19&7), byte(v>>11)
	b[3], b[2] = 0xf8|byte(v>>8&7), byte(v)
	return true
}

// arm64 turns a call or the address of a page.
func arm64(b []byte, at uint32) bool {
	v := u32(b)
	switch {
	case v>>26 == 0x25:
		v = 0x94000000 | (v-at>>2)&0x03ffffff
	case v&0x9f000000 == 0x90000000:
		from := v>>29&3 | v>>3&0x1ffffc
		if (from+0x020000)&0x1c0000 != 0 {
			return false // too far: the packer turned none such
		}
		to := from - at>>12
		v = v&0x9000001f | to&3<<29 | to&0x3fffc<<3 | (0-to&0x020000)&0xe00000
	default:
		return false
	}
	binary.LittleEndian.PutUint32(b, v)
	return true
}
