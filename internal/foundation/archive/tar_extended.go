package archive

import (
	"bytes"
	"io"
	"maps"
	"strconv"
	"strings"
)

// field0 is a text of a header up to its first zero byte.
func field0(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}

// tarName is the name in a header, with the prefix of ustar.
func tarName(b []byte) string {
	name := field0(b[:100])
	if string(b[257:263]) == "ustar\x00" {
		if prefix := field0(b[345:500]); prefix != "" {
			return prefix + "/" + name
		}
	}
	return name
}

// pax reads an extended header: lines of a length, a key and a value.
func (t *tarReader) pax(global bool, at, size int64) error {
	if size > mostPax {
		return LimitError{"bytes of an extended header", mostPax}
	}
	text, err := t.file.at(at, int(size))
	if err != nil {
		return err
	}
	records := map[string]string{}
	var offsets []string // of sparse files in their first form, which repeats its keys
	for len(text) > 0 {
		digits, rest, ok := bytes.Cut(text, []byte(" "))
		n, err := strconv.Atoi(string(digits))
		if !ok || err != nil || n <= len(digits)+1 || n > len(text) || text[n-1] != '\n' {
			t.odd(RuleSizes, at, "", "an extended header is not as pax has them")
			break
		}
		key, value, _ := strings.Cut(string(rest[:n-len(digits)-2]), "=")
		if key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes" {
			offsets = append(offsets, value)
		}
		records[key] = value
		text = text[n:]
	}
	if len(offsets) > 0 {
		records["GNU.sparse.map"] = strings.Join(offsets, ",")
	}
	if global {
		maps.Copy(t.global, records)
		return nil
	}
	if t.next == nil {
		t.next = map[string]string{}
	}
	maps.Copy(t.next, records)
	return nil
}

// long reads GNU's header of a long name or link.
func (t *tarReader) long(name bool, at, size int64) error {
	if size > mostPax {
		return LimitError{"bytes of a name", mostPax}
	}
	text, err := t.file.at(at, int(size))
	if err != nil {
		return err
	}
	if t.next == nil {
		t.next = map[string]string{}
	}
	key := "linkpath"
	if name {
		key = "path"
	}
	t.next[key] = field0(text)
	return nil
}

// oldSparse reads the pieces of GNU's own sparse files: four in the header, and
// more in blocks behind it while one says so. It gives the end of the data.
func (t *tarReader) oldSparse(e *Entry, b []byte) (int64, error) {
	e.Kind = File
	var numbers []string
	take := func(b []byte, n int) {
		for i := range n {
			at, ok1 := octal(b[24*i : 24*i+12])
			size, ok2 := octal(b[24*i+12 : 24*i+24])
			if ok1 && ok2 && (at > 0 || size > 0) {
				numbers = append(numbers, strconv.FormatInt(at, 10), strconv.FormatInt(size, 10))
			}
		}
	}
	take(b[386:482], 4)
	from, size := e.Data.From, e.Data.Len()
	for more := b[482]; more == 1; from += tarBlock {
		next, err := t.file.at(from, tarBlock)
		if err != nil {
			return 0, err
		}
		if next == nil || len(numbers) > 2*t.limits.Pieces {
			break
		}
		take(next, 21)
		more = next[504]
	}
	e.Data = Range{from, min(from+size, t.file.size)}
	real, _ := octal(b[483:495])
	return e.Data.To, t.pieced(e, numbers, strconv.FormatInt(real, 10))
}

// sparse reads the pieces of a sparse file of pax: as a list in the extended
// header, or at the beginning of the data.
func (t *tarReader) sparse(e *Entry) error {
	real := t.next["GNU.sparse.realsize"]
	if real == "" {
		real = t.next["GNU.sparse.size"]
	}
	if list := t.next["GNU.sparse.map"]; list != "" {
		return t.pieced(e, strings.Split(list, ","), real)
	}
	if t.next["GNU.sparse.major"] != "1" {
		return nil
	}
	head, err := t.file.at(e.Data.From, int(min(mostPax, e.Data.Len())))
	if err != nil {
		return err
	}
	lines := strings.SplitN(string(head), "\n", 2)
	count, err := strconv.Atoi(lines[0])
	if err != nil || count < 0 || len(lines) < 2 || count > t.limits.Pieces {
		t.odd(RuleSizes, e.Header, e.Name, "the list of a sparse file's pieces is none")
		return nil
	}
	numbers := strings.SplitN(lines[1], "\n", 2*count+1)
	used := len(lines[0]) + 1
	for _, n := range numbers[:min(2*count, len(numbers))] {
		used += len(n) + 1
	}
	e.Data.From = min(e.Data.From+int64(used+tarBlock-1)/tarBlock*tarBlock, e.Data.To)
	return t.pieced(e, numbers[:min(2*count, len(numbers))], real)
}

// pieced makes pieces of pairs of a place and a length.
func (t *tarReader) pieced(e *Entry, numbers []string, real string) error {
	if t.pieces += len(numbers) / 2; t.pieces > t.limits.Pieces {
		return LimitError{"pieces of sparse files", int64(t.limits.Pieces)}
	}
	at, last := e.Data.From, int64(0)
	e.Pieces = []Piece{}
	for i := 0; i+1 < len(numbers); i += 2 {
		place, err1 := strconv.ParseInt(numbers[i], 10, 64)
		n, err2 := strconv.ParseInt(numbers[i+1], 10, 64)
		if err1 != nil || err2 != nil || place < last || n < 0 || n > e.Data.To-at || place > 1<<50 {
			t.odd(RuleSizes, e.Header, e.Name, "the pieces of a sparse file are not in order, or more than its bytes")
			break
		}
		e.Pieces = append(e.Pieces, Piece{At: place, Data: Range{at, at + n}})
		at, last = at+n, place+n
	}
	e.Size = last
	if n, err := strconv.ParseInt(real, 10, 64); err == nil && n > last && n < 1<<50 {
		e.Size = n
	}
	return nil
}

// Open gives the bytes of a member, with the holes of a sparse file as zeros.
func (e Entry) Open(r io.ReaderAt) (io.ReaderAt, int64) {
	if e.Pieces == nil {
		return io.NewSectionReader(r, e.Data.From, e.Data.Len()), e.Data.Len()
	}
	return sparseFile{r, e}, e.Size
}

type sparseFile struct {
	r io.ReaderAt
	e Entry
}

// ReadAt is of io.ReaderAt.
func (s sparseFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.e.Size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), s.e.Size-off))
	clear(p[:n])
	for _, piece := range s.e.Pieces {
		from, to := max(piece.At, off), min(piece.At+piece.Data.Len(), off+int64(n))
		if from >= to {
			continue
		}
		if got, err := s.r.ReadAt(p[from-off:to-off], piece.Data.From+from-piece.At); int64(got) < to-from {
			return 0, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
