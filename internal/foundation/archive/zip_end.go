package archive

import "math"

// An end record of a zip file (APPNOTE 4.3.16), with what its 64-bit sibling
// says where there is one.
type zipEnd struct {
	at      int64 // of the end record
	entries uint64
	size    uint64 // of the central directory
	offset  uint64 // of the central directory, from the base
	before  int64  // where the directory must end when it lies directly before its end
	whole   bool   // its comment ends where the file does, as some readers ask
}

const (
	endSignature       = "PK\x05\x06"
	end64Signature     = "PK\x06\x06"
	locatorSignature   = "PK\x06\x07"
	directorySignature = "PK\x01\x02"
	localSignature     = "PK\x03\x04"
	spannedSignature   = "PK\x07\x08" // a data descriptor, or the mark of a part of several files

	endSize     = 22
	end64Size   = 56
	locatorSize = 20
	maxComment  = 1<<16 - 1
)

// ends are the end records that a reader could take, the last in the file first:
// all in the reach of a comment of the greatest length, each as it is and as its
// 64-bit record has it, for some readers look at that record only where a field
// asks for it and others whenever it is there.
func (z *zipReader) ends() ([]zipEnd, error) {
	const most = 64 // a comment full of end records is no archive that anybody makes
	var all []zipEnd
	from := max(0, z.file.size-endSize-maxComment)
	err := z.file.find(Range{from, z.file.size}, func(at int64, _ string) (int64, error) {
		b, err := z.file.at(at, endSize)
		if err != nil || b == nil {
			return at + 1, err
		}
		e := zipEnd{at: at, entries: uint64(u16(b[10:])), size: uint64(u32(b[12:])), offset: uint64(u32(b[16:])), before: at}
		comment := int64(u16(b[20:]))
		e.whole = at+endSize+comment == z.file.size
		z.comment(at, comment)
		all = append(all, e)
		more, err := z.end64(e)
		if err != nil {
			return 0, err
		}
		all = append(all, more...)
		if len(all) > most {
			return 0, LimitError{"end records", most}
		}
		return at + 4, nil
	}, endSignature)
	if err != nil {
		return nil, err
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all, nil
}

// comment accounts for an end record and for the comment behind it where that is
// text; what is not text stays a gap, to be looked into.
func (z *zipReader) comment(end, length int64) {
	z.taken = append(z.taken, Range{end, end + endSize})
	to := end + endSize + length
	if length == 0 || to > z.file.size {
		return
	}
	b, err := z.file.at(end+endSize, int(length))
	if err != nil || b == nil {
		return
	}
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			z.odd(RuleComment, end+endSize, "", "the comment of %d bytes holds other than text", length)
			return
		}
	}
	z.taken = append(z.taken, Range{end + endSize, to})
}

// end64 are the readings of the 64-bit end record of e: at the place that the
// locator names, and directly before the locator.
func (z *zipReader) end64(e zipEnd) ([]zipEnd, error) {
	locator, err := z.file.at(e.at-locatorSize, locatorSize)
	if err != nil || locator == nil || string(locator[:4]) != locatorSignature {
		return nil, err
	}
	z.taken = append(z.taken, Range{e.at - locatorSize, e.at})
	var all []zipEnd
	places := []int64{int64(u64(locator[8:]))}
	if direct := e.at - locatorSize - end64Size; direct != places[0] {
		places = append(places, direct)
	}
	for _, at := range places {
		b, err := z.file.at(at, end64Size)
		if err != nil {
			return nil, err
		}
		if b == nil || string(b[:4]) != end64Signature {
			continue
		}
		z.taken = append(z.taken, Range{at, at + end64Size})
		all = append(all, zipEnd{at: e.at, entries: u64(b[32:]), size: u64(b[40:]), offset: u64(b[48:]), before: at, whole: e.whole})
	}
	return all, nil
}

// bases are the places from which the offsets of a directory may count: the
// beginning of the file, and the one that lets the directory end where its end
// record begins, as in an archive to which something was put in front, or from
// which something was cut.
func (e zipEnd) bases() []int64 {
	bases := []int64{0}
	if e.size <= uint64(e.before) && e.offset <= math.MaxInt64 {
		if b := e.before - int64(e.size) - int64(e.offset); b != 0 {
			bases = append(bases, b)
		}
	}
	return bases
}
