package lake

import (
	"bufio"
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
