package lake

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// TableAt is the source that a file is, by the name that people know it by where that
// says so, else by its bytes; false where it is none.
func TableAt(path, name string) (Source, bool) {
	source := Source{Path: path, Format: FormatNamed(name)}
	if source.Format != "" {
		return source, true
	}
	format, _, head, err := Look(source)
	if err != nil || format != Parquet && !IsTable(format, head) {
		return Source{}, false // what nobody can look into is no table
	}
	source.Format = format
	return source, true
}

// IsTable reports whether bytes of which no name says what they are look like rows: two
// at least, of at least two columns and all of as many in CSV, objects in JSON lines.
// head is how the file begins, as Look gives it.
func IsTable(f Format, head []byte) bool {
	whole := len(head) < headBytes
	if bytes.IndexByte(head, 0) >= 0 || !isText(head, whole) {
		return false
	}
	switch f {
	case CSV:
		l, names, err := Sniff(head)
		if err != nil || len(names) < 2 {
			return false
		}
		rows := records(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), l.Delimiter, whole)
		for _, row := range rows {
			if len(row) != len(names) {
				return false
			}
		}
		return len(rows) > 1
	case JSONLines:
		first, rest, _ := bytes.Cut(head, []byte{'\n'})
		second, _, more := bytes.Cut(rest, []byte{'\n'})
		return isObject(first) && (isObject(second) || !more && !whole && len(second) > 0 && second[0] == '{')
	}
	return f == Parquet
}

// isText reports whether bytes are UTF-8; the last character may be cut where they are
// not all.
func isText(head []byte, whole bool) bool {
	if whole {
		return utf8.Valid(head)
	}
	for cut := range utf8.UTFMax {
		if len(head) >= cut && utf8.Valid(head[:len(head)-cut]) {
			return true
		}
	}
	return false
}

func isObject(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 0 && line[0] == '{' && json.Valid(line)
}
