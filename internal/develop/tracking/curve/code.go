package curve

import (
	"encoding/binary"
	"errors"
	"math"
)

// errCorrupt says that bytes are no curve.
var errCorrupt = errors.New("curve: the bytes are damaged")

// appendPoints codes points: count, NaN gaps, steps, timestamps, values.
func appendPoints(b []byte, points []Point) []byte {
	b = binary.AppendUvarint(b, uint64(len(points)))
	b = appendNaNs(b, points)
	b = appendInts(b, points, func(p *Point) int64 { return p.Step })
	b = appendInts(b, points, func(p *Point) int64 { return p.Timestamp })
	return appendValues(b, points)
}

func appendNaNs(b []byte, points []Point) []byte {
	n := 0
	for i := range points {
		if points[i].NaN {
			n++
		}
	}
	b = binary.AppendUvarint(b, uint64(n))
	last := 0
	for i := range points {
		if points[i].NaN {
			b = binary.AppendUvarint(b, uint64(i-last))
			last = i
		}
	}
	return b
}

// appendInts codes numbers as differences of differences; overflow wraps and
// wraps back.
func appendInts(b []byte, points []Point, get func(*Point) int64) []byte {
	var last, step int64
	for i := range points {
		v := get(&points[i])
		d := v - last
		b = binary.AppendVarint(b, d-step)
		last, step = v, d
	}
	return b
}

// Codes of values: from scaled up to scaled+maxScale whole numbers by a power
// of ten, and raw.
const (
	raw      = 255
	maxScale = 15
)

// powers are the powers of ten that a float64 holds exactly and that scaled
// values use.
var powers = [maxScale + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// whole gives the value as a whole number of its scale's units, if it comes
// back from that with the same bits (-0 does not).
func whole(v float64, scale int) (int64, bool) {
	m := math.Round(v * powers[scale])
	if math.Abs(m) >= 1<<53 {
		return 0, false
	}
	return int64(m), math.Float64bits(float64(int64(m))/powers[scale]) == math.Float64bits(v)
}

// scaleOf finds a power of ten that makes all values whole numbers.
func scaleOf(points []Point) (scale int, ok bool) {
	for i := range points {
		for {
			if _, ok := whole(points[i].Value, scale); ok {
				break
			}
			if scale++; scale > maxScale {
				return 0, false
			}
		}
	}
	// A greater scale than a point needed must be exact for it, too.
	for i := range points {
		if _, ok := whole(points[i].Value, scale); !ok {
			return 0, false
		}
	}
	return scale, true
}

func appendValues(b []byte, points []Point) []byte {
	if scale, ok := scaleOf(points); ok {
		b = append(b, byte(scale))
		var last int64
		for i := range points {
			m, _ := whole(points[i].Value, scale)
			b = binary.AppendVarint(b, m-last)
			last = m
		}
		return b
	}
	b = append(b, raw)
	for place := 56; place >= 0; place -= 8 {
		for i := range points {
			b = append(b, byte(math.Float64bits(points[i].Value)>>place))
		}
	}
	return b
}

// reader takes values off the front of bytes; bad is set at the first that is
// not there.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// points adds the points that come next to dst.
func (r *reader) points(dst []Point) ([]Point, error) {
	n := r.uvarint()
	// A point takes at least three bytes: step, timestamp, value.
	if r.bad || n > MaxPoints || n*3 > uint64(len(r.b)) {
		return dst, errCorrupt
	}
	first := len(dst)
	dst = append(dst, make([]Point, n)...)
	points := dst[first:]
	nans := r.uvarint()
	if nans > n {
		return dst[:first], errCorrupt
	}
	at := uint64(0)
	for range nans {
		at += r.uvarint()
		if r.bad || at >= n {
			return dst[:first], errCorrupt
		}
		points[at].NaN = true
	}
	r.ints(points, func(p *Point, v int64) { p.Step = v })
	r.ints(points, func(p *Point, v int64) { p.Timestamp = v })
	r.values(points)
	if r.bad {
		return dst[:first], errCorrupt
	}
	return dst, nil
}

func (r *reader) ints(points []Point, set func(*Point, int64)) {
	var last, step int64
	for i := range points {
		step += r.varint()
		last += step
		set(&points[i], last)
	}
}

func (r *reader) values(points []Point) {
	code := r.take(1)
	if r.bad {
		return
	}
	if scale := code[0]; scale != raw {
		if scale > maxScale {
			r.bad = true
			return
		}
		var last int64
		for i := range points {
			last += r.varint()
			points[i].Value = float64(last) / powers[scale]
		}
		return
	}
	n := uint64(len(points))
	places := r.take(8 * n)
	if r.bad {
		return
	}
	for i := range points {
		var bits uint64
		for place := range uint64(8) {
			bits = bits<<8 | uint64(places[place*n+uint64(i)])
		}
		points[i].Value = math.Float64frombits(bits)
		if math.IsNaN(points[i].Value) || math.IsInf(points[i].Value, 0) {
			r.bad = true
			return
		}
	}
}
