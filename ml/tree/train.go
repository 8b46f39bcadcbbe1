package tree

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Settings of a training, by XGBoost's names and with its defaults in Default.
type Settings struct {
	Objective      Objective
	Rounds         int     // trees
	MaxDepth       int     // 1 to 16
	LearningRate   float64 // eta
	Lambda         float64 // L2 penalty on leaf values
	Gamma          float64 // least gain of a split
	MinChildWeight float64 // least sum of hessians in a child
	MaxBin         int     // 2 to 65,000
	Subsample      float64 // share of the rows that each tree sees, in (0, 1]
	Seed           uint64  // of the subsample
}

// Default is XGBoost's defaults for 100 rounds of a logistic objective.
func Default() Settings {
	return Settings{Objective: Logistic, Rounds: 100, MaxDepth: 6, LearningRate: 0.3, Lambda: 1, MinChildWeight: 1, MaxBin: 256, Subsample: 1}
}

func (s Settings) check() error {
	switch {
	case s.Objective != Logistic && s.Objective != SquaredError:
		return fmt.Errorf("tree: the objective %q is not known", s.Objective)
	case s.Rounds < 1 || s.Rounds > 100_000:
		return fmt.Errorf("tree: %d rounds, must be 1 to 100,000", s.Rounds)
	case s.MaxDepth < 1 || s.MaxDepth > 16:
		return fmt.Errorf("tree: depth %d, must be 1 to 16", s.MaxDepth)
	case s.MaxBin < 2 || s.MaxBin > 65_000:
		return fmt.Errorf("tree: %d bins, must be 2 to 65,000", s.MaxBin)
	case !(s.LearningRate > 0) || s.Lambda < 0 || s.Gamma < 0 || s.MinChildWeight < 0:
		return errors.New("tree: the learning rate must be positive, and lambda, gamma and min_child_weight not negative")
	case !(s.Subsample > 0 && s.Subsample <= 1):
		return fmt.Errorf("tree: subsample %v, must be in (0, 1]", s.Subsample)
	}
	return nil
}

// Round is told after every tree: its number from 1 and the model's
// predictions for all rows of a table so far.
type Round struct {
	Number int
	Train  []float32 // predictions on the training rows
	Watch  []float32 // predictions on the watched rows, nil without any
}

// Train boosts trees (Chen and Guestrin 2016, section 2 and the histogram
// method of section 3.2) on data with labels, 0 or 1 for Logistic. After every
// tree it calls told, whose slices are reused; an error of told ends the
// training and is returned. watch may be nil.
func Train(data *Data, labels []float32, watch *Data, s Settings, told func(Round) error) (*Model, error) {
	if err := errors.Join(s.check(), data.check()); err != nil {
		return nil, err
	}
	if err := checkLabels(data, labels, s.Objective); err != nil {
		return nil, err
	}
	n := data.Rows()
	m := &Model{Objective: s.Objective, Base: base(labels, s.Objective), Features: data.Names}
	b := &booster{
		settings: s, data: binned(data, s.MaxBin), labels: labels, random: rand.New(rand.NewPCG(s.Seed, 0)),
		gradients: make([]pair, n), margins: filled(n, m.baseMargin()), rows: make([]int32, n), leaves: make([]int32, n),
	}
	var watched []float32
	if watch != nil {
		if err := watch.check(); err != nil {
			return nil, err
		}
		if len(watch.Columns) != len(data.Columns) {
			return nil, fmt.Errorf("tree: the watched table has %d columns, the training has %d", len(watch.Columns), len(data.Columns))
		}
		watched = filled(watch.Rows(), m.baseMargin())
	}
	predictions, watchedPredictions := make([]float32, n), make([]float32, len(watched))
	for number := 1; number <= s.Rounds; number++ {
		b.differentiate()
		t := b.grow()
		m.Trees = append(m.Trees, t)
		b.advance(&t)
		if told == nil {
			continue
		}
		if watch != nil {
			addTree(&t, watch, watched)
		}
		for i, v := range b.margins {
			predictions[i] = m.link(v)
		}
		for i, v := range watched {
			watchedPredictions[i] = m.link(v)
		}
		if err := told(Round{Number: number, Train: predictions, Watch: watchedPredictions}); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// checkLabels refuses labels that the objective cannot mean, and values of the
// table that are infinite: only NaN is a value that is not there.
func checkLabels(data *Data, labels []float32, o Objective) error {
	n := data.Rows()
	if n == 0 || len(labels) != n {
		return fmt.Errorf("tree: %d labels for %d rows", len(labels), n)
	}
	for i, y := range labels {
		if !finite(float64(y)) || o == Logistic && y != 0 && y != 1 {
			return fmt.Errorf("tree: the label of row %d is %v", i, y)
		}
	}
	for j, column := range data.Columns {
		for i, v := range column {
			if math.IsInf(float64(v), 0) {
				return fmt.Errorf("tree: column %s, row %d is infinite", data.Names[j], i)
			}
		}
	}
	return nil
}

// base is the mean of the labels, which minimises the loss of a constant.
func base(labels []float32, o Objective) float64 {
	sum := 0.0
	for _, y := range labels {
		sum += float64(y)
	}
	mean := sum / float64(len(labels))
	if o == Logistic {
		const edge = 1e-6
		mean = min(max(mean, edge), 1-edge)
	}
	return float64(float32(mean))
}

func filled(n int, v float32) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = v
	}
	return s
}

