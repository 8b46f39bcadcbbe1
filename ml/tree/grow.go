package tree

// sum is a pair added up; float64 keeps the order of rows from mattering.
type sum struct{ g, h float64 }

func (s *sum) add(o sum)               { s.g += o.g; s.h += o.h }
func (s sum) minus(o sum) sum          { return sum{s.g - o.g, s.h - o.h} }
func (s *sum) addPair(p pair)          { s.g += float64(p.g); s.h += float64(p.h) }
func (s sum) weight(l float64) float64 { return newton(s.g, s.h, l) }

// histogram is the sums of the rows of one node by column and bin; bin 0 is
// the missing values.
type histogram [][]sum

// open is a node that may still be split.
type open struct {
	node     int32
	from, to int // its rows in booster.rows
	total    sum
	depth    int
	counts   histogram
}

// split is the best way found to divide a node.
type split struct {
	gain        float64
	column      int
	cut         int // bins up to and including cut+1 go left
	defaultLeft bool
	left        sum
}

// grow makes one tree, level by level.
func (b *booster) grow() Tree {
	rows := b.sample()
	t := Tree{Nodes: make([]Node, 1, 1<<(b.settings.MaxDepth+1))}
	root := open{to: len(rows)}
	for _, r := range rows {
		root.total.addPair(b.gradients[r])
	}
	root.counts = b.count(rows)
	level := []open{root}
	for len(level) > 0 {
		var next []open
		for i := range level {
			next = append(next, b.divide(&t, &level[i])...)
		}
		level = next
	}
	return t
}

// sample chooses the rows that this tree sees.
func (b *booster) sample() []int32 {
	b.rows = b.rows[:0]
	for i := range b.labels {
		b.leaves[i] = -1
		if b.settings.Subsample == 1 || b.random.Float64() < b.settings.Subsample {
			b.rows = append(b.rows, int32(i))
		}
	}
	return b.rows
}

// divide splits o, or makes it a leaf, and gives its children.
func (b *booster) divide(t *Tree, o *open) []open {
	rows := b.rows[o.from:o.to]
	weight := o.total.weight(b.settings.Lambda)
	n := &t.Nodes[o.node]
	n.Weight, n.Cover = float32(weight), float32(o.total.h)
	var best split
	if o.depth < b.settings.MaxDepth {
		best = b.best(o)
	}
	if best.gain <= max(b.settings.Gamma, 1e-6) {
		n.Left, n.Right = -1, -1
		n.Threshold = float32(weight * b.settings.LearningRate)
		n.Weight = n.Threshold
		for _, r := range rows {
			b.leaves[r] = o.node
		}
		return nil
	}
	middle := b.partition(rows, &best)
	left := int32(len(t.Nodes))
	n.Feature, n.Left, n.Right = int32(best.column), left, left+1
	n.Threshold, n.DefaultLeft, n.Gain = b.data.cuts[best.column][best.cut], best.defaultLeft, float32(best.gain)
	t.Nodes = append(t.Nodes, Node{}, Node{})
	children := []open{
		{node: left, from: o.from, to: o.from + middle, total: best.left, depth: o.depth + 1},
		{node: left + 1, from: o.from + middle, to: o.to, total: o.total.minus(best.left), depth: o.depth + 1},
	}
	if o.depth+1 < b.settings.MaxDepth {
		b.countChildren(o, children)
	}
	return children
}

// countChildren counts the smaller child and takes the other by subtraction.
func (b *booster) countChildren(o *open, children []open) {
	small, large := &children[0], &children[1]
	if small.to-small.from > large.to-large.from {
		small, large = large, small
	}
	small.counts = b.count(b.rows[small.from:small.to])
	large.counts = o.counts
	for j, column := range small.counts {
		for k, s := range column {
			large.counts[j][k] = large.counts[j][k].minus(s)
		}
	}
}

func (b *booster) count(rows []int32) histogram {
	counts := make(histogram, len(b.data.codes))
	parallel(len(counts), func(j int) {
		column := make([]sum, len(b.data.cuts[j])+1)
		codes := b.data.codes[j]
		for _, r := range rows {
			p := b.gradients[r]
			s := &column[codes[r]]
			s.g += float64(p.g)
			s.h += float64(p.h)
		}
		counts[j] = column
	})
	return counts
}

// best looks at every cut of every column with the missing values on either
// side. Ties go to the lower column and cut, so that a training repeats.
func (b *booster) best(o *open) split {
	parent := score(o.total.g, o.total.h, b.settings.Lambda)
	found := make([]split, len(o.counts))
	parallel(len(found), func(j int) { found[j] = b.bestOf(o, j, parent) })
	var best split
	for _, s := range found {
		if s.gain > best.gain {
			best = s
		}
	}
	return best
}

func (b *booster) bestOf(o *open, j int, parent float64) split {
	best := split{column: j}
	column := o.counts[j]
	if len(column) < 2 {
		return best
	}
	missing := column[0]
	try := func(cut int, left sum, defaultLeft bool) {
		right := o.total.minus(left)
		if left.h < b.settings.MinChildWeight || right.h < b.settings.MinChildWeight {
			return
		}
		gain := score(left.g, left.h, b.settings.Lambda) + score(right.g, right.h, b.settings.Lambda) - parent
		if finite(gain) && gain > best.gain {
			best.gain, best.cut, best.left, best.defaultLeft = gain, cut, left, defaultLeft
		}
	}
	var left sum
	for cut := range len(column) - 1 {
		left.add(column[cut+1])
		if missing.h > 0 {
			with := left
			with.add(missing)
			try(cut, with, true)
		}
		if cut < len(column)-2 || missing.h > 0 {
			try(cut, left, false)
		}
	}
	return best
}

// partition orders rows so that those going left come first, keeping order,
// and gives their number.
func (b *booster) partition(rows []int32, s *split) int {
	codes := b.data.codes[s.column]
	right := make([]int32, 0, len(rows)/2)
	n := 0
	for _, r := range rows {
		c := int(codes[r])
		if (c == 0 && s.defaultLeft) || (c > 0 && c <= s.cut+1) {
			rows[n] = r
			n++
		} else {
			right = append(right, r)
		}
	}
	copy(rows[n:], right)
	return n
}
