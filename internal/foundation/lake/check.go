package lake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// CheckParquet refuses a file whose pages do not lie where they are said to, and
// one whose texts are written as differences of lengths or of prefixes and do
// not add up: DuckDB 1.5.6 reads beyond its memory at such and the process ends.
// It reads the heads of all pages, and of those texts all.
func CheckParquet(path string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = broken(path, fmt.Errorf("%v", r))
		}
	}()
	file, p, err := openSegment(path, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return broken(path, err)
	}
	defer func() { _ = file.Close() }()
	for g, group := range p.Metadata().RowGroups {
		if group.NumRows == 0 && !slices.ContainsFunc(group.Columns, func(c format.ColumnChunk) bool { return c.MetaData.NumValues != 0 }) {
			continue // a table without rows: where its pages would lie is 0
		}
		for c := range group.Columns {
			m := &group.Columns[c].MetaData
			differences, err := pages(file, p.Size(), m)
			if err == nil && (differences || slices.ContainsFunc(m.Encoding, ofDifferences)) {
				err = decode(p.RowGroups()[g].ColumnChunks()[c])
			}
			if err != nil {
				return broken(path, fmt.Errorf("row group %d, column %d: %w", g+1, c+1, err))
			}
		}
	}
	return nil
}

// broken says that a file is.
func broken(path string, cause error) error {
	return fault.Because(cause, fault.Invalid, "The file %s is broken: %v", path, cause)
}

func ofDifferences(e format.Encoding) bool {
	return e == format.DeltaLengthByteArray || e == format.DeltaByteArray
}

var errPages = errors.New("its pages do not lie where they are said to")

// counted counts what is read of it.
type counted struct {
	in *bufio.Reader
	n  int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.n += int64(n)
	return n, err
}

func (c *counted) ReadByte() (byte, error) {
	b, err := c.in.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// maxHead is the most that the head of a page may have, in bytes.
const maxHead = 16 << 20

// pages walks the heads of a column's pages and reports whether one of them has
// differences.
func pages(file io.ReaderAt, size int64, m *format.ColumnMetaData) (differences bool, err error) {
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	end := at + m.TotalCompressedSize
	if at < 4 || m.TotalCompressedSize < 0 || end > size || m.NumValues < 0 {
		return false, errPages
	}
	values := int64(0)
	for at < end && values < m.NumValues {
		in := &counted{in: bufio.NewReaderSize(io.NewSectionReader(file, at, min(end-at, maxHead)), 4096)}
		var head format.PageHeader
		if err := thrift.NewDecoder((&thrift.CompactProtocol{}).NewReader(in)).Decode(&head); err != nil {
			return false, err
		}
		if head.CompressedPageSize < 0 || head.UncompressedPageSize < 0 || at+in.n+int64(head.CompressedPageSize) > end {
			return false, errPages
		}
		at += in.n + int64(head.CompressedPageSize)
		encoding, n := format.Plain, int32(0)
		switch {
		case head.DataPageHeader.Valid:
			encoding, n = head.DataPageHeader.V.Encoding, head.DataPageHeader.V.NumValues
		case head.DataPageHeaderV2.Valid:
			encoding, n = head.DataPageHeaderV2.V.Encoding, head.DataPageHeaderV2.V.NumValues
		}
		if n < 0 {
			return false, errPages
		}
		values += int64(n)
		differences = differences || ofDifferences(encoding)
	}
	if values != m.NumValues {
		return false, errPages
	}
	return differences, nil
}

// decode reads all values of a column.
func decode(c parquet.ColumnChunk) error {
	all := c.Pages()
	defer func() { _ = all.Close() }()
	buffer := make([]parquet.Value, rowsAtOnce)
	for {
		page, err := all.ReadPage()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for values := page.Values(); err == nil; {
			_, err = values.ReadValues(buffer)
		}
		parquet.Release(page)
		if err != io.EOF {
			return err
		}
	}
}
