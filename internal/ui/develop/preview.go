package develop

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// What a preview shows at most.
const (
	previewBytes = 256 << 10
	previewRows  = 200
	previewCells = 60
	previewDepth = 100 // of objects and lists in each other that are indented
)

// preview is the beginning of a file as a reader can see it.
type preview struct {
	Name  string
	Size  int64
	Image bool
	Head  []string   // of a table
	Table [][]string // nil when it is none
	Text  string
	Why   string // why nothing is shown, or that it is not all
}

// preview reads the beginning of a file. A file that is not there is fault.NotFound.
func (p *Pages) preview(ctx context.Context, at, name string) (*preview, error) {
	content, info, err := p.Artifacts.Open(ctx, at, blobs.Range{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	return previewOf(content, info.Size, name)
}

// previewOf reads the beginning of a file of so many bytes.
func previewOf(content io.Reader, size int64, name string) (*preview, error) {
	v := &preview{Name: path.Base(name), Size: size}
	if imageKind(name) != "" {
		v.Image = true
		return v, nil
	}
	start, err := io.ReadAll(io.LimitReader(content, previewBytes))
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "%s cannot be read now.", name)
	}
	whole := int64(len(start)) == size
	if !isText(start, whole) {
		v.Why = "This is no text. Download it to open it."
		return v, nil
	}
	if !whole {
		start = beginning(start)
		v.Why = fmt.Sprintf("The first %s of %s.", format.Bytes(int64(len(start))), format.Bytes(size))
	}
	v.read(start, whole)
	return v, nil
}

// read chooses how text is shown.
func (v *preview) read(start []byte, whole bool) {
	switch strings.ToLower(path.Ext(v.Name)) {
	case ".csv", ".tsv":
		if v.table(start) {
			return
		}
	case ".json":
		if whole && v.columns(start) {
			return
		}
		var pretty bytes.Buffer
		if whole && indentable(start) && json.Indent(&pretty, start, "", "  ") == nil {
			v.Text = pretty.String()
			return
		}
	}
	v.Text = string(start)
	if v.Text == "" && v.Size == 0 {
		v.Why = "This file is empty."
	}
}

// table reads comma- or tab-separated rows; false when the text is none.
func (v *preview) table(start []byte) bool {
	r := csv.NewReader(bytes.NewReader(start))
	if strings.EqualFold(path.Ext(v.Name), ".tsv") {
		r.Comma = '\t'
	}
	r.FieldsPerRecord = -1
	widest := 0
	for len(v.Table) < previewRows {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			v.Head, v.Table = nil, nil
			return false
		}
		widest = max(widest, len(row))
		row = row[:min(len(row), previewCells)]
		if v.Head == nil {
			v.Head = row
			continue
		}
		v.Table = append(v.Table, row)
	}
	if len(v.Table) == previewRows {
		v.Why = fmt.Sprintf("The first %d rows.", previewRows)
	}
	v.cells(widest)
	return v.Head != nil
}

// columns reads a table that is written as JSON with its columns' names and its
// rows, as mlflow.log_table does; false when the JSON is something else.
func (v *preview) columns(start []byte) bool {
	var table struct {
		Columns []string
		Data    [][]any
	}
	decoder := json.NewDecoder(bytes.NewReader(start))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if decoder.Decode(&table) != nil || len(table.Columns) == 0 || decoder.More() {
		return false
	}
	v.Head = table.Columns[:min(len(table.Columns), previewCells)]
	widest := len(table.Columns)
	for _, row := range table.Data[:min(len(table.Data), previewRows)] {
		widest = max(widest, len(row))
		cells := make([]string, 0, len(v.Head))
		for _, cell := range row[:min(len(row), previewCells)] {
			text := format.None
			if cell != nil {
				text = fmt.Sprint(cell)
			}
			cells = append(cells, text)
		}
		v.Table = append(v.Table, cells)
	}
	if len(table.Data) > previewRows {
		v.Why = fmt.Sprintf("The first %d of %s rows.", previewRows, format.Count(int64(len(table.Data))))
	}
	v.cells(widest)
	return true
}

// cells adds to the note how many columns of the widest row are shown.
func (v *preview) cells(widest int) {
	if widest > previewCells {
		v.Why = strings.TrimSpace(fmt.Sprintf("%s The first %d of %s columns.", v.Why, previewCells, format.Count(int64(widest))))
	}
}

// indentable reports whether JSON is shallow enough, and short enough when it is
// indented, to be shown so. The white space of a line grows with its depth, so
// that a small file may be thousands of times as long: it is counted before any
// is written.
func indentable(content []byte) bool {
	depth, size, quoted := 0, len(content), false
	for i := 0; i < len(content); i++ {
		switch c := content[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			size += 1 + 2*depth
		case c == '}' || c == ']':
			depth--
			size += 1 + 2*max(depth, 0)
		case c == ',':
			size += 1 + 2*max(depth, 0)
		case c == ':':
			size++
		}
		if depth > previewDepth || size > 4*previewBytes {
			return false
		}
	}
	return true
}

// isText reports whether bytes are text in UTF-8. The last rune may be cut
// where the bytes are not the whole file.
func isText(b []byte, whole bool) bool {
	if !whole {
		b = runes(b)
	}
	return bytes.IndexByte(b, 0) < 0 && utf8.Valid(b)
}

// runes is b without the rune at its end that is cut.
func runes(b []byte) []byte {
	for i := len(b) - 1; i >= max(len(b)-utf8.UTFMax, 0); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i]
			}
			break
		}
	}
	return b
}

// beginning ends the first bytes of a text behind a line, or behind a rune where
// that would leave most of them out: some formats are a single line.
func beginning(b []byte) []byte {
	if n := bytes.LastIndexByte(b, '\n') + 1; n >= len(b)/2 {
		return b[:n]
	}
	return runes(b)
}

// imageKind is the media type of an image that may be shown, by its name.
func imageKind(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".svg":
		return "image/svg+xml"
	}
	return ""
}