func addTree(t *Tree, d *Data, margins []float32) {
	chunks(len(margins), func(from, to int) {
		row := make([]float32, len(d.Columns))
		for i := from; i < to; i++ {
			d.Row(i, row)
			margins[i] += t.leaf(row)
		}
	})
}

// pair is first and second derivative of the loss.
type pair struct{ g, h float32 }

// booster holds what all rounds of a training share.
type booster struct {
	settings  Settings
	data      *bins
	labels    []float32
	random    *rand.Rand
	gradients []pair
	margins   []float32 // prediction of each row before the link
	rows      []int32   // the tree's rows, ordered by node
	leaves    []int32   // the leaf of each row of the tree, -1 for a row it did not see
}

// differentiate takes gradient and hessian of every row at its margin.
func (b *booster) differentiate() {
	chunks(len(b.labels), func(from, to int) {
		for i := from; i < to; i++ {
			if b.settings.Objective == Logistic {
				p := sigmoid(b.margins[i])
				b.gradients[i] = pair{p - b.labels[i], max(p*(1-p), 1e-16)}
			} else {
				b.gradients[i] = pair{b.margins[i] - b.labels[i], 1}
			}
		}
	})
}

// advance adds a grown tree to the margins of all rows.
func (b *booster) advance(t *Tree) {
	chunks(len(b.margins), func(from, to int) {
		for i := from; i < to; i++ {
			leaf := b.leaves[i]
			if leaf < 0 {
				leaf = b.find(t, i)
			}
			b.margins[i] += t.Nodes[leaf].Threshold
		}
	})
}

// find walks a row that the tree did not see down its bins.
func (b *booster) find(t *Tree, row int) int32 {
	i := int32(0)
	for !t.Nodes[i].Leaf() {
		n := &t.Nodes[i]
		code := b.data.codes[n.Feature][row]
		left := n.DefaultLeft
		if code > 0 {
			left = b.data.cuts[n.Feature][code-1] <= n.Threshold
		}
		i = n.Right
		if left {
			i = n.Left
		}
	}
	return i
}

// parallel calls fn for 0 to n-1 on all processors.
func parallel(n int, fn func(i int)) {
	var group sync.WaitGroup
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range next {
				fn(i)
			}
		})
	}
	group.Wait()
}

// chunks splits 0 to n into one part a processor.
func chunks(n int, fn func(from, to int)) {
	parts := max(min(runtime.GOMAXPROCS(0), n/4096), 1)
	parallel(parts, func(i int) { fn(i*n/parts, (i+1)*n/parts) })
}

func newton(g, h, lambda float64) float64 { return -g / (h + lambda) }

func score(g, h, lambda float64) float64 {
	if h+lambda == 0 {
		return 0
	}
	return g * g / (h + lambda)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
