package lake

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// A segment is a Parquet file with flat columns that may all be without a
// value, packed with zstd. parquet-go orders columns by name.

// nodes are the Parquet types of columns.
func nodes(columns []Column) (*parquet.Schema, []int) {
	group := parquet.Group{}
	for _, c := range columns {
		var n parquet.Node
		switch c.Kind {
		case Bool:
			n = parquet.Leaf(parquet.BooleanType)
		case Int:
			n = parquet.Int(64)
		case Float:
			n = parquet.Leaf(parquet.DoubleType)
		case Text:
			// As they are: what lengths' differences save zstd saves as well, and they
			// are what CheckParquet is wary of.
			n = parquet.Encoded(parquet.String(), &parquet.Plain)
		default:
			n = parquet.Encoded(parquet.Leaf(parquet.ByteArrayType), &parquet.Plain)
		}
		group[c.Name] = parquet.Compressed(parquet.Optional(n), &parquet.Zstd)
	}
	names := slices.Sorted(maps.Keys(group))
	places := make([]int, len(columns))
	for i, c := range columns {
		places[i], _ = slices.BinarySearch(names, c.Name)
	}
	return parquet.NewSchema("segment", group), places
}

// rowsAtOnce is how many rows are made before they are written.
const rowsAtOnce = 1024

// segment writes rows to a Parquet file.
type segment struct {
	w       *parquet.GenericWriter[any]
	columns []Column
	places  []int // of columns among the file's
	rows    []parquet.Row
	n       int
	total   int64
}

func newSegment(w io.Writer, columns []Column) *segment {
	schema, places := nodes(columns)
	s := &segment{w: parquet.NewGenericWriter[any](w, schema), columns: columns, places: places, rows: make([]parquet.Row, rowsAtOnce)}
	for i := range s.rows {
		s.rows[i] = make(parquet.Row, len(columns))
	}
	return s
}

// row is the next row, with no value anywhere.
func (s *segment) row() (parquet.Row, error) {
	if s.n == len(s.rows) {
		if err := s.flush(); err != nil {
			return nil, err
		}
	}
	r := s.rows[s.n]
	for i := range r {
		r[i] = parquet.NullValue().Level(0, 0, i)
	}
	s.n++
	s.total++
	return r, nil
}

func (s *segment) flush() error {
	if s.n == 0 {
		return nil
	}
	_, err := s.w.WriteRows(s.rows[:s.n])
	s.n = 0
	return err
}

// close ends the file.
func (s *segment) close() error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.w.Close()
}

// add writes the rows of b that pick says, all where it is nil.
func (s *segment) add(b *Batch, pick []int) error {
	at := make([]int, len(b.Columns))
	for i, c := range b.Columns {
		j := slices.IndexFunc(s.columns, func(o Column) bool { return o.Name == c.Name && o.Kind == c.Kind })
		if j < 0 {
			return fmt.Errorf("lake: the segment has no column %q of %s", c.Name, c.Kind)
		}
		at[i] = s.places[j]
	}
	one := func(row int) error {
		r, err := s.row()
		if err != nil {
			return err
		}
		for i := range b.Vectors {
			if v := &b.Vectors[i]; !v.Null(row) {
				r[at[i]] = value(v, row).Level(0, 1, at[i])
			}
		}
		return nil
	}
	if pick == nil {
		for row := range b.Rows {
			if err := one(row); err != nil {
				return err
			}
		}
		return nil
	}
	for _, row := range pick {
		if err := one(row); err != nil {
			return err
		}
	}
	return nil
}

func value(v *Vector, row int) parquet.Value {
	switch v.Kind {
	case Bool:
		return parquet.BooleanValue(v.Bools[row])
	case Int:
		return parquet.Int64Value(v.Ints[row])
	case Float:
		return parquet.DoubleValue(v.Floats[row])
	}
	return parquet.ByteArrayValue([]byte(v.Texts[row]))
}

// columnsOf are the columns of a segment.
func columnsOf(f *parquet.File) ([]Column, error) {
	var all []Column
	for _, field := range f.Schema().Fields() {
		c := Column{Name: field.Name()}
		if !field.Leaf() {
			return nil, fmt.Errorf("lake: the segment's column %q is nested", c.Name)
		}
		switch field.Type().Kind() {
		case parquet.Boolean:
			c.Kind = Bool
		case parquet.Int64:
			c.Kind = Int
		case parquet.Double:
			c.Kind = Float
		case parquet.ByteArray:
			c.Kind = Bytes
			if field.Type().String() == parquet.String().Type().String() {
				c.Kind = Text
			}
		default:
			return nil, fmt.Errorf("lake: the segment's column %q is a %s", c.Name, field.Type())
		}
		all = append(all, c)
	}
	return all, nil
}

// openSegment opens a segment's file.
func openSegment(path string, options ...parquet.FileOption) (*os.File, *parquet.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil {
		var p *parquet.File
		if p, err = parquet.OpenFile(file, info.Size(), options...); err == nil {
			return file, p, nil
		}
	}
	_ = file.Close()
	return nil, nil, fmt.Errorf("lake: %s: %w", path, err)
}

// merge writes the rows of segments, in order, as one. It gives how many.
func merge(w io.Writer, paths []string) (int64, error) {
	var columns []Column
	for _, path := range paths {
		file, p, err := openSegment(path)
		if err != nil {
			return 0, err
		}
		more, err := columnsOf(p)
		_ = file.Close()
		if err != nil {
			return 0, err
		}
		for _, c := range more {
			if !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	}
	s := newSegment(w, columns)
	for _, path := range paths {
		if err := s.copy(path); err != nil {
			return 0, fmt.Errorf("lake: %s: %w", path, err)
		}
	}
	return s.total, s.close()
}

// copy writes the rows of another segment.
func (s *segment) copy(path string) error {
	file, p, err := openSegment(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	theirs, err := columnsOf(p)
	if err != nil {
		return err
	}
	at := make([]int, len(theirs))
	for i, c := range theirs {
		at[i] = s.places[slices.Index(s.columns, c)]
	}
	for _, g := range p.RowGroups() {
		rows := g.Rows()
		buffer := make([]parquet.Row, rowsAtOnce)
		for {
			n, err := rows.ReadRows(buffer)
			for _, from := range buffer[:n] {
				to, e := s.row()
				if e != nil {
					_ = rows.Close()
					return e
				}
				for _, v := range from {
					if !v.IsNull() {
						to[at[v.Column()]] = v.Clone().Level(0, 1, at[v.Column()])
					}
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				_ = rows.Close()
				return err
			}
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}
