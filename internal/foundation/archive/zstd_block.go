package archive

// mostBlock is how many bytes a block has, packed or not.
const mostBlock = 128 << 10

// zstdBlocks decodes the blocks of a frame (RFC 8878, 3.1.1.3).
type zstdBlocks struct {
	out      *history
	input    [mostBlock]byte
	literals []byte
	huffman  []huffmanCell // of the last block that had one
	width    int           // bits of the longest code
	tables   [3]fseTable   // of literal lengths, offsets, match lengths
	known    [3]bool
	offsets  [3]int64

	literalLengths, matchLengths []ranged // RFC 8878, 3.1.1.3.2.1.1
}

func (z *zstdBlocks) begin(out *history) {
	z.out, z.huffman, z.known, z.offsets = out, nil, [3]bool{}, [3]int64{1, 4, 8}
	z.literalLengths = rangedCodes(0, 16, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
	z.matchLengths = rangedCodes(3, 32, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
}

// decode decodes a block.
func (z *zstdBlocks) decode(b []byte) error {
	rest, ok := z.readLiterals(b)
	if !ok {
		return errZstd
	}
	count, rest, ok := z.readTables(rest)
	if !ok {
		return errZstd
	}
	if count == 0 {
		if len(rest) > 0 {
			return errZstd
		}
		z.out.write(z.literals)
		return nil
	}
	r, ok := newBackward(rest)
	if !ok {
		return errZstd
	}
	return z.sequences(&r, count)
}

const (
	literalLength = iota
	offsetCode
	matchLength
)

// sequences copies literals and what is referred to, by turns.
func (z *zstdBlocks) sequences(r *backward, count int) error {
	l, o, m := z.tables[literalLength].begin(r), z.tables[offsetCode].begin(r), z.tables[matchLength].begin(r)
	begun := z.out.total
	for i := range count {
		code := int(o.symbol())
		if code > 31 || int(l.symbol()) >= len(z.literalLengths) || int(m.symbol()) >= len(z.matchLengths) {
			return errZstd
		}
		value := int64(1)<<code + int64(r.read(code))
		matching := z.matchLengths[m.symbol()]
		n := int(matching.base) + int(r.read(int(matching.bits)))
		literal := z.literalLengths[l.symbol()]
		literals := int(literal.base) + int(r.read(int(literal.bits)))
		if i < count-1 {
			l.next(r)
			m.next(r)
			o.next(r)
		}
		offset := z.offset(value, literals)
		if r.short() || literals > len(z.literals) || offset <= 0 || z.out.total-begun+int64(literals+n) > mostBlock {
			return errZstd
		}
		z.out.write(z.literals[:literals])
		z.literals = z.literals[literals:]
		if err := z.out.reaches(offset); err != nil {
			return err
		}
		if err := z.out.match(offset, n); err != nil {
			return err
		}
	}
	if r.left != 0 || z.out.total-begun+int64(len(z.literals)) > mostBlock {
		return errZstd
	}
	z.out.write(z.literals)
	return nil
}

// offset is how far back a value leads: the first three stand for those that were
// used last.
func (z *zstdBlocks) offset(value int64, literals int) int64 {
	o := &z.offsets
	if value > 3 {
		o[0], o[1], o[2] = value-3, o[0], o[1]
		return o[0]
	}
	if literals == 0 {
		value++
	}
	switch value {
	case 2:
		o[0], o[1] = o[1], o[0]
	case 3:
		o[0], o[1], o[2] = o[2], o[0], o[1]
	case 4:
		o[0], o[1], o[2] = o[0]-1, o[0], o[1]
	}
	return o[0]
}

// readTables reads how many sequences there are and the tables of their codes.
func (z *zstdBlocks) readTables(b []byte) (count int, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	switch first := int(b[0]); {
	case first == 0:
		return 0, b[1:], true
	case first < 128:
		count, b = first, b[1:]
	case first < 255 && len(b) > 1:
		count, b = (first-128)<<8+int(b[1]), b[2:]
	case first == 255 && len(b) > 2:
		count, b = int(b[1])+int(b[2])<<8+0x7f00, b[3:]
	default:
		return 0, nil, false
	}
	if len(b) == 0 || b[0]&3 != 0 {
		return 0, nil, false
	}
	modes := b[0]
	b = b[1:]
	for i, kind := range [...]struct {
		symbols, accuracy, usual int
		shares                   []int16
	}{
		{len(z.literalLengths), 9, 6, []int16{4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1}},
		{32, 8, 5, []int16{1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1}},
		{len(z.matchLengths), 9, 6, []int16{1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1}},
	} {
		const predefined, runLength, described = 0, 1, 2
		used := 0
		switch mode := modes >> (6 - 2*i) & 3; {
		case mode == predefined:
			z.tables[i] = newFSE(kind.shares, kind.usual)
		case mode == runLength && len(b) > 0:
			z.tables[i], used = oneSymbol(b[0]), 1
		case mode == described:
			if z.tables[i], used, ok = readFSE(b, kind.accuracy, kind.symbols); !ok {
				return 0, nil, false
			}
		case mode == runLength, !z.known[i]:
			return 0, nil, false
		}
		z.known[i] = true
		b = b[used:]
	}
	return count, b, true
}

// ranged is a code that stands for numbers from base on, told apart by bits.
type ranged struct {
	base uint32
	bits byte
}

// rangedCodes are codes whose numbers follow each other: so many of one number each,
// then those of so many bits.
func rangedCodes(base uint32, single int, widths ...byte) []ranged {
	all := make([]ranged, 0, single+len(widths))
	for _, width := range append(make([]byte, single), widths...) {
		all = append(all, ranged{base, width})
		base += 1 << width
	}
	return all
}
