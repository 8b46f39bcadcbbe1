package gguf

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// block is how many elements are stored together in how many bytes.
type block struct{ elements, bytes uint64 }

// blocks by type, as gguf-py has them. The types 4, 5, 31 to 33 and 36 to 38 were
// given up.
func blockOf(kind uint32) block {
	switch kind {
	case 0, 26:
		return block{1, 4}
	case 1, 25, 30:
		return block{1, 2}
	case 24:
		return block{1, 1}
	case 27, 28:
		return block{1, 8}
	case 2, 20:
		return block{32, 18}
	case 3:
		return block{32, 20}
	case 6:
		return block{32, 22}
	case 7:
		return block{32, 24}
	case 8:
		return block{32, 34}
	case 10:
		return block{256, 84}
	case 11, 21:
		return block{256, 110}
	case 12:
		return block{256, 144}
	case 13:
		return block{256, 176}
	case 14:
		return block{256, 210}
	case 15:
		return block{256, 292}
	}
	return smallBlock(kind)
}

func smallBlock(kind uint32) block {
	switch kind {
	case 16:
		return block{256, 66}
	case 17:
		return block{256, 74}
	case 18:
		return block{256, 98}
	case 19:
		return block{256, 50}
	case 22:
		return block{256, 82}
	case 23:
		return block{256, 136}
	case 29:
		return block{256, 56}
	case 34:
		return block{256, 54}
	case 35:
		return block{256, 66}
	case 39:
		return block{32, 17}
	case 40:
		return block{64, 36}
	case 41:
		return block{128, 18}
	}
	return block{}
}

// sizeOf is a tensor's bytes; -1 for a type that is not known. ok is false when
// the shape has more elements than there can be, or no whole blocks.
func sizeOf(shape []uint64, kind uint32) (size int64, ok bool) {
	n := uint64(1)
	for _, d := range shape {
		high, low := bits.Mul64(n, d)
		if high > 0 || low > math.MaxInt64 {
			return 0, false
		}
		n = low
	}
	b := blockOf(kind)
	if b.elements == 0 {
		return -1, true
	}
	if len(shape) > 0 && shape[0]%b.elements != 0 {
		return 0, false
	}
	high, low := bits.Mul64(n/b.elements, b.bytes)
	return int64(low), high == 0 && low <= math.MaxInt64
}

// place compares the tensors' places with their shapes, with each other and
// with the file.
func (f *File) place(size int64) {
	aligned := uint64(f.HeaderEnd)
	if rest := aligned % f.Alignment; rest > 0 {
		aligned += f.Alignment - rest
	}
	if len(f.Tensors) == 0 {
		aligned = min(aligned, uint64(size))
	}
	f.Data = int64(min(aligned, math.MaxInt64/2))
	for i := range f.Tensors {
		t := &f.Tensors[i]
		var ok bool
		if t.Size, ok = sizeOf(t.Shape, t.Type); !ok {
			f.fault(t.At, "the tensor %q has a shape that its type cannot store: %v", t.Name, t.Shape)
			t.Size = 0
		}
		switch {
		case t.Offset%f.Alignment != 0:
			f.fault(t.At, "the tensor %q begins at %d, which is not a multiple of the alignment %d", t.Name, t.Offset, f.Alignment)
		case t.Offset > uint64(max(size-f.Data, 0)) || t.Size > size-f.Data-int64(t.Offset):
			f.fault(t.At, "the tensor %q has %d bytes from %d on, and ends behind the file", t.Name, t.Size, t.Offset)
		}
	}
	f.overlaps()
}

func (f *File) overlaps() {
	order := slices.Clone(f.Tensors)
	slices.SortStableFunc(order, func(a, b Tensor) int { return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Size, b.Size)) })
	end := uint64(0)
	for _, t := range order {
		if t.Size <= 0 {
			continue
		}
		if t.Offset < end {
			f.fault(t.At, "the tensor %q overlaps another one", t.Name)
		}
		if last := t.Offset + uint64(t.Size); last > t.Offset {
			end = max(end, last)
		}
	}
}

// Unknown are the types of tensors whose size is not known.
func (f *File) Unknown() []uint32 {
	var all []uint32
	for _, t := range f.Tensors {
		if t.Size < 0 && !slices.Contains(all, t.Type) {
			all = append(all, t.Type)
		}
	}
	return all
}

// Spans are the parts of the file that tensors lie in with what pads them,
// joined and in order.
func (f *File) Spans(size int64) [][2]int64 {
	var all [][2]int64
	for _, t := range f.Tensors {
		if t.Size <= 0 || t.Offset > uint64(max(size-f.Data, 0)) {
			continue
		}
		from := f.Data + int64(t.Offset)
		length := uint64(min(t.Size, size-from))
		if rest := length % f.Alignment; rest > 0 {
			length += f.Alignment - rest
		}
		if to := from + int64(min(length, uint64(size-from))); from < to {
			all = append(all, [2]int64{from, to})
		}
	}
	slices.SortFunc(all, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], s[1])
			continue
		}
		out = append(out, s)
	}
	return out
}
