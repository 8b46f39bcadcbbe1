package sklearn

import (
	"math"
	"math/rand/v2"
)

// walk is a tree as a probe sees it: where its branches part.
type walk struct {
	left, right, feature []int32
	threshold            []float64
	missingLeft          []bool
	columns              []int // of the frame, for each feature; nil when they are the same
	single               bool  // the input is compared as float32
}

// walks are those of trees; without missing no NaN comes to them.
func walks(trees []*tree, missing bool) []walk {
	out := make([]walk, len(trees))
	for i, t := range trees {
		out[i] = walk{left: t.left, right: t.right, feature: t.feature, threshold: t.threshold, single: true}
		if missing {
			out[i].missingLeft = t.missingLeft
		}
	}
	return out
}

func (w *walk) column(node int32) int {
	if w.columns != nil {
		return w.columns[w.feature[node]]
	}
	return int(w.feature[node])
}

// leaf is the node to which a row comes.
func (w *walk) leaf(f *Frame, row int) (node int32) {
	for w.left[node] >= 0 {
		v := f.Columns[w.column(node)].Numbers[row]
		if w.single {
			v = float64(float32(v))
		}
		left := v <= w.threshold[node]
		if v != v && w.missingLeft != nil {
			left = w.missingLeft[node]
		}
		if left {
			node = w.left[node]
		} else {
			node = w.right[node]
		}
	}
	return node
}

// box is what a leaf asks of each column: a value above low and not above high,
// or NaN.
type box struct {
	low, high []float64
	missing   []bool
	touched   []int // columns, some more than once
}

// each calls with the box of every leaf.
func (w *walk) each(b *box, node int32, call func(leaf int32)) {
	if w.left[node] < 0 {
		call(node)
		return
	}
	c, at := w.column(node), w.threshold[node]
	low, high, missing := b.low[c], b.high[c], b.missing[c]
	b.touched = append(b.touched, c)
	toLeft := w.missingLeft != nil && w.missingLeft[node]
	b.high[c], b.missing[c] = min(high, at), missing && toLeft
	w.each(b, w.left[node], call)
	b.low[c], b.high[c], b.missing[c] = max(low, at), high, missing && w.missingLeft != nil && !toLeft
	w.each(b, w.right[node], call)
	b.low[c], b.missing[c] = low, missing
	b.touched = b.touched[:len(b.touched)-1]
}

func newBox(columns int) *box {
	b := &box{low: make([]float64, columns), high: make([]float64, columns), missing: make([]bool, columns)}
	for i := range b.low {
		b.low[i], b.high[i], b.missing[i] = math.Inf(-1), math.Inf(1), true
	}
	return b
}

// above is the smallest number above v that the input can be.
func (w *walk) above(v float64) float64 {
	if !w.single {
		return math.Nextafter(v, math.Inf(1))
	}
	x := float32(v)
	if float64(x) <= v {
		x = math.Nextafter32(x, float32(math.Inf(1)))
	}
	return float64(x)
}

// empty reports whether no number is in the box for a column.
func (w *walk) empty(b *box, c int) bool {
	return !math.IsInf(b.low[c], -1) && w.above(b.low[c]) > b.high[c]
}

// reachable reports whether there is a number in the box for each column, or NaN.
func (w *walk) reachable(b *box) bool {
	for _, c := range b.touched {
		if w.empty(b, c) && !b.missing[c] {
			return false
		}
	}
	return true
}

// pick draws a number of the box for a column.
func (w *walk) pick(from *rand.Rand, low, high float64) float64 {
	v := 0.0
	switch openLow, openHigh := math.IsInf(low, -1), math.IsInf(high, 1); {
	case openLow && openHigh:
		return from.NormFloat64()
	case openLow:
		v = high - from.Float64()*(1+math.Abs(high))
	case openHigh:
		v = low + (0.01+from.Float64())*(1+math.Abs(low))
	default:
		v = low + (high-low)*(0.25+from.Float64()/2)
	}
	if w.single {
		v = float64(float32(v))
	}
	if !(v > low) || v > high {
		v = w.above(low)
	}
	return v
}

const (
	// mostProbed rows are drawn for leaves at first, one in so many of more leaves.
	mostProbed = 20_000
	// mostAdded rows are drawn for leaves to which none of those comes.
	mostAdded = 200_000
)

// probeTrees draws rows at the thresholds and beside them, and one for each leaf to
// which numbers lead, or NaN where it is taken.
func probeTrees(from *rand.Rand, rows, columns int, all []walk) *Frame {
	p := prober{from: from, points: make([][]float64, columns), all: all}
	leaves := 0
	for i := range all {
		w := &all[i]
		for n := range w.left {
			if w.left[n] < 0 {
				leaves++
				continue
			}
			at, c := w.threshold[n], w.column(int32(n))
			p.points[c] = append(p.points[c], at, w.above(at), at-0.5*(1+math.Abs(at)), at+0.5*(1+math.Abs(at)))
		}
	}
	f := newFrame(rows, columns)
	for c := range f.Columns {
		for i := range rows {
			f.Columns[c].Numbers[i] = p.draw(c)
		}
	}
	f = stack(f, p.targeted(mostProbed, func(int, int32) bool { return leaves <= mostProbed || from.IntN(leaves) < mostProbed }))
	if leaves <= mostProbed {
		return f
	}
	seen := make([]map[int32]bool, len(all))
	for i := range all {
		seen[i] = all[i].reached(f)
	}
	return stack(f, p.targeted(mostAdded, func(tree int, leaf int32) bool { return !seen[tree][leaf] }))
}

// prober draws rows for trees.
type prober struct {
	from   *rand.Rand
	points [][]float64 // of each column, at thresholds and beside them
	all    []walk
}

func (p *prober) draw(c int) float64 {
	if len(p.points[c]) == 0 || p.from.IntN(5) == 0 {
		return p.from.NormFloat64()
	}
	return p.points[c][p.from.IntN(len(p.points[c]))]
}

// targeted are rows for the leaves that are wanted, as many as most.
func (p *prober) targeted(most int, wanted func(tree int, leaf int32) bool) *Frame {
	out := &Frame{Columns: make([]Column, len(p.points))}
	most = min(most, mostCells/max(len(p.points), 1))
	for i := range p.all {
		w := &p.all[i]
		b := newBox(len(p.points))
		w.each(b, 0, func(leaf int32) {
			if out.Rows >= most || !w.reachable(b) || !wanted(i, leaf) {
				return
			}
			out.Rows++
			for c := range out.Columns {
				v := math.NaN()
				if math.IsInf(b.low[c], -1) && math.IsInf(b.high[c], 1) {
					v = p.draw(c)
				} else if !w.empty(b, c) {
					v = w.pick(p.from, b.low[c], b.high[c])
				}
				out.Columns[c].Numbers = append(out.Columns[c].Numbers, v)
			}
		})
	}
	return out
}

// reached are the leaves to which rows come.
func (w *walk) reached(f *Frame) map[int32]bool {
	seen := map[int32]bool{}
	for row := range f.Rows {
		seen[w.leaf(f, row)] = true
	}
	return seen
}

// countLeaves counts those that rows of f come to.
func countLeaves(f *Frame, all []walk, r *Reach) {
	for i := range all {
		w := &all[i]
		seen := w.reached(f)
		r.Reached += len(seen)
		b := newBox(len(f.Columns))
		w.each(b, 0, func(leaf int32) {
			if seen[leaf] || w.reachable(b) {
				r.Of++
			}
		})
	}
}
