package archive

import (
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/pierrec/lz4/v4"
)

// coder is one step of unpacking.
type coder struct {
	method     string // its number, as bytes
	properties []byte
	size       int64 // of what it gives
}

// mostCoders stand behind each other.
const mostCoders = 8

// streams reads where the packed streams lie, how they are unpacked, and how many
// members each has.
func (d *sevenReader) streams() []Packed {
	var at int64
	var sizes []int64
	var folders []Packed
	for d.err == nil {
		switch d.byte() {
		case sevenEnd:
			return d.placed(at, sizes, folders)
		case sevenPack:
			at, sizes = d.packed()
		case sevenUnpack:
			folders = d.folders()
		case sevenSub:
			d.members(folders)
		default:
			d.fail()
		}
	}
	return nil
}

// placed gives each folder its bytes in the file, and one without members of its
// own a single one.
func (d *sevenReader) placed(at int64, sizes []int64, folders []Packed) []Packed {
	at += sevenHead
	for i := range folders {
		if len(folders[i].Members) == 0 && folders[i].Size > 0 && folders[i].Data.From == 0 {
			folders[i].Members = []Slice{{Size: folders[i].Size}}
		}
		// Those of several packed streams are not understood, but lie one behind the
		// other like all.
		streams := max(folders[i].Data.From, 1)
		from := at
		for range streams {
			if len(sizes) == 0 {
				d.fail()
				return nil
			}
			at, sizes = at+sizes[0], sizes[1:]
		}
		folders[i].Data = Range{from, at}
	}
	return folders
}

func (d *sevenReader) packed() (at int64, sizes []int64) {
	at = d.number()
	n := d.count()
	for d.err == nil {
		switch d.byte() {
		case sevenEnd:
			return at, sizes
		case sevenSizes:
			for range n {
				sizes = append(sizes, d.number())
			}
		case sevenSums:
			d.sums(n)
		default:
			d.fail()
		}
	}
	return 0, nil
}

// folders reads how each packed stream is unpacked. Until they are placed, From
// of their Data is the count of packed streams that they take.
func (d *sevenReader) folders() []Packed {
	if d.byte() != sevenFolder {
		d.fail()
	}
	folders := make([]Packed, d.count())
	if d.byte() != 0 { // the folders are elsewhere, which no program writes
		d.fail()
	}
	raw := make([]sevenCoders, len(folders))
	for i := range folders {
		if d.err == nil {
			raw[i] = d.coders()
			folders[i].Data.From = raw[i].streams
		}
	}
	for d.err == nil {
		switch d.byte() {
		case sevenEnd:
			return folders
		case sevenUnpackSizes:
			for i := range folders {
				for j := range raw[i].coders {
					raw[i].coders[j].size = d.number()
				}
				folders[i].coders, folders[i].Size = raw[i].chain()
			}
		case sevenSums:
			for i, has := range d.sums(len(folders)) {
				folders[i].summed = has
			}
		default:
			d.fail()
		}
	}
	return nil
}

// sevenCoders are the steps of a folder and how they are bound: what step b[1]
// gives is what step b[0] takes.
type sevenCoders struct {
	coders  []coder
	bound   [][2]int64
	streams int64 // packed ones
	complex bool  // a step takes or gives several streams
}

func (d *sevenReader) coders() (f sevenCoders) {
	n := d.number()
	if n < 1 || n > mostCoders {
		d.fail()
		return f
	}
	in, out := int64(0), int64(0)
	for range n {
		flags := d.byte()
		c := coder{method: string(d.take(int64(flags & 0xf)))}
		ins, outs := int64(1), int64(1)
		if flags&0x10 != 0 {
			ins, outs = d.number(), d.number()
			f.complex = true
		}
		if flags&0x20 != 0 {
			c.properties = d.take(d.number())
		}
		if ins > mostCoders || outs != 1 {
			d.fail()
			return f
		}
		in, out = in+ins, out+outs
		f.coders = append(f.coders, c)
	}
	for range out - 1 {
		f.bound = append(f.bound, [2]int64{d.number(), d.number()})
	}
	if f.streams = in - (out - 1); f.streams < 1 {
		d.fail()
	} else if f.streams > 1 {
		for range f.streams {
			d.number()
		}
	}
	return f
}

