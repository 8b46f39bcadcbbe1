package lake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
)

// OtherEnd is the first row of a CSV file whose end is written otherwise than
// that of row 1 (\n, \r\n or \r), 0 when there is none.
func OtherEnd(r io.Reader, p Packing) (int64, error) {
	u, err := unpack(r, p)
	if err != nil {
		return 0, err
	}
	defer func() { _ = u.Close() }()
	in := bufio.NewReaderSize(u, 1<<16)
	quoted, line, first := false, int64(1), ""
	for {
		c, err := in.ReadByte()
		if err == io.EOF {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		end := string(c)
		switch {
		case c == '"':
			quoted = !quoted
			continue
		case quoted || c != '\n' && c != '\r':
			continue
		case c == '\r':
			if next, err := in.Peek(1); err == nil && next[0] == '\n' {
				end = "\r\n"
				_, _ = in.Discard(1)
			}
		}
		if first == "" {
			first = end
		} else if end != first {
			return line, nil
		}
		line++
	}
}

// MaxRow is the longest row of a CSV file that is read, in bytes.
const MaxRow = 2_000_000

// LongRow is the first row of a CSV file that has more than MaxRow bytes, 0 when there is
// none.
func LongRow(r io.Reader, p Packing) (int64, error) {
	u, err := unpack(r, p)
	if err != nil {
		return 0, err
	}
	defer func() { _ = u.Close() }()
	in := bufio.NewReaderSize(u, 1<<16)
	quoted, row, size := false, int64(1), 0
	for {
		c, err := in.ReadByte()
		if err == io.EOF {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		if c == '"' {
			quoted = !quoted
		}
		if size++; size > MaxRow {
			return row, nil
		}
		if !quoted && (c == '\n' || c == '\r') {
			size = 0
		}
		if !quoted && c == '\n' {
			row++
		}
	}
}

// LongEnd reports whether the last line of a file has more than MaxRow bytes; of one that
// is not packed and has less than two such lines it says no.
func LongEnd(r io.Reader, p Packing) (bool, error) {
	if file, ok := r.(io.Seeker); ok && p == Plain {
		if size, err := file.Seek(0, io.SeekEnd); err != nil || size <= 2*MaxRow {
			return false, err
		}
		if _, err := file.Seek(-MaxRow-2, io.SeekEnd); err != nil { // the end of a line may be two bytes
			return false, err
		}
	}
	u, err := unpack(r, p)
	if err != nil {
		return false, err
	}
	defer func() { _ = u.Close() }()
	buffer, size, ended := make([]byte, 1<<16), 0, false
	for {
		n, err := u.Read(buffer)
		for rest, more := buffer[:n], true; more; {
			line, end := rest, bytes.IndexAny(rest, "\r\n")
			if more = end >= 0; more {
				line, rest = rest[:end], rest[end+1:]
			}
			if len(line) > 0 {
				if ended {
					size = 0
				}
				size, ended = size+len(line), false
			}
			ended = ended || more
		}
		if err == io.EOF {
			return size > MaxRow, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// maxLine is the longest line that NoObject looks at, in bytes.
const maxLine = 64 << 20

// NoObject is the first line of a file of JSON lines that is no JSON, 0 when
// there is none.
func NoObject(r io.Reader, p Packing) (int64, error) {
	u, err := unpack(r, p)
	if err != nil {
		return 0, err
	}
	defer func() { _ = u.Close() }()
	lines := bufio.NewScanner(u)
	lines.Buffer(nil, maxLine)
	for n := int64(1); lines.Scan(); n++ {
		if b := lines.Bytes(); len(b) > 0 && !json.Valid(b) {
			return n, nil
		}
	}
	return 0, lines.Err()
}
