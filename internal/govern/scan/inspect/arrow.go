package inspect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/arrow"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleArrowExtension is of a type whose description pyarrow unpickles.
const RuleArrowExtension = "arrow-extension"

// arrowPickled is the name of that type in a schema.
const arrowPickled = "arrow.py_extension_type"

const (
	parquetMark, arrowMark = "PAR1", "ARROW1"
	// mostSchema is the longest description of columns that is held.
	mostSchema = 16 << 20
)

func looksParquet(s *Source) bool {
	return s.Starts(parquetMark) && s.Size >= 12 && ends(s, parquetMark)
}

// readParquet reads what a table says of itself; its columns are data.
func readParquet(v *visit, s *Source) Reading {
	out := Reading{Format: "parquet", Coverage: all(s.Size, true)}
	footer, at, err := tail(s, 4)
	if err != nil {
		out.incomplete(pickle.Inconclusive, err.Error())
		return out
	}
	pairs, err := arrow.Metadata(footer)
	for _, p := range pairs {
		if p.Key == arrow.SchemaKey {
			v.arrowSchema(&out, s, arrow.Decoded(p.Value), at+int64(p.Offset))
		}
	}
	if err != nil {
		out.incomplete(pickle.Inconclusive, err.Error())
	}
	out.Coverage = cover(s.Size, []Coverage{out.Coverage, {Parsed: []Range{{From: at, To: s.Size}}}})
	return out
}

func looksArrow(s *Source) bool {
	return s.Starts(arrowMark+"\x00\x00") && s.Size > 22 && ends(s, arrowMark)
}

// readArrow reads both descriptions of the columns of a file: its readers take the
// footer, those of streams the first message.
func readArrow(v *visit, s *Source) Reading {
	out := Reading{Format: "arrow", Coverage: all(s.Size, true)}
	footer, at, err := tail(s, int64(len(arrowMark)))
	if err != nil {
		out.incomplete(pickle.Inconclusive, err.Error())
		return out
	}
	v.arrowSchema(&out, s, footer, at)
	parsed := []Range{{From: at, To: s.Size}}
	head, from := s.Head[8:], int64(12)
	if len(head) >= 8 && binary.LittleEndian.Uint32(head) == 1<<32-1 {
		head, from = head[4:], 16
	}
	if len(head) >= 4 {
		if size := int64(binary.LittleEndian.Uint32(head)); size > 0 && size <= min(mostSchema, s.Size-from) {
			b := make([]byte, size)
			if n, _ := s.Bytes.ReadAt(b, from); int64(n) == size && !bytes.Contains(footer, []byte(arrowPickled)) {
				v.arrowSchema(&out, s, b, from)
			}
			parsed = append(parsed, Range{From: 0, To: from + size})
		}
	}
	out.Coverage = cover(s.Size, []Coverage{out.Coverage, {Parsed: parsed}})
	return out
}

// tail is the description at the end of a file: its length stands behind it, and then
// the mark.
func tail(s *Source, mark int64) (b []byte, at int64, err error) {
	length := make([]byte, 4)
	if n, err := s.Bytes.ReadAt(length, s.Size-mark-4); n < len(length) {
		return nil, 0, err
	}
	size := int64(binary.LittleEndian.Uint32(length))
	if at = s.Size - mark - 4 - size; at < mark || size > mostSchema {
		return nil, 0, fmt.Errorf("a description of %d bytes at the end does not lie in the file, or is longer than %d bytes", size, mostSchema)
	}
	b = make([]byte, size)
	if n, err := s.Bytes.ReadAt(b, at); int64(n) < size {
		return nil, 0, err
	}
	return b, at, nil
}

// arrowSchema judges a description of columns. Of one with the type that is unpickled
// each text is looked at.
func (v *visit) arrowSchema(out *Reading, s *Source, schema []byte, at int64) {
	if !bytes.Contains(schema, []byte(arrowPickled)) {
		return
	}
	f := against(s, RuleArrowExtension, pickle.Medium, at, "a column is of the type "+arrowPickled+", whose description pyarrow before 14.0.1 unpickles when it reads the file (CVE-2023-47248), and later ones when they are told to")
	out.Findings = append(out.Findings, f)
	arrow.Strings(schema, func(from, size int) {
		text := schema[from : from+size]
		v.value(out, s, fmt.Sprintf("schema@%d:%d", at, from), io.NewSectionReader(pickle.Memory(text), 0, int64(size)))
	})
}
