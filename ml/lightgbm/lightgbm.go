// Package lightgbm reads LightGBM's text models, of versions v2 to v4, and predicts
// as LightGBM does, in float64.
//
// Words: a leaf is the complement of its number where a child is named, as the text
// has it; raw is the sum of the trees before the link of the objective. Linear
// trees, random forests (average_output) and objectives other than those in
// Objective are refused with their names. Nothing is trained and nothing written.
package lightgbm

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Model is the trees of all iterations, Outputs of them for each.
type Model struct {
	Features  []string
	Objective string // its name alone
	Outputs   int
	Sigmoid   float64
	Trees     []Tree
}

// Tree has for each inner node the feature, threshold, decision and children. A
// child below zero is the complement of a leaf's number.
type Tree struct {
	Feature     []int32
	Threshold   []float64 // of a categorical node the number of its set
	Decision    []uint8
	Left, Right []int32
	Value       []float64 // of each leaf
	Sets        [][]uint32
}

// The bits of a decision.
const (
	Categorical = 1
	DefaultLeft = 2
	missingZero = 1 << 2
	missingNaN  = 2 << 2
	missingBits = 3 << 2
)

// MissingNaN reports whether NaN goes to the default child of node n, not to where
// zero goes.
func (t *Tree) MissingNaN(n int32) bool { return t.Decision[n]&missingBits == missingNaN }

// Limits of a file.
const (
	mostLine  = 1 << 28
	mostTrees = 1 << 20
)

// Read reads a model. An error names what is not read, and where.
func Read(r io.Reader) (*Model, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), mostLine)
	if !in.Scan() || strings.TrimSpace(in.Text()) != "tree" {
		return nil, fmt.Errorf("lightgbm: the text does not begin with tree")
	}
	m := &Model{}
	head, err := section(in)
	if err != nil {
		return nil, err
	}
	if err := m.header(head); err != nil {
		return nil, err
	}
	for {
		part, err := section(in)
		if err != nil {
			return nil, err
		}
		if part == nil || part["end of trees"] != "" {
			break
		}
		if len(m.Trees) == mostTrees {
			return nil, fmt.Errorf("lightgbm: more than %d trees", mostTrees)
		}
		t, err := m.tree(part)
		if err != nil {
			return nil, fmt.Errorf("lightgbm: tree %d: %w", len(m.Trees), err)
		}
		m.Trees = append(m.Trees, t)
	}
	if len(m.Trees) == 0 || len(m.Trees)%m.Outputs != 0 {
		return nil, fmt.Errorf("lightgbm: %d trees for %d outputs", len(m.Trees), m.Outputs)
	}
	return m, nil
}

// section is the lines up to an empty one, those of the form key=value by key; nil
// at the end.
func section(in *bufio.Scanner) (map[string]string, error) {
	out := map[string]string{}
	for in.Scan() {
		line := strings.TrimRight(in.Text(), "\r")
		switch key, value, ok := strings.Cut(line, "="); {
		case line == "" && len(out) > 0:
			return out, nil
		case line == "":
		case ok:
			out[key] = value
		default:
			out[line] = "yes"
		}
	}
	if err := in.Err(); err != nil || len(out) > 0 {
		return out, err
	}
	return nil, nil
}

func (m *Model) header(head map[string]string) error {
	switch version := head["version"]; version {
	case "v2", "v3", "v4":
	default:
		return fmt.Errorf("lightgbm: the version %q is not read", version)
	}
	if head["average_output"] != "" {
		return fmt.Errorf("lightgbm: a random forest is not read")
	}
	m.Features = strings.Fields(head["feature_names"])
	if last, err := strconv.Atoi(head["max_feature_idx"]); err != nil || last+1 != len(m.Features) {
		return fmt.Errorf("lightgbm: %d feature names, and the last is said to be number %q", len(m.Features), head["max_feature_idx"])
	}
	var err error
	if m.Outputs, err = strconv.Atoi(head["num_tree_per_iteration"]); err != nil || m.Outputs < 1 || m.Outputs > 1<<16 {
		return fmt.Errorf("lightgbm: num_tree_per_iteration is %q", head["num_tree_per_iteration"])
	}
	words := strings.Fields(head["objective"])
	if len(words) == 0 {
		return fmt.Errorf("lightgbm: a model without objective is not read")
	}
	m.Objective, m.Sigmoid = words[0], 1
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, ":")
		switch key {
		case "sigmoid":
			if m.Sigmoid, err = strconv.ParseFloat(value, 64); err != nil {
				return fmt.Errorf("lightgbm: the objective %q is not read", head["objective"])
			}
		case "num_class", "tweedie_variance_power", "alpha":
		default:
			return fmt.Errorf("lightgbm: the objective %q is not read", head["objective"])
		}
	}
	switch m.Objective {
	case "binary", "regression", "regression_l1", "huber", "fair", "quantile", "mape", "poisson", "gamma", "tweedie", "multiclass", "multiclassova":
		return nil
	}
	return fmt.Errorf("lightgbm: the objective %q is not read", m.Objective)
}

