package lake

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// window is the most that a zstd frame may ask of memory.
const window = 128 << 20

// unpack reads r as it was before it was packed.
func unpack(r io.Reader, p Packing) (io.ReadCloser, error) {
	switch p {
	case Gzip:
		return gzip.NewReader(r)
	case Zstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return io.NopCloser(r), nil
}

// unpackedHead is how r begins. That it breaks off later is the engine's to say.
func unpackedHead(r io.Reader, p Packing) ([]byte, error) {
	u, err := unpack(r, p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = u.Close() }()
	var head bytes.Buffer
	if _, err := io.CopyN(&head, u, headBytes); err != nil && err != io.EOF && head.Len() == 0 {
		return nil, err
	}
	return head.Bytes(), nil
}

// maxColumns and maxName bound what a CSV file's first row may be.
const (
	maxColumns = 10_000
	maxName    = 10_000
)

// Sniff says how a CSV file is written and what its columns are called, by its
// first headBytes: of the delimiters the one by which most rows have as many
// columns as the first. The first row is names, unless a number stands where
// the next rows have one. Names that repeat or are empty are made different.
// The same bytes give the same answer. no columns means an empty file.
func Sniff(head []byte) (Layout, []string, error) {
	whole := len(head) < headBytes
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return Layout{}, nil, fault.New(fault.Invalid, "It is written in UTF-16; a CSV file must be UTF-8.")
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return Layout{Delimiter: ',', Header: true}, nil, nil
	}
	best, rows, weight := byte(','), [][]string(nil), -1
	for _, d := range []byte(",\t;|") {
		r := records(head, d, whole)
		if len(r) == 0 {
			continue
		}
		// Rows that agree count, and that they have columns counts more than all.
		agree, all := agreeing(r)
		w := agree * 1000 / all
		if len(r[0]) > 1 {
			w += 500
		}
		if w > weight {
			best, rows, weight = d, r, w
		}
	}
	if rows == nil {
		return Layout{}, nil, fault.New(fault.Invalid, "Row 1 does not end within %d bytes.", headBytes)
	}
	if err := ragged(head, whole, rows); err != nil {
		return Layout{}, nil, err
	}
	if len(rows[0]) > maxColumns {
		return Layout{}, nil, fault.New(fault.Limit, "Row 1 has %d columns; %d are read.", len(rows[0]), maxColumns)
	}
	l := Layout{Delimiter: best, Header: !numbersBegin(rows)}
	names, err := columnNames(rows[0], l.Header)
	return l, names, err
}

// agreeing is how many rows have as many columns as the first, of how many that are not
// empty.
func agreeing(rows [][]string) (agree, all int) {
	for i, row := range rows {
		if i > 0 && blank(row) {
			continue
		}
		all++
		if len(row) == len(rows[0]) {
			agree++
		}
	}
	return agree, all
}

func blank(row []string) bool { return len(row) == 1 && strings.TrimSpace(row[0]) == "" }

// ragged refuses a file that would be taken for one of a single column, since its rows
// have other numbers of columns than the first one: by a comma, which stands in one column
// within quotes alone, or by another delimiter that most rows have.
func ragged(head []byte, whole bool, best [][]string) error {
	if len(best[0]) > 1 {
		return nil
	}
	for _, d := range []byte(",\t;|") {
		rows := records(head, d, whole)
		if len(rows) < 2 || len(rows[0]) < 2 {
			continue
		}
		several, first, all := 0, 0, 0
		for i, row := range rows[1:] {
			if blank(row) {
				continue
			}
			all++
			if len(row) > 1 {
				several++
			}
			if first == 0 && len(row) != len(rows[0]) {
				first = i + 1
			}
		}
		if first > 0 && (d == ',' || several > all/2) {
			return fault.WithHint(fault.New(fault.Invalid, "Its rows are ragged: row 1 has %d columns, row %d has %d.", len(rows[0]), first+1, len(rows[first])),
				"Write all rows with as many columns as the first, and quote values that have the delimiter in them.")
		}
	}
	return nil
}

// records are the first rows of head, as RFC 4180 has them, at most a thousand.
func records(head []byte, delimiter byte, whole bool) [][]string {
	var all [][]string
	var row []string
	var field strings.Builder
	quoted, started := false, false
	for i := 0; i < len(head) && len(all) < 1000; i++ {
		c := head[i]
		switch {
		case quoted && c == '"':
			if i+1 < len(head) && head[i+1] == '"' {
				field.WriteByte('"')
				i++
			} else {
				quoted = false
			}
		case quoted:
			field.WriteByte(c)
		case c == '"' && field.Len() == 0:
			quoted = true
		case c == delimiter:
			row = append(row, field.String())
			field.Reset()
		case c == '\n' || c == '\r':
			if c == '\r' && i+1 < len(head) && head[i+1] == '\n' {
				i++
			}
			all = append(all, append(row, field.String()))
			row = nil
			field.Reset()
			started = false
			continue
		default:
			field.WriteByte(c)
		}
		started = true
	}
	if whole && started && len(all) < 1000 {
		all = append(all, append(row, field.String()))
	}
	return all
}

// numbersBegin reports whether the first row is no names: where the next rows
// have numbers it has numbers as well, and there is such a place.
func numbersBegin(rows [][]string) bool {
	some := false
	for i, first := range rows[0] {
		numeric := len(rows) > 1
		for _, row := range rows[1:min(len(rows), 10)] {
			numeric = numeric && i < len(row) && number(row[i])
		}
		if !numeric {
			continue
		}
		if !number(first) {
			return false
		}
		some = true
	}
	return some
}

func number(s string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return err == nil
}

// columnNames are the names of a first row, all different.
func columnNames(row []string, header bool) ([]string, error) {
	names := make([]string, len(row))
	taken := map[string]bool{}
	for i, name := range row {
		if !header || strings.TrimSpace(name) == "" {
			name = fmt.Sprintf("column%d", i)
		}
		if !utf8.ValidString(name) {
			return nil, fault.New(fault.Invalid, "Row 1 is not UTF-8.")
		}
		if len(name) > maxName || strings.ContainsRune(name, 0) {
			return nil, fault.New(fault.Invalid, "Row 1 has a name of more than %d bytes, or with a zero byte.", maxName)
		}
		// Engines tell names apart without regard to case.
		key := strings.ToLower(name)
		for n := 1; taken[key]; n++ {
			names[i] = fmt.Sprintf("%s_%d", name, n)
			key = strings.ToLower(names[i])
		}
		if names[i] == "" {
			names[i] = name
		}
		taken[key] = true
	}
	return names, nil
}