// chain puts the steps in the order in which they unpack, and gives the size of
// what the last gives. Steps that are no chain give none.
func (f sevenCoders) chain() ([]coder, int64) {
	to := map[int64]int64{}
	takes := map[int64]bool{}
	for _, b := range f.bound {
		to[b[1]], takes[b[0]] = b[0], true
	}
	size := f.coders[0].size
	for i := range f.coders {
		if _, bound := to[int64(i)]; !bound {
			size = f.coders[i].size
		}
	}
	if f.complex || f.streams != 1 {
		return nil, size
	}
	var out []coder
	for i := range int64(len(f.coders)) {
		if takes[i] {
			continue
		}
		for next, more := i, true; more && len(out) < len(f.coders) && next < int64(len(f.coders)); next, more = to[next], hasKey(to, next) {
			out = append(out, f.coders[next])
		}
	}
	if len(out) != len(f.coders) {
		return nil, size
	}
	return out, size
}

func hasKey(m map[int64]int64, k int64) bool { _, ok := m[k]; return ok }

// members reads how many members each folder has, and their sizes: the last of a
// folder has what the others leave.
func (d *sevenReader) members(folders []Packed) {
	counts := make([]int, len(folders))
	for i := range counts {
		counts[i] = 1
	}
	mark := d.byte()
	if mark == sevenCounts {
		total := 0
		for i := range counts {
			counts[i] = d.count()
			if total += counts[i]; total > d.most.Members {
				d.err = LimitError{"members", int64(d.most.Members)}
				return
			}
		}
		mark = d.byte()
	}
	for i, n := range counts {
		left := folders[i].Size
		for j := range n {
			size := left
			if j < n-1 && mark == sevenSizes {
				size = min(d.number(), left)
			}
			left -= size
			folders[i].Members = append(folders[i].Members, Slice{Size: size})
		}
		if n == 0 {
			folders[i].Members = []Slice{}
		}
	}
	if mark == sevenSizes {
		mark = d.byte()
	}
	if mark == sevenSums {
		unknown := 0
		for i, n := range counts {
			if n != 1 || !folders[i].summed {
				unknown += n
			}
		}
		d.sums(unknown)
		mark = d.byte()
	}
	if mark != sevenEnd {
		d.fail()
	}
}

// Open begins to unpack; who has read enough closes it. ErrMethod for what is packed
// in a way that is not understood, LimitError for a dictionary that takes too much.
func (p Packed) Open(r io.ReaderAt, scratch Scratching) (io.ReadCloser, error) {
	if len(p.coders) == 0 {
		return nil, fmt.Errorf("7z: steps that are no chain: %w", ErrMethod)
	}
	all := &steps{Reader: io.NewSectionReader(r, p.Data.From, p.Data.Len())}
	for _, c := range p.coders {
		out, err := c.open(counting(all.Reader), scratch)
		if err != nil {
			return nil, errors.Join(err, all.Close())
		}
		all.each = append(all.each, out)
		all.Reader = io.LimitReader(out, c.size)
	}
	return all, nil
}

// steps are readers that read each other.
type steps struct {
	io.Reader // the last
	each      []io.Reader
}

// Close lets go of what dictionaries took.
func (s *steps) Close() (err error) {
	for _, r := range s.each {
		err = errors.Join(err, closeReader(r))
	}
	return err
}

func (c coder) open(r *counted, scratch Scratching) (io.Reader, error) {
	switch c.method {
	case "\x00":
		return r, nil
	case "\x03":
		return filter{xzDelta, c.properties}.undo(r)
	case "\x03\x01\x01":
		if len(c.properties) != lzmaProperties {
			return nil, errSeven
		}
		return newLZMA(r, c.properties[0], int64(u32(c.properties[1:])), c.size, scratch)
	case "\x21":
		if len(c.properties) != 1 || c.properties[0] > 40 {
			return nil, errSeven
		}
		// Nothing refers further back than to the beginning.
		return newLZMA2(r, min(lzma2Dictionary(c.properties[0]), c.size), lzmaDictionaryBytes, scratch), nil
	case "\x03\x03\x01\x03", "\x04":
		return &branches{r: r}, nil
	case "\x05", "\x07", "\x08", "\x09", "\x0a", "\x03\x03\x02\x05", "\x03\x03\x05\x01", "\x03\x03\x07\x01", "\x03\x03\x08\x05":
		id := map[string]uint64{"\x03\x03\x02\x05": xzPowerPC, "\x03\x03\x05\x01": xzARM, "\x03\x03\x07\x01": xzThumb, "\x03\x03\x08\x05": xzSPARC}[c.method]
		if id == 0 {
			id = uint64(c.method[0])
		}
		return filter{id, c.properties}.undo(r)
	case "\x04\x01\x08":
		return flate.NewReader(r), nil
	case "\x04\x02\x02":
		return bzip2.NewReader(r), nil
	case "\x04\xf7\x11\x01":
		return newZstd(r, scratch)
	case "\x04\xf7\x11\x04":
		return lz4.NewReader(r), nil
	}
	return nil, fmt.Errorf("7z: method %x: %w", c.method, ErrMethod)
}
