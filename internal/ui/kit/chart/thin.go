package chart

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

func isNumber(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && math.Abs(v) < math.MaxFloat64
}

// mostHeld is how many points a Thinned holds before it thins them. It is so
// many times what is drawn that what was thinned on the way differs from the
// line in full by no more than a part of a pixel.
const mostHeld = 8 * MostPoints

// Thinned gathers the points of a line, however many, and holds those that its
// drawing needs. The zero value is empty.
type Thinned struct {
	points  []Point
	ordered bool // in order of X
}

// Add takes a point. Those of one X are drawn in the order they came.
func (t *Thinned) Add(p Point) {
	t.points = append(t.points, p)
	t.ordered = false
	if len(t.points) >= 2*mostHeld {
		t.points = append(t.points[:0], Thin(t.Points(), mostHeld)...)
	}
}

// Points are those that are held, in order of X: all that came when they are
// fewer than mostHeld.
func (t *Thinned) Points() []Point {
	if !t.ordered {
		slices.SortStableFunc(t.points, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
		t.ordered = true
	}
	return t.points
}

// Thin gives at most about most points that look the same when drawn: the last
// one, and in each of most/2 equal parts of the x axis the least and the
// greatest value, in their order, and those that begin and end what is not a
// number there. Fewer points are given as they are.
func Thin(points []Point, most int) []Point {
	if len(points) <= most || most < 2 {
		return points
	}
	parts := most / 2
	x0, x1 := points[0].X, points[len(points)-1].X
	if x1 <= x0 {
		parts = 1
	}
	out := make([]Point, 0, most+parts)
	for start := 0; start < len(points); {
		part := place(points[start].X, x0, x1, parts)
		end := start
		for end < len(points) && place(points[end].X, x0, x1, parts) == part {
			end++
		}
		out = append(out, extremes(points[start:end])...)
		start = end
	}
	if last := points[len(points)-1]; !same(out[len(out)-1], last) {
		out = append(out, last)
	}
	return out
}

func same(a, b Point) bool { return a.X == b.X && (a.Y == b.Y || math.IsNaN(a.Y) && math.IsNaN(b.Y)) }

func place(x, x0, x1 float64, parts int) int {
	if parts == 1 {
		return 0
	}
	return min(int((x-x0)/(x1-x0)*float64(parts)), parts-1)
}

// extremes are the least and the greatest of points, and the first and the last
// that are not a number, in their order.
func extremes(points []Point) []Point {
	least, greatest, broken, mended := -1, -1, -1, -1
	for i, p := range points {
		switch {
		case !isNumber(p.Y):
			if broken < 0 {
				broken = i
			}
			mended = i
			continue
		case least < 0:
			least, greatest = i, i
			continue
		}
		if p.Y < points[least].Y {
			least = i
		}
		if p.Y > points[greatest].Y {
			greatest = i
		}
	}
	places := []int{least, greatest, broken, mended}
	slices.Sort(places)
	var out []Point
	for _, at := range slices.Compact(places) {
		if at >= 0 {
			out = append(out, points[at])
		}
	}
	return out
}

// gap is a stretch of points that have no place on an axis: NaN, and infinities,
// which a store keeps as the greatest double.
type gap struct {
	From, To      float64
	NaN, Up, Down bool // what its points are
}

func (g *gap) take(y float64) {
	g.NaN = g.NaN || math.IsNaN(y)
	g.Up, g.Down = g.Up || y > 0, g.Down || y < 0
}

// words name what the points are: "NaN, ∞ and −∞".
func (g gap) words() string {
	var all []string
	for _, kind := range []struct {
		is   bool
		word string
	}{{g.NaN, "NaN"}, {g.Up, "∞"}, {g.Down, "−∞"}} {
		if kind.is {
			all = append(all, kind.word)
		}
	}
	if last := len(all) - 1; last > 0 {
		return strings.Join(all[:last], ", ") + " and " + all[last]
	}
	return strings.Join(all, "")
}

func gaps(points []Point) []gap {
	var all []gap
	open := false
	for _, p := range points {
		switch {
		case isNumber(p.Y):
			open = false
			continue
		case open:
			all[len(all)-1].To = p.X
		default:
			all, open = append(all, gap{From: p.X, To: p.X}), true
		}
		all[len(all)-1].take(p.Y)
	}
	return all
}

// everyNth gives at most most rows, evenly chosen, the first and last included.
func everyNth(rows []row, most int) []row {
	if len(rows) <= most {
		return rows
	}
	out := make([]row, most)
	for i := range out {
		out[i] = rows[i*(len(rows)-1)/(most-1)]
	}
	return out
}

func sortRows(rows []row) {
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.x, b.x) })
}
