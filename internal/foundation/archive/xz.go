package archive

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
)

// xzEnd walks the blocks of an .xz stream (tukaani.org/xz/xz-file-format.txt) and
// their chunks, and gives its end and, of blocks that ask for a larger dictionary
// than windowBytes, headers that ask for that. A stream that is cut off, or that
// uses other filters than LZMA2, gives errFrame and what was found before.
func xzEnd(file window, at int64) (end int64, smaller []patch, err error) {
	const head = 12
	b, err := file.at(at, head)
	if err != nil || b == nil {
		return 0, nil, errors.Join(errFrame, err)
	}
	check := map[byte]int64{0: 0, 1: 4, 4: 8, 10: 32}[b[7]&0xf]
	at += head
	for {
		b, err := file.at(at, 1)
		if err != nil || b == nil {
			return 0, smaller, errors.Join(errFrame, err)
		}
		if b[0] == 0 { // the index follows, and the footer
			end, err := xzIndexEnd(file, at)
			return end, smaller, err
		}
		header, err := file.at(at, 4*(int(b[0])+1))
		if err != nil || header == nil {
			return 0, smaller, errors.Join(errFrame, err)
		}
		dictionary, place, ok := xzDictionary(header)
		if !ok {
			return 0, smaller, errFrame
		}
		if dictionary > windowBytes {
			if len(smaller) == mostPatches {
				return 0, smaller, LimitError{"blocks with a large dictionary", mostPatches}
			}
			smaller = append(smaller, patch{at, xzSmaller(header, place)})
		}
		to, err := lzma2End(file, at+int64(len(header)))
		if err != nil {
			return 0, smaller, err
		}
		at = to + (4-(to-at)%4)%4 + check
	}
}

// xzSmaller is a block's header that asks for a dictionary of windowBytes.
func xzSmaller(header []byte, place int) []byte {
	const bits = 26 // 2 << (26/2 + 11) bytes
	h := slices.Clone(header)
	h[place] = bits
	binary.LittleEndian.PutUint32(h[len(h)-4:], crc32.ChecksumIEEE(h[:len(h)-4]))
	return h
}

// xzDictionary reads the only filter of a block's header, which must be LZMA2: how
// large a dictionary it asks for, and where it does.
func xzDictionary(header []byte) (dictionary int64, place int, ok bool) {
	const filters, packed, unpacked, lzma2 = 0x03, 0x40, 0x80, 0x21
	flags, rest := header[1], header[2:len(header)-4]
	for _, size := range []byte{packed, unpacked} {
		if flags&size != 0 {
			_, rest = multibyte(rest)
		}
	}
	if flags&filters != 0 || len(rest) < 3 || rest[0] != lzma2 || rest[1] != 1 || rest[2] > 40 {
		return 0, 0, false
	}
	bits := rest[2]
	return int64(2|bits&1) << (bits/2 + 11), len(header) - 4 - len(rest) + 2, true
}

// multibyte reads an integer of seven bits a byte.
func multibyte(b []byte) (n int64, rest []byte) {
	for i, c := range b {
		if i == 9 {
			break
		}
		n |= int64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return n, b[i+1:]
		}
	}
	return 0, nil
}

// lzma2End walks the chunks of an LZMA2 stream.
func lzma2End(file window, at int64) (int64, error) {
	for {
		b, err := file.at(at, 1)
		if err != nil || b == nil {
			return 0, errors.Join(errFrame, err)
		}
		control := b[0]
		if control == 0 {
			return at + 1, nil
		}
		sizes, err := file.at(at+1, 4)
		if control < 0x80 {
			sizes, err = file.at(at+1, 2)
		}
		switch {
		case err != nil || sizes == nil:
			return 0, errors.Join(errFrame, err)
		case control <= 2:
			at += 3 + int64(sizes[0])<<8 + int64(sizes[1]) + 1
		case control < 0x80:
			return 0, errFrame
		default:
			at += 5 + int64(sizes[2])<<8 + int64(sizes[3]) + 1
			if control >= 0xc0 {
				at++ // properties
			}
		}
	}
}

// xzIndexEnd finds the footer behind an index.
func xzIndexEnd(file window, at int64) (int64, error) {
	b, err := file.at(at, int(min(10, max(0, file.size-at))))
	if err != nil || len(b) < 2 {
		return 0, errors.Join(errFrame, err)
	}
	records, rest := multibyte(b[1:])
	to := at + int64(len(b)) - int64(len(rest))
	for range 2 * records {
		n, err := multibyteAt(file, to)
		if err != nil {
			return 0, err
		}
		to += n
	}
	to += (4-(to-at)%4)%4 + 4 // padding, checksum
	footer, err := file.at(to, 12)
	if err != nil || footer == nil || string(footer[10:]) != "YZ" {
		return 0, errors.Join(errFrame, err)
	}
	return to + 12, nil
}

// multibyteAt is the length of an integer.
func multibyteAt(file window, at int64) (int64, error) {
	for n := int64(0); n < 9; n++ {
		b, err := file.at(at+n, 1)
		if err != nil || b == nil {
			return 0, errors.Join(errFrame, err)
		}
		if b[0] < 0x80 {
			return n + 1, nil
		}
	}
	return 0, errFrame
}
