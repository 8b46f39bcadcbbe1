// Package tree is models made of decision trees as Go values: trained here by
// gradient boosting over histograms, read and written as XGBoost's JSON.
//
// Words. A tree sends a row left when its feature is less than the node's
// threshold and right otherwise; a missing value (NaN) goes the node's default
// way. A model adds the leaves of its trees to a base margin; for a logistic
// objective the margin's sigmoid is the probability. All arithmetic of a
// prediction is float32 in the order of the trees, as XGBoost's is, so that
// both give the same digits.
//
// It reads no data files and serves no requests. Categorical splits,
// multi-class and ranking objectives are not represented: such a model is
// refused when it is read.
package tree

import (
	"fmt"
	"math"
)

// Objective says what a margin means.
type Objective string

// The objectives, by XGBoost's names.
const (
	Logistic     Objective = "binary:logistic"
	SquaredError Objective = "reg:squarederror"
)

// Node is one node of a tree. A leaf has Left = -1 and its value in Threshold.
type Node struct {
	Feature     int32
	Left, Right int32   // indexes of the children, -1 in a leaf
	Threshold   float32 // a row goes left when its value is less; the value of a leaf
	DefaultLeft bool    // where a missing value goes
	Gain        float32 // loss reduction of the split
	Weight      float32 // value that the node would have as a leaf, before the learning rate in an inner node as XGBoost keeps it
	Cover       float32 // sum of hessians
}

// Leaf reports whether the node is one.
func (n *Node) Leaf() bool { return n.Left < 0 }

// Tree is its nodes, the root first.
type Tree struct{ Nodes []Node }

// Model is an ensemble of trees.
type Model struct {
	Objective Objective
	Base      float64 // before the link: a probability for Logistic, a value for SquaredError
	Features  []string
	Trees     []Tree
}

// Check reports what is wrong with the structure of m: children out of range or
// visited twice, features that do not exist. Predictions on a checked model
// end.
func (m *Model) Check() error {
	if m.Objective == Logistic && !(m.Base > 0 && m.Base < 1) {
		return fmt.Errorf("tree: the base of a logistic model is %v, not a probability", m.Base)
	}
	for i := range m.Trees {
		if err := m.Trees[i].check(len(m.Features)); err != nil {
			return fmt.Errorf("tree: tree %d: %w", i, err)
		}
	}
	return nil
}

func (t *Tree) check(features int) error {
	if len(t.Nodes) == 0 {
		return fmt.Errorf("has no nodes")
	}
	seen := make([]bool, len(t.Nodes))
	stack := []int32{0}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if i < 0 || int(i) >= len(t.Nodes) {
			return fmt.Errorf("names the node %d of %d", i, len(t.Nodes))
		}
		if seen[i] {
			return fmt.Errorf("reaches the node %d twice", i)
		}
		seen[i] = true
		n := &t.Nodes[i]
		if n.Leaf() {
			continue
		}
		if n.Feature < 0 || int(n.Feature) >= features {
			return fmt.Errorf("node %d splits on the feature %d of %d", i, n.Feature, features)
		}
		stack = append(stack, n.Left, n.Right)
	}
	return nil
}

// leaf is the value of the leaf that a row reaches.
func (t *Tree) leaf(row []float32) float32 {
	nodes := t.Nodes
	n := &nodes[0]
	for n.Left >= 0 {
		v := row[n.Feature]
		next := n.Right
		if v < n.Threshold || (v != v && n.DefaultLeft) {
			next = n.Left
		}
		n = &nodes[next]
	}
	return n.Threshold
}

// Margin is the sum over the trees for a row of len(Features) values.
func (m *Model) Margin(row []float32) float32 {
	sum := m.baseMargin()
	for i := range m.Trees {
		sum += m.Trees[i].leaf(row)
	}
	return sum
}

// Predict is the probability of the positive class, or the value.
func (m *Model) Predict(row []float32) float32 { return m.link(m.Margin(row)) }

func (m *Model) baseMargin() float32 {
	if m.Objective == Logistic {
		return float32(-math.Log(1/m.Base - 1))
	}
	return float32(m.Base)
}

func (m *Model) link(margin float32) float32 {
	if m.Objective == Logistic {
		return sigmoid(margin)
	}
	return margin
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }
