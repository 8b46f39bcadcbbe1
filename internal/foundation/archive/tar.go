package archive

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

const (
	tarBlock = 512
	mostPax  = 1 << 20 // bytes of one extended header
)

// IsTar reports whether the first 512 bytes of a file are a header: its checksum
// holds.
func IsTar(head []byte) bool {
	return len(head) >= tarBlock && head[0] != 0 && checksum(head[:tarBlock])
}

// checksum compares that of a header, of which its own eight bytes count as
// spaces; some programs sum the bytes with their signs.
func checksum(b []byte) bool {
	want, ok := octal(b[148:156])
	if !ok {
		return false
	}
	var unsigned, signed int64
	for i, c := range b {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return want == unsigned || want == signed
}

// octal reads a number of a header: octal digits, or from a set first bit on
// binary digits.
func octal(b []byte) (int64, bool) {
	if b[0]&0x80 != 0 {
		n := int64(b[0] & 0x3f)
		for _, c := range b[1:] {
			if n > 1<<52 {
				return 0, false
			}
			n = n<<8 | int64(c)
		}
		return n, b[0]&0x40 == 0
	}
	text := strings.Trim(string(b), " \x00")
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(text, 8, 62)
	return int64(n), err == nil
}

// ReadTar reads the headers of a tar file: those of ustar, of pax and of GNU. It
// gives ErrFormat when the first is none, LimitError when there are too many.
func ReadTar(r io.ReaderAt, size int64, most ListingLimits) (*Listing, error) {
	t := &tarReader{lister: lister{file: window{r: r, size: size}, limits: most}, global: map[string]string{}}
	head, err := t.file.at(0, tarBlock)
	if err != nil {
		return nil, err
	}
	if !IsTar(head) {
		return nil, ErrFormat
	}
	if err := t.readAll(); err != nil {
		return nil, err
	}
	t.compare()
	return &t.out, nil
}

// tarReader reads the headers one behind the other.
type tarReader struct {
	lister
	pieces int
	global map[string]string // of pax, for all members that follow
	next   map[string]string // for the next one
}

// readAll reads headers up to the two blocks of zeros that end a tar file. What
// stands behind them is a gap: programs that are told to go on see it.
func (t *tarReader) readAll() error {
	for at := int64(0); at < t.file.size; {
		b, err := t.file.at(at, tarBlock)
		if err != nil {
			return err
		}
		if b == nil || !checksum(b) || b[0] == 0 && len(bytes.Trim(b, "\x00")) == 0 {
			t.rest(at)
			return nil
		}
		if at, err = t.header(at, b); err != nil {
			return err
		}
	}
	return nil
}

// header reads a header and says where the next begins.
func (t *tarReader) header(at int64, b []byte) (int64, error) {
	size, ok := octal(b[124:136])
	data := at + tarBlock
	if !ok || size > t.file.size-data {
		t.odd(RuleSizes, at, field0(b[:100]), "its length is none, or leads behind the end of the file")
		size = max(0, t.file.size-data)
	}
	next := data + (size+tarBlock-1)/tarBlock*tarBlock
	switch b[156] {
	case 'x', 'X', 'g':
		return next, t.pax(b[156] == 'g', data, size)
	case 'L', 'K':
		return next, t.long(b[156] == 'L', data, size)
	}
	e := Entry{Name: tarName(b), Link: field0(b[157:257]), Kind: Kind(b[156]), Header: at, Data: Range{data, data + size}, Size: size}
	if e.Kind == 0 {
		e.Kind = File
	}
	t.extend(&e, size)
	if e.Kind >= HardLink && e.Kind <= Pipe {
		// Few programs read the bytes of a link, and some take them for headers.
		if e.Data.Len() > 0 && e.Kind != HardLink {
			t.odd(RuleSizes, at, e.Name, "a member that is no file has %d bytes: programs differ in whether they pass over them", e.Data.Len())
		}
	}
	end := e.Data.To
	if e.Kind == 'S' {
		var err error
		if end, err = t.oldSparse(&e, b); err != nil {
			return 0, err
		}
	}
	if err := t.sparse(&e); err != nil {
		return 0, err
	}
	t.next = nil
	if err := t.keep(e); err != nil {
		return 0, err
	}
	return data + (end-data+tarBlock-1)/tarBlock*tarBlock, nil
}

// extend applies the extended headers that came before.
func (t *tarReader) extend(e *Entry, size int64) {
	for key, to := range map[string]*string{"path": &e.Name, "linkpath": &e.Link, "GNU.sparse.name": &e.Name} {
		if v, ok := t.extended(key); ok && (key != "path" || t.next["GNU.sparse.name"] == "") {
			*to = v
		}
	}
	v, ok := t.extended("size")
	if !ok {
		return
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 || n > t.file.size-e.Data.From {
		t.odd(RuleSizes, e.Header, e.Name, "the extended header's length %q is none, or leads behind the end of the file", v)
		return
	}
	const most = 1<<33 - 1 // what the digits of a header can say
	if size != 0 && size != n && n <= most {
		t.odd(RuleSizes, e.Header, e.Name, "%d bytes long says the extended header, %d says the header", n, size)
	}
	e.Data.To, e.Size = e.Data.From+n, n
}

func (t *tarReader) extended(key string) (string, bool) {
	if v, ok := t.next[key]; ok {
		return v, true
	}
	v, ok := t.global[key]
	return v, ok
}
