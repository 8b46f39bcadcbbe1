package archive

import "math/bits"

// huffmanCell is a symbol and how many bits its code has.
type huffmanCell struct{ symbol, bits byte }

// readHuffman reads the weights of symbols, and gives how many bytes they took.
func (z *zstdBlocks) readHuffman(b []byte) (used int, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	const direct = 128
	var weights []byte
	if n := int(b[0]); n >= direct {
		n -= direct - 1
		if used = 1 + (n+1)/2; used > len(b) {
			return 0, false
		}
		for i := range n {
			weights = append(weights, b[1+i/2]>>(4*(1-i%2))&0xf)
		}
	} else if used = 1 + n; used > len(b) {
		return 0, false
	} else if weights, ok = packedWeights(b[1:used]); !ok {
		return 0, false
	}
	const mostWidth = 11
	sum := 0
	for _, w := range weights {
		if w > mostWidth {
			return 0, false
		}
		sum += 1 << w >> 1
	}
	if sum == 0 {
		return 0, false
	}
	z.width = bits.Len(uint(sum))
	left := 1<<z.width - sum // that of the last symbol, which fills up
	if z.width > mostWidth || left&(left-1) != 0 {
		return 0, false
	}
	weights = append(weights, byte(bits.Len(uint(left))))
	z.huffman = make([]huffmanCell, 0, 1<<z.width)
	for w := 1; w <= z.width; w++ {
		for s, weight := range weights {
			for range 1 << w >> 1 {
				if int(weight) == w {
					z.huffman = append(z.huffman, huffmanCell{byte(s), byte(z.width + 1 - w)})
				}
			}
		}
	}
	return used, len(z.huffman) == 1<<z.width
}

// packedWeights decodes weights by two states that take turns.
func packedWeights(b []byte) (weights []byte, ok bool) {
	const accuracy, most = 6, 255
	t, used, ok := readFSE(b, accuracy, most)
	if !ok {
		return nil, false
	}
	r, ok := newBackward(b[used:])
	if !ok {
		return nil, false
	}
	one, two := t.begin(&r), t.begin(&r)
	for len(weights) < most {
		weights = append(weights, one.symbol())
		if one.next(&r); r.short() {
			return append(weights, two.symbol()), len(weights) < most
		}
		one, two = two, one
	}
	return nil, false
}

// readLiterals reads the literals of a block.
func (z *zstdBlocks) readLiterals(b []byte) (rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, false
	}
	const raw, runLength, packed = 0, 1, 2
	kind, form := b[0]&3, b[0]>>2&3
	if kind >= packed {
		return z.packedLiterals(b, kind == packed, form)
	}
	head, size := 1, int(b[0]>>3)
	switch form {
	case 1:
		head = 2
	case 3:
		head = 3
	}
	if len(b) < head {
		return nil, false
	}
	if head > 1 {
		size = 0
		for i := range head {
			size |= int(b[i]) << (8 * i)
		}
		size >>= 4
	}
	b = b[head:]
	if size > mostBlock || kind == raw && size > len(b) || kind == runLength && len(b) == 0 {
		return nil, false
	}
	if kind == raw {
		z.literals = b[:size]
		return b[size:], true
	}
	z.literals = make([]byte, size)
	for i := range z.literals {
		z.literals[i] = b[0]
	}
	return b[1:], true
}

// packedLiterals reads literals that are coded by Huffman's trees.
func (z *zstdBlocks) packedLiterals(b []byte, described bool, form byte) (rest []byte, ok bool) {
	head := []int{3, 3, 4, 5}[form]
	width := []int{10, 10, 14, 18}[form]
	if len(b) < head {
		return nil, false
	}
	v := uint64(0)
	for i := range head {
		v |= uint64(b[i]) << (8 * i)
	}
	size, length := int(v>>4&(1<<width-1)), int(v>>(4+width)&(1<<width-1))
	if b = b[head:]; length > len(b) || size > mostBlock {
		return nil, false
	}
	in, rest := b[:length], b[length:]
	if described {
		used, ok := z.readHuffman(in)
		if !ok {
			return nil, false
		}
		in = in[used:]
	}
	if z.huffman == nil {
		return nil, false
	}
	z.literals = make([]byte, 0, size)
	if form == 0 {
		return rest, z.coded(in, size)
	}
	const table = 6
	if len(in) < table || size < table {
		return nil, false
	}
	each := (size + 3) / 4
	streams := in[table:]
	for i := range 4 {
		n, count := len(streams), size-3*each
		if i < 3 {
			n, count = int(u16(in[2*i:])), each
		}
		if n > len(streams) || !z.coded(streams[:n], count) {
			return nil, false
		}
		streams = streams[n:]
	}
	return rest, true
}

// coded decodes so many literals.
func (z *zstdBlocks) coded(b []byte, count int) bool {
	r, ok := newBackward(b)
	if !ok || count < 0 {
		return false
	}
	for range count {
		c := z.huffman[r.peek(z.width)]
		r.left -= int(c.bits)
		if r.short() {
			return false
		}
		z.literals = append(z.literals, c.symbol)
	}
	return r.left == 0
}
