package structure

import (
	"math"
	"strconv"
	"strings"
)

// lightgbmTree verifies the tree in a reader's values. Faults stand where the
// tree ends, since its lines are read by then.
type lightgbmTree struct {
	l *lightgbm
}

func (t lightgbmTree) fault(format string, args ...any) {
	t.l.out.fault(t.l.from, "the tree %d: "+format, append([]any{t.l.out.Trees - 1}, args...)...)
}

// integers of a key. What is no integer is told and is -2^31.
func (t lightgbmTree) integers(key string) []int32 {
	fields := strings.Fields(t.l.values[key])
	all := make([]int32, len(fields))
	for i, f := range fields {
		n, err := strconv.ParseInt(f, 10, 32)
		if err != nil {
			t.fault("%s has %q", key, clip(f))
			n = math.MinInt32
		}
		all[i] = int32(n)
	}
	return all
}

// count is the number of a key, otherwise when it is missing.
func (t lightgbmTree) count(key string, otherwise int) int {
	value, has := t.l.values[key]
	if !has {
		return otherwise
	}
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 0 || n > mostNodes {
		t.fault("%s is %q", key, clip(value))
		return otherwise
	}
	return n
}

func (t lightgbmTree) check() {
	leaves := t.count("num_leaves", -1)
	if leaves < 1 {
		t.fault("it has no leaves")
		return
	}
	t.l.out.Nodes += int64(2*leaves - 1)
	if n := len(strings.Fields(t.l.values["leaf_value"])); n != leaves {
		t.fault("%d values for %d leaves", n, leaves)
	}
	t.numbers("leaf_value")
	t.linear(leaves)
	if leaves == 1 {
		return
	}
	left, right, features := t.integers("left_child"), t.integers("right_child"), t.integers("split_feature")
	kinds := t.integers("decision_type")
	thresholds := strings.Fields(t.l.values["threshold"])
	n := leaves - 1
	if len(left) != n || len(right) != n || len(features) != n || len(thresholds) != n || len(kinds) != n && len(kinds) != 0 {
		t.fault("its arrays have %d, %d, %d, %d and %d entries for %d nodes", len(left), len(right), len(features), len(thresholds), len(kinds), n)
		return
	}
	for i, f := range features {
		if f < 0 || int64(f) >= t.l.out.Features {
			t.fault("the node %d splits on the feature %d of %d", i, f, t.l.out.Features)
		}
	}
	t.children(left, right, leaves)
	categories := t.categories()
	for i, text := range thresholds {
		v, err := strconv.ParseFloat(text, 64)
		switch categorical := len(kinds) > 0 && kinds[i]&1 != 0; {
		case categorical && (err != nil || v != math.Trunc(v) || v < 0 || v >= float64(categories)):
			t.fault("the node %d splits by the categories %q of %d", i, clip(text), categories)
		case !categorical && (err != nil && !isRange(err) || math.IsNaN(v)):
			t.fault("the node %d compares with %q", i, clip(text))
		}
	}
}

func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// numbers tells of what is none.
func (t lightgbmTree) numbers(key string) {
	for _, f := range strings.Fields(t.l.values[key]) {
		if v, err := strconv.ParseFloat(f, 64); err != nil && !isRange(err) || math.IsNaN(v) {
			t.fault("%s has %q", key, clip(f))
			return
		}
	}
}

// children verifies that each node and each leaf is reached once. A leaf is the
// complement of its number.
func (t lightgbmTree) children(left, right []int32, leaves int) {
	seen := make([]bool, leaves)
	wrong := false
	leaf := func(child int32) int32 {
		if child >= 0 {
			return child
		}
		if i := int64(^child); i >= int64(leaves) || seen[i] {
			wrong = true
		} else {
			seen[i] = true
		}
		return -1
	}
	_, what := links{n: len(left), child: func(i int32) (int32, int32) { return leaf(left[i]), leaf(right[i]) }}.sound()
	switch {
	case what != "":
		t.fault("it %s", what)
	case wrong:
		t.fault("a leaf is out of range or reached twice")
	}
}

// categories verifies the sets of categories, and gives how many there are.
func (t lightgbmTree) categories() int {
	n := t.count("num_cat", 0)
	if n == 0 {
		return 0
	}
	bounds := t.integers("cat_boundaries")
	words := len(strings.Fields(t.l.values["cat_threshold"]))
	if len(bounds) != n+1 || bounds[0] != 0 || int(bounds[n]) != words {
		t.fault("cat_boundaries has %d entries for %d sets of %d words", len(bounds), n, words)
		return n
	}
	for i := range n {
		if bounds[i+1] < bounds[i] {
			t.fault("cat_boundaries falls from %d to %d", bounds[i], bounds[i+1])
		}
	}
	return n
}

// linear verifies the linear models in leaves.
func (t lightgbmTree) linear(leaves int) {
	if strings.TrimSpace(t.l.values["is_linear"]) != "1" {
		return
	}
	counts, features := t.integers("num_features"), t.integers("leaf_features")
	sum := int64(0)
	for _, c := range counts {
		sum += int64(max(c, 0))
	}
	if len(counts) != leaves || sum != int64(len(features)) || sum != int64(len(strings.Fields(t.l.values["leaf_coeff"]))) {
		t.fault("its leaves have %d features and %d of them are named", sum, len(features))
	}
	for _, f := range features {
		if f < 0 || int64(f) >= t.l.out.Features {
			t.fault("a leaf's model has the feature %d of %d", f, t.l.out.Features)
			return
		}
	}
}