func (m *Model) tree(part map[string]string) (t Tree, err error) {
	if v := part["is_linear"]; v != "" && v != "0" {
		return t, fmt.Errorf("linear leaves are not read")
	}
	number := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
	integer := func(s string) (int32, error) {
		n, err := strconv.ParseInt(s, 10, 32)
		return int32(n), err
	}
	if t.Value, err = list(part["leaf_value"], number); err != nil {
		return t, err
	}
	if t.Feature, err = list(part["split_feature"], integer); err != nil {
		return t, err
	}
	if t.Threshold, err = list(part["threshold"], number); err != nil {
		return t, err
	}
	if t.Left, err = list(part["left_child"], integer); err != nil {
		return t, err
	}
	if t.Right, err = list(part["right_child"], integer); err != nil {
		return t, err
	}
	byteOf := func(s string) (uint8, error) {
		n, err := strconv.ParseInt(s, 10, 8)
		return uint8(n), err
	}
	if t.Decision, err = list(part["decision_type"], byteOf); err != nil {
		return t, err
	}
	if err := t.sets(part); err != nil {
		return t, err
	}
	return t, t.check(len(m.Features))
}

func list[T any](text string, read func(string) (T, error)) ([]T, error) {
	words := strings.Fields(text)
	out := make([]T, len(words))
	for i, w := range words {
		var err error
		if out[i], err = read(w); err != nil {
			return nil, fmt.Errorf("%q is no number", w)
		}
	}
	return out, nil
}

// sets are the categories that go left, a bit for each.
func (t *Tree) sets(part map[string]string) error {
	words, err := list(part["cat_threshold"], func(s string) (uint32, error) {
		n, err := strconv.ParseUint(s, 10, 32)
		return uint32(n), err
	})
	if err != nil {
		return err
	}
	bounds, err := list(part["cat_boundaries"], strconv.Atoi)
	if err != nil {
		return err
	}
	for i := 1; i < len(bounds); i++ {
		if bounds[i-1] < 0 || bounds[i] < bounds[i-1] || bounds[i] > len(words) {
			return fmt.Errorf("the sets of categories are out of range")
		}
		t.Sets = append(t.Sets, words[bounds[i-1]:bounds[i]])
	}
	return nil
}

// check holds the structure: every node and leaf is reached once, so that a walk
// ends.
func (t *Tree) check(features int) error {
	n := len(t.Feature)
	if len(t.Value) != n+1 || len(t.Threshold) != n || len(t.Left) != n || len(t.Right) != n || len(t.Decision) != n {
		return fmt.Errorf("its lists differ in length")
	}
	if n == 0 {
		return nil
	}
	nodes, leaves := make([]bool, n), make([]bool, n+1)
	stack := []int32{0}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		seen, i := nodes, at
		if at < 0 {
			seen, i = leaves, ^at
		}
		if int(i) >= len(seen) || seen[i] {
			return fmt.Errorf("a child is out of range, or reached twice")
		}
		seen[i] = true
		if at < 0 {
			continue
		}
		if f := t.Feature[at]; f < 0 || int(f) >= features {
			return fmt.Errorf("node %d splits on the feature %d of %d", at, f, features)
		}
		if s := t.Threshold[at]; t.Decision[at]&Categorical != 0 && (s != math.Trunc(s) || s < 0 || s >= float64(len(t.Sets))) {
			return fmt.Errorf("node %d has the set of categories %v of %d", at, s, len(t.Sets))
		}
		stack = append(stack, t.Left[at], t.Right[at])
	}
	return nil
}

// In reports whether a category is in a set.
func (t *Tree) In(set int, category int64) bool {
	word := category / 32
	return category >= 0 && word < int64(len(t.Sets[set])) && t.Sets[set][word]>>(category%32)&1 != 0
}

// Leaf is the number of the leaf to which a row comes.
func (t *Tree) Leaf(row []float64) int32 {
	if len(t.Feature) == 0 {
		return 0
	}
	at := int32(0)
	for at >= 0 {
		if t.left(at, row[t.Feature[at]]) {
			at = t.Left[at]
		} else {
			at = t.Right[at]
		}
	}
	return ^at
}

// zero is LightGBM's kZeroThreshold: what is as near to zero is zero.
const zero = float64(float32(1e-35))

func (t *Tree) left(n int32, v float64) bool {
	d := t.Decision[n]
	if d&Categorical != 0 {
		return v == v && v > -1 && v < math.MaxInt32 && t.In(int(t.Threshold[n]), int64(v))
	}
	missing := d & missingBits
	if v != v && missing != missingNaN {
		v = 0
	}
	if v != v || missing == missingZero && math.Abs(v) <= zero {
		return d&DefaultLeft != 0
	}
	return v <= t.Threshold[n]
}

// Raw is the sum of the trees for a row, for each output.
func (m *Model) Raw(row []float64) []float64 {
	out := make([]float64, m.Outputs)
	for i := range m.Trees {
		out[i%m.Outputs] += m.Trees[i].Value[m.Trees[i].Leaf(row)]
	}
	return out
}

// Predict is what the objective makes of raw sums, in place.
func (m *Model) Predict(raw []float64) []float64 {
	switch m.Objective {
	case "binary", "multiclassova":
		for i, v := range raw {
			raw[i] = 1 / (1 + math.Exp(-m.Sigmoid*v))
		}
	case "poisson", "gamma", "tweedie":
		for i, v := range raw {
			raw[i] = math.Exp(v)
		}
	case "multiclass":
		most, sum := math.Inf(-1), 0.0
		for _, v := range raw {
			most = max(most, v)
		}
		for i, v := range raw {
			raw[i] = math.Exp(v - most)
			sum += raw[i]
		}
		for i := range raw {
			raw[i] /= sum
		}
	}
	return raw
}
