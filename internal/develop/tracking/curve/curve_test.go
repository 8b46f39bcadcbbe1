package curve

import (
	"encoding/hex"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

func drawPoint(t *rapid.T) Point {
	p := Point{
		Step:      rapid.OneOf(rapid.Int64Range(-5, 50), rapid.Int64()).Draw(t, "step"),
		Timestamp: rapid.OneOf(rapid.Int64Range(1_700_000_000_000, 1_700_000_100_000), rapid.Int64Range(0, math.MaxInt64)).Draw(t, "timestamp"),
		Value: rapid.OneOf(
			rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 0.1, 1.5, -2, 1e-9, 1e15, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64}),
			rapid.Map(rapid.IntRange(-9999, 9999), func(n int) float64 { return float64(n) / 1000 }),
			rapid.Float64Range(-1e6, 1e6),
		).Draw(t, "value"),
	}
	if rapid.IntRange(0, 9).Draw(t, "nan") == 0 {
		p.Value, p.NaN = 0, true
	}
	return p
}

// bits makes values that are equal but not the same differ.
var bits = cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	codec := NewCodec()
	draw.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.Custom(drawPoint), 0, 200).Draw(t, "points")
		got, err := codec.ReadChunk(nil, codec.Chunk(points))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(points, got, bits, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		series := []Series{{"a", points}, {"", nil}, {"ü/b", points[:len(points)/2]}}
		var back []Series
		err = ReadSegment(AppendSegment(nil, series), nil, func(key []byte, points []Point) {
			back = append(back, Series{string(key), append([]Point(nil), points...)})
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(series, back, bits, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestGolden keeps what was written readable: the bytes are those that the
// first release wrote.
func TestGolden(t *testing.T) {
	t.Parallel()
	points := []Point{
		{Step: -1, Timestamp: 1000, Value: 0.5}, {Step: 0, Timestamp: 1010, Value: 0.25},
		{Step: 1, Timestamp: 1020, NaN: true}, {Step: 1, Timestamp: 1020, Value: -3},
	}
	const written = "0204010201040001d00fbb0f001302643131d704"
	b, err := hex.DecodeString(written)
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewCodec().ReadChunk(nil, b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(points, got, bits); diff != "" {
		t.Error(diff)
	}
	if again := hex.EncodeToString(NewCodec().Chunk(points)); again != written {
		t.Errorf("the points are written as %s now", again)
	}
}

func TestSmall(t *testing.T) {
	t.Parallel()
	codec := NewCodec()
	var decimals, floats []Point
	x := 0.7
	for i := range int64(4096) {
		x = math.Mod(x*3.99*(1-x)+0.001, 1)
		decimals = append(decimals, Point{Step: i, Timestamp: 1_700_000_000_000 + i*1000, Value: math.Round(1000/(1+float64(i)/50)) / 1000})
		floats = append(floats, Point{Step: i, Timestamp: 1_700_000_000_000 + i*1000 + int64(x*7), Value: x})
	}
	if n := float64(len(codec.Chunk(decimals))) / 4096; n > 1 {
		t.Errorf("a smooth curve of decimals takes %.2f bytes a point, want at most 1", n)
	}
	if n := float64(len(codec.Chunk(floats))) / 4096; n > 9 {
		t.Errorf("random values take %.2f bytes a point, want at most 9", n)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	got := Merge([]Point{{Step: 2, Timestamp: 5}, {Step: 1, Timestamp: 5, NaN: true}, {Step: 1, Timestamp: 5}, {Step: 2, Timestamp: 5}, {Step: 9, Timestamp: 4, Value: 1}})
	want := []Point{{Step: 9, Timestamp: 4, Value: 1}, {Step: 1, Timestamp: 5}, {Step: 1, Timestamp: 5, NaN: true}, {Step: 2, Timestamp: 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecode(f *testing.F) {
	codec := NewCodec()
	points := []Point{{Step: -1, Timestamp: 1000, Value: 0.5}, {Step: 1, Timestamp: 1020, NaN: true}, {Value: math.Pi}}
	f.Add(codec.Chunk(points))
	f.Add(AppendSegment(nil, []Series{{"loss", points}}))
	f.Add([]byte{formSegment, 1, 0, 0xff, 0xff, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := codec.ReadChunk(nil, b); err == nil {
			again, err := codec.ReadChunk(nil, codec.Chunk(got))
			if diff := cmp.Diff(got, again, bits, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
		}
		_ = ReadSegment(b, nil, func([]byte, []Point) {})
	})
}
