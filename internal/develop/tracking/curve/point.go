package curve

import (
	"cmp"
	"slices"
)

// MaxPoints bounds the points of one series in a segment or chunk.
const MaxPoints = 1 << 16

// Point is one point of a metric. Value is 0 when NaN is set.
type Point struct {
	Step      int64
	Timestamp int64 // ms since 1970
	Value     float64
	NaN       bool
}

// Series is a key with its points.
type Series struct {
	Key    string
	Points []Point
}

// Compare orders points by timestamp, step, value and NaN, which also is what
// they are the same by. -0 and 0 are the same value.
func Compare(a, b Point) int {
	if c := cmp.Compare(a.Timestamp, b.Timestamp); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Step, b.Step); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Value, b.Value); c != 0 {
		return c
	}
	switch {
	case a.NaN == b.NaN:
		return 0
	case b.NaN:
		return -1
	}
	return 1
}

// CompareSteps orders points by step, timestamp, value and NaN.
func CompareSteps(a, b Point) int {
	if c := cmp.Compare(a.Step, b.Step); c != 0 {
		return c
	}
	return Compare(a, b)
}

// Later reports whether a replaces b as the latest point of its key: it is
// greater by step, timestamp and value. NaN counts as 0, and between the two as
// the greater: whichever came first, the same point is the latest.
func Later(a, b Point) bool {
	if a.Step != b.Step {
		return a.Step > b.Step
	}
	if a.Timestamp != b.Timestamp {
		return a.Timestamp > b.Timestamp
	}
	if a.Value != b.Value {
		return a.Value > b.Value
	}
	return a.NaN && !b.NaN
}

// Merge sorts points by Compare and drops those that are the same as another.
// It works in place.
func Merge(points []Point) []Point {
	if !slices.IsSortedFunc(points, Compare) {
		slices.SortStableFunc(points, Compare)
	}
	return slices.CompactFunc(points, func(a, b Point) bool { return Compare(a, b) == 0 })
}
