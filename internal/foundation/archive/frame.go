package archive

import "errors"

// frameEnd finds the end of a stream without decompressing it, for the formats
// whose blocks say how long they are: their readers take more than they need.
// It is -1 for the others.
func frameEnd(format Compression, file window, at int64) (end int64, err error) {
	switch format {
	case ZstdFile:
		return zstdEnd(file, at)
	case LZ4File:
		return lz4End(file, at)
	}
	return -1, nil
}

// errFrame is given for a frame that does not end within the file.
var errFrame = errors.New("the stream is cut off, or its blocks are not as the format has them")

// zstdEnd walks the blocks of a Zstandard frame (RFC 8878, 3.1). A skippable
// frame is one of its own.
func zstdEnd(file window, at int64) (int64, error) {
	b, err := file.at(at, 5)
	if err != nil || b == nil {
		return 0, errors.Join(errFrame, err)
	}
	if b[0]&0xf0 == 0x50 {
		b, err := file.at(at, 8)
		if err != nil || b == nil || at+8+int64(u32(b[4:])) > file.size {
			return 0, errors.Join(errFrame, err)
		}
		return at + 8 + int64(u32(b[4:])), nil
	}
	descriptor := b[4]
	single := descriptor>>5&1 == 1
	head := int64(5) + []int64{0, 1, 2, 4}[descriptor&3]
	if !single {
		head++
	}
	if size := []int64{0, 2, 4, 8}[descriptor>>6]; size > 0 {
		head += size
	} else if single {
		head++
	}
	at += head
	for {
		b, err := file.at(at, 3)
		if err != nil || b == nil {
			return 0, errors.Join(errFrame, err)
		}
		block := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		at += 3
		const raw, runLength, compressed = 0, 1, 2
		switch block >> 1 & 3 {
		case runLength:
			at++
		case raw, compressed:
			at += int64(block >> 3)
		default:
			return 0, errFrame
		}
		if block&1 == 1 {
			break
		}
	}
	if descriptor>>2&1 == 1 {
		at += 4 // the checksum
	}
	if at > file.size {
		return 0, errFrame
	}
	return at, nil
}

// lz4End walks the blocks of an LZ4 frame (lz4_Frame_format.md, 1.6).
func lz4End(file window, at int64) (int64, error) {
	b, err := file.at(at, 5)
	if err != nil || b == nil {
		return 0, errors.Join(errFrame, err)
	}
	flags := b[4]
	at += 7 // magic, flags, block descriptor, header checksum
	if flags&0x08 != 0 {
		at += 8 // the content's size
	}
	if flags&0x01 != 0 {
		at += 4 // the dictionary's number
	}
	for {
		b, err := file.at(at, 4)
		if err != nil || b == nil {
			return 0, errors.Join(errFrame, err)
		}
		at += 4
		size := int64(u32(b) & 0x7fffffff)
		if u32(b) == 0 {
			break
		}
		at += size
		if flags&0x10 != 0 {
			at += 4
		}
	}
	if flags&0x04 != 0 {
		at += 4
	}
	if at > file.size {
		return 0, errFrame
	}
	return at, nil
}
