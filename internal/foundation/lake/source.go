package lake

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Format is how a file has its rows.
type Format string

// The formats.
const (
	CSV       Format = "csv" // what is separated by one character, packed by gzip or zstd or not at all
	Parquet   Format = "parquet"
	JSONLines Format = "jsonl" // an object a line, packed or not
)

// Packing is what a CSV or JSON file is compressed with.
type Packing string

// The packings.
const (
	Plain Packing = "none"
	Gzip  Packing = "gzip"
	Zstd  Packing = "zstd"
)

// Source is what a query reads: a file or a table.
type Source struct {
	Path   string // of a local file
	Format Format // "" is found out by the file's beginning, and by its name

	// Layout and Columns as Describe gave them. Without them every query finds them
	// out anew, which reads all of a CSV file, and checks a Parquet file. They are
	// of these very bytes.
	Layout  *Layout
	Columns []Column

	// Table names a table instead of a file.
	Table *Table
	// Since and Until bound, for a table, the days whose rows are read: from Since
	// on and before Until, as 2026-11-27. "" has no bound.
	Since, Until string

	// Files are where the rows of a table lie, in order; filled in by Store.
	Files []string
}

// Layout is how a CSV file is written.
type Layout struct {
	Delimiter byte // , ; tab or |
	Header    bool // the first row is names
	Packing   Packing
}

// Description is what a source holds.
type Description struct {
	Format  Format
	Layout  *Layout // of a CSV file
	Packing Packing
	Columns []Column
	Rows    int64
	Bytes   int64 // of the file as it lies
}

// Source is the described file, so that it need not be described again.
func (d Description) Source(path string) Source {
	return Source{Path: path, Format: d.Format, Layout: d.Layout, Columns: d.Columns}
}

// headBytes of a file are looked at to say what it is.
const headBytes = 1 << 20

// Look opens a file and says its format, its packing and how it begins, unpacked.
func Look(s Source) (Format, Packing, []byte, error) {
	file, err := os.Open(s.Path)
	if err != nil {
		kind := fault.Invalid
		if os.IsNotExist(err) {
			kind = fault.NotFound
		}
		return "", "", nil, fault.Because(err, kind, "The file %s cannot be read.", s.Path)
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", "", nil, fault.New(fault.Invalid, "%s is no file.", s.Path)
	}
	var start [4]byte
	n, _ := io.ReadFull(file, start[:])
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", "", nil, err
	}
	if s.Format == Parquet || s.Format == "" && n == 4 && string(start[:]) == "PAR1" {
		return Parquet, Plain, nil, nil
	}
	packing := packingOf(start[:n])
	head, err := unpackedHead(file, packing)
	if err != nil {
		return "", "", nil, fault.Because(err, fault.Invalid, "The file %s says that it is packed with %s, and cannot be unpacked.", s.Path, packing)
	}
	format := s.Format
	if format == "" {
		format = formatOf(s.Path, head)
	}
	if format == Parquet {
		return Parquet, Plain, nil, nil // and broken, having no mark at its beginning
	}
	if format != CSV && format != JSONLines {
		return "", "", nil, fault.New(fault.Unsupported, "Files of the format %q are not read.", format)
	}
	return format, packing, head, nil
}

func packingOf(start []byte) Packing {
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return Gzip
	case bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return Zstd
	}
	return Plain
}

// FormatNamed is the format that a file's name says it has, "" where it says none:
// what ends in .txt or .json may be rows, and may be something else.
func FormatNamed(path string) Format {
	switch extension(path) {
	case ".csv", ".tsv", ".tab":
		return CSV
	case ".jsonl", ".ndjson":
		return JSONLines
	case ".parquet", ".pq":
		return Parquet
	}
	return ""
}

// extension is that of a name, without what says how it is packed.
func extension(path string) string {
	name := strings.ToLower(filepath.Base(path))
	for _, end := range []string{".gz", ".gzip", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, end)
	}
	return filepath.Ext(name)
}

// formatOf goes by the name where it says something, and else by the first
// character.
func formatOf(path string, head []byte) Format {
	if f := FormatNamed(path); f != "" {
		return f
	}
	switch extension(path) {
	case ".txt", ".data":
		return CSV
	case ".json":
		return JSONLines
	}
	if bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")) {
		return JSONLines
	}
	return CSV
}
