//go:build cgo

package duckdb

import (
	"strings"
	"unsafe"

	db "github.com/duckdb/duckdb-go-bindings"

	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// direct are the types that are read as they are, and what they are.
var direct = map[db.Type]lake.Kind{
	db.TypeBoolean: lake.Bool, db.TypeTinyInt: lake.Int, db.TypeSmallInt: lake.Int, db.TypeInteger: lake.Int, db.TypeBigInt: lake.Int,
	db.TypeUTinyInt: lake.Int, db.TypeUSmallInt: lake.Int, db.TypeUInteger: lake.Int, db.TypeFloat: lake.Float, db.TypeDouble: lake.Float,
	db.TypeVarchar: lake.Text, db.TypeBlob: lake.Bytes, db.TypeDate: lake.Date, db.TypeTimestamp: lake.Time, db.TypeTimestampS: lake.Time,
	db.TypeTimestampMS: lake.Time, db.TypeTimestampNS: lake.Time, db.TypeTimestampTZ: lake.Time, db.TypeSQLNull: lake.Text,
}

// types are the words for what is found in CSV files.
var types = map[lake.Kind]string{lake.Bool: "BOOLEAN", lake.Int: "BIGINT", lake.Float: "DOUBLE", lake.Date: "DATE", lake.Time: "TIMESTAMP", lake.Text: "VARCHAR"}

// kindOf is what a type is by DuckDB's word for it.
func kindOf(word string) lake.Kind {
	head, _, _ := strings.Cut(word, "(")
	switch {
	case strings.HasSuffix(word, "]"):
		return lake.JSON
	case strings.HasPrefix(head, "TIMESTAMP"):
		return lake.Time
	}
	switch head {
	case "BOOLEAN":
		return lake.Bool
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		return lake.Int
	case "FLOAT", "DOUBLE":
		return lake.Float
	case "UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM", "DECIMAL":
		return lake.Decimal
	case "BLOB":
		return lake.Bytes
	case "DATE":
		return lake.Date
	case "STRUCT", "MAP", "UNION", "JSON":
		return lake.JSON
	}
	return lake.Text
}

// batch copies a chunk, and says about how many bytes it has.
func batch(columns []lake.Column, chunk db.DataChunk) (*lake.Batch, int64) {
	n := int(db.DataChunkGetSize(chunk))
	b := &lake.Batch{Columns: columns, Vectors: make([]lake.Vector, len(columns)), Rows: n}
	size := int64(0)
	for c := range columns {
		v := db.DataChunkGetVector(chunk, db.IdxT(c))
		t := db.VectorGetColumnType(v)
		id := db.GetTypeId(t)
		db.DestroyLogicalType(&t)
		b.Vectors[c] = lake.Vector{Kind: columns[c].Kind, Nulls: nulls(v, n)}
		size += fill(&b.Vectors[c], id, db.VectorGetData(v), n)
	}
	return b, size
}

// nulls are the rows without a value.
func nulls(v db.Vector, n int) []bool {
	mask := (*uint64)(db.VectorGetValidity(v))
	if mask == nil {
		return nil
	}
	words := unsafe.Slice(mask, (n+63)/64)
	var all []bool
	for i := range n {
		if words[i/64]&(1<<(i%64)) == 0 {
			if all == nil {
				all = make([]bool, n)
			}
			all[i] = true
		}
	}
	return all
}

// fill copies the values of a vector.
func fill(v *lake.Vector, t db.Type, data unsafe.Pointer, n int) int64 {
	switch t {
	case db.TypeBoolean:
		v.Bools = append(make([]bool, 0, n), unsafe.Slice((*bool)(data), n)...)
		return int64(n)
	case db.TypeTinyInt:
		v.Ints = widen[int8](data, n)
	case db.TypeSmallInt:
		v.Ints = widen[int16](data, n)
	case db.TypeInteger, db.TypeDate:
		v.Ints = widen[int32](data, n)
	case db.TypeUTinyInt:
		v.Ints = widen[uint8](data, n)
	case db.TypeUSmallInt:
		v.Ints = widen[uint16](data, n)
	case db.TypeUInteger:
		v.Ints = widen[uint32](data, n)
	case db.TypeBigInt, db.TypeTimestamp, db.TypeTimestampTZ:
		v.Ints = widen[int64](data, n)
	case db.TypeTimestampS:
		v.Ints = scaled(widen[int64](data, n), 1_000_000, 1)
	case db.TypeTimestampMS:
		v.Ints = scaled(widen[int64](data, n), 1000, 1)
	case db.TypeTimestampNS:
		v.Ints = scaled(widen[int64](data, n), 1, 1000)
	case db.TypeFloat:
		v.Floats = make([]float64, n)
		for i, x := range unsafe.Slice((*float32)(data), n) {
			v.Floats[i] = float64(x)
		}
	case db.TypeDouble:
		v.Floats = append(make([]float64, 0, n), unsafe.Slice((*float64)(data), n)...)
	case db.TypeSQLNull:
		v.Texts = make([]string, n)
	default:
		return texts(v, data, n)
	}
	return int64(n) * 8
}

func widen[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](data unsafe.Pointer, n int) []int64 {
	all := make([]int64, n)
	for i, x := range unsafe.Slice((*T)(data), n) {
		all[i] = int64(x)
	}
	return all
}

// scaled makes microseconds, rounding down.
func scaled(all []int64, times, by int64) []int64 {
	for i, x := range all {
		q := x * times / by
		if x*times%by < 0 {
			q--
		}
		all[i] = q
	}
	return all
}

// str is duckdb_string_t: up to 12 bytes lie in it, more elsewhere.
type str struct {
	length uint32
	prefix [4]byte
	where  uintptr
}

const inlined = 12

// texts copies strings into one piece of memory; where there is no value the
// bytes mean nothing and are not looked at.
func texts(v *lake.Vector, data unsafe.Pointer, n int) int64 {
	all := unsafe.Slice((*str)(data), n)
	size := 0
	for i := range all {
		if !v.Null(i) {
			size += int(all[i].length)
		}
	}
	whole := make([]byte, 0, size)
	v.Texts = make([]string, n)
	for i := range all {
		if v.Null(i) {
			continue
		}
		s := &all[i]
		from := (*byte)(unsafe.Pointer(&s.prefix))
		if s.length > inlined {
			from = *(**byte)(unsafe.Pointer(&s.where))
		}
		start := len(whole)
		whole = append(whole, unsafe.Slice(from, s.length)...)
		v.Texts[i] = unsafe.String(unsafe.SliceData(whole[start:]), len(whole)-start)
	}
	return int64(size) + int64(n)*8
}
