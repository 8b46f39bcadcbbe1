package structure

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// flat is a flatbuffer in a file. Every place that is asked for is compared with
// its size; the first that lies outside is kept in err, and everything is empty
// from then on.
type flat struct {
	r    io.ReaderAt
	base int64 // in the file
	size int64
	page []byte
	at   int64 // of the page, in the buffer
	err  error
}

const pageBytes = 64 << 10

func (f *flat) fail(offset int64, what string) {
	if f.err == nil {
		f.err = fmt.Errorf("%w: byte %d: %s", ErrNot, f.base+offset, what)
	}
}

// bytes are n ≤ 8 of them.
func (f *flat) bytes(offset int64, n int) []byte {
	var none [8]byte
	if f.err != nil || offset < 0 || offset > f.size-int64(n) {
		f.fail(offset, "a place outside of the buffer")
		return none[:n]
	}
	if offset < f.at || offset+int64(n) > f.at+int64(len(f.page)) {
		f.page = f.page[:cap(f.page)]
		if len(f.page) == 0 {
			f.page = make([]byte, pageBytes)
		}
		f.page = f.page[:min(int64(len(f.page)), f.size-offset)]
		f.at = offset
		if got, err := f.r.ReadAt(f.page, f.base+offset); got < len(f.page) {
			f.page = f.page[:0]
			f.fail(offset, fmt.Sprint("the file cannot be read: ", err))
			return none[:n]
		}
	}
	return f.page[offset-f.at:][:n]
}

func (f *flat) u16(offset int64) int64 {
	return int64(binary.LittleEndian.Uint16(f.bytes(offset, 2)))
}
func (f *flat) u32(offset int64) int64 {
	return int64(binary.LittleEndian.Uint32(f.bytes(offset, 4)))
}
func (f *flat) i32(offset int64) int64 { return int64(int32(f.u32(offset))) }

func (f *flat) f32(offset int64) float64 {
	return float64(math.Float32frombits(uint32(f.u32(offset))))
}

func (f *flat) f64(offset int64) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(f.bytes(offset, 8)))
}

// table is where one begins.
type table int64

// field is where a table's field stands, 0 when it has the default value.
func (f *flat) field(t table, n int) int64 {
	if t <= 0 {
		return 0
	}
	vtable := int64(t) - f.i32(int64(t))
	length := f.u16(vtable)
	at := int64(4 + 2*n)
	if at+2 > length {
		return 0
	}
	offset := f.u16(vtable + at)
	if offset == 0 {
		return 0
	}
	return int64(t) + offset
}

// refer follows an offset that stands somewhere.
func (f *flat) refer(at int64) int64 {
	to := at + f.u32(at)
	if f.err != nil || to <= at || to >= f.size {
		f.fail(at, "an offset that leads outside of the buffer")
		return 0
	}
	return to
}

// table is the table in a field, 0 when there is none.
func (f *flat) table(t table, n int) table {
	at := f.field(t, n)
	if at == 0 {
		return 0
	}
	return table(f.refer(at))
}

// vector is where a field's elements begin, and how many of a width there are.
func (f *flat) vector(t table, n int, width int64) (at, length int64) {
	field := f.field(t, n)
	if field == 0 {
		return 0, 0
	}
	at = f.refer(field)
	if length = f.u32(at); f.err != nil || length > (f.size-at-4)/width {
		f.fail(at, fmt.Sprintf("a vector of %d elements, for which the buffer is too short", length))
		return 0, 0
	}
	return at + 4, length
}

// item is the table that an element of a vector of tables is.
func (f *flat) item(vector, i int64) table { return table(f.refer(vector + 4*i)) }
