package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of a model file that is read.
const (
	MaxFile  = 1 << 30 // bytes
	maxNodes = 50_000_000
)

// noParent is what XGBoost writes as the root's parent.
const noParent = 2147483647

// document is the part of XGBoost's JSON schema (doc/model.schema of XGBoost)
// that a gbtree model with one output uses.
type document struct {
	Learner learner `json:"learner"`
	Version [3]int  `json:"version"`
}

type learner struct {
	Attributes   map[string]string `json:"attributes"`
	FeatureNames []string          `json:"feature_names"`
	FeatureTypes []string          `json:"feature_types"`
	Booster      boosterDocument   `json:"gradient_booster"`
	Param        learnerParam      `json:"learner_model_param"`
	Objective    objective         `json:"objective"`
}

type boosterDocument struct {
	Model boosterModel `json:"model"`
	Name  string       `json:"name"`
}

type boosterModel struct {
	Categories      map[string][]int `json:"cats"`
	Param           boosterParam     `json:"gbtree_model_param"`
	IterationStarts []int            `json:"iteration_indptr"`
	TreeInfo        []int            `json:"tree_info"`
	Trees           []treeDocument   `json:"trees"`
}

type boosterParam struct {
	ParallelTrees string `json:"num_parallel_tree"`
	Trees         string `json:"num_trees"`
}

type learnerParam struct {
	BaseScore        string `json:"base_score"`
	BoostFromAverage string `json:"boost_from_average"`
	Classes          string `json:"num_class"`
	Features         string `json:"num_feature"`
	Targets          string `json:"num_target"`
}

type objective struct {
	Name  string            `json:"name"`
	Param map[string]string `json:"reg_loss_param"`
}

type treeDocument struct {
	BaseWeights     floats            `json:"base_weights"`
	Categories      []int             `json:"categories"`
	CategoryNodes   []int             `json:"categories_nodes"`
	CategoryStarts  []int             `json:"categories_segments"`
	CategorySizes   []int             `json:"categories_sizes"`
	DefaultLeft     []byteOrBool      `json:"default_left"`
	ID              int               `json:"id"`
	Left            []int32           `json:"left_children"`
	Gains           floats            `json:"loss_changes"`
	Parents         []int32           `json:"parents"`
	Right           []int32           `json:"right_children"`
	SplitConditions floats            `json:"split_conditions"`
	SplitIndexes    []int32           `json:"split_indices"`
	SplitTypes      []int             `json:"split_type"`
	Covers          floats            `json:"sum_hessian"`
	Param           map[string]string `json:"tree_param"`
}

// floats is written with a point or an exponent in every number: XGBoost takes
// 1 for an integer and refuses it where a float is due.
type floats []float32

// MarshalJSON writes the numbers, the shortest that read back the same.
func (f floats) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, v := range f {
		if i > 0 {
			b = append(b, ',')
		}
		if !finite(float64(v)) {
			return nil, fmt.Errorf("tree: %v cannot be written as JSON", v)
		}
		from := len(b)
		b = strconv.AppendFloat(b, float64(v), 'g', -1, 32)
		if !bytes.ContainsAny(b[from:], ".e") {
			b = append(b, ".0"...)
		}
	}
	return append(b, ']'), nil
}

// byteOrBool reads 0, 1, true and false: versions of XGBoost differ.
type byteOrBool bool

// UnmarshalJSON reads it.
func (b *byteOrBool) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "1", "true":
		*b = true
	case "0", "false":
		*b = false
	default:
		return fmt.Errorf("%s is neither 0 nor 1", text)
	}
	return nil
}

// MarshalJSON writes 0 or 1.
func (b byteOrBool) MarshalJSON() ([]byte, error) {
	if b {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}

// WriteXGBoost writes m as XGBoost's JSON, which XGBoost 2 and 3 load.
func (m *Model) WriteXGBoost(w io.Writer) error {
	if err := m.Check(); err != nil {
		return err
	}
	d := document{Version: [3]int{3, 0, 0}}
	d.Learner = learner{
		Attributes: map[string]string{}, FeatureNames: m.Features, FeatureTypes: repeated("float", len(m.Features)),
		Param: learnerParam{
			BaseScore: strconv.FormatFloat(float64(float32(m.Base)), 'E', -1, 32), BoostFromAverage: "1",
			Classes: "0", Features: strconv.Itoa(len(m.Features)), Targets: "1",
		},
		Objective: objective{Name: string(m.Objective), Param: map[string]string{"scale_pos_weight": "1"}},
	}
	b := &d.Learner.Booster
	b.Name = "gbtree"
	b.Model = boosterModel{
		Categories:      map[string][]int{"enc": {}, "feature_segments": {}, "sorted_idx": {}},
		Param:           boosterParam{ParallelTrees: "1", Trees: strconv.Itoa(len(m.Trees))},
		IterationStarts: make([]int, len(m.Trees)+1), TreeInfo: make([]int, len(m.Trees)),
		Trees: make([]treeDocument, len(m.Trees)),
	}
	for i := range m.Trees {
		b.Model.IterationStarts[i+1] = i + 1
		b.Model.Trees[i] = m.Trees[i].document(i, len(m.Features))
	}
	return json.NewEncoder(w).Encode(d)
}

func repeated(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

func (t *Tree) document(id, features int) treeDocument {
	n := len(t.Nodes)
	d := treeDocument{
		ID: id, Categories: []int{}, CategoryNodes: []int{}, CategoryStarts: []int{}, CategorySizes: []int{},
		BaseWeights: make(floats, n), DefaultLeft: make([]byteOrBool, n), Left: make([]int32, n), Right: make([]int32, n),
		Gains: make(floats, n), Parents: make([]int32, n), SplitConditions: make(floats, n),
		SplitIndexes: make([]int32, n), SplitTypes: make([]int, n), Covers: make(floats, n),
		Param: map[string]string{
			"num_deleted": "0", "num_feature": strconv.Itoa(features), "num_nodes": strconv.Itoa(n), "size_leaf_vector": "1",
		},
	}
	d.Parents[0] = noParent
	for i, node := range t.Nodes {
		d.BaseWeights[i], d.Gains[i], d.Covers[i] = node.Weight, node.Gain, node.Cover
		d.SplitConditions[i], d.SplitIndexes[i], d.DefaultLeft[i] = node.Threshold, node.Feature, byteOrBool(node.DefaultLeft)
		d.Left[i], d.Right[i] = node.Left, node.Right
		if !node.Leaf() {
			d.Parents[node.Left], d.Parents[node.Right] = int32(i), int32(i)
		}
	}
	return d
}

// ReadXGBoost reads a model from XGBoost's JSON. What a Model cannot represent
// (other boosters, several outputs, categories, other objectives) is refused
// with its name.
func ReadXGBoost(r io.Reader) (*Model, error) {
	limited := &io.LimitedReader{R: r, N: MaxFile + 1}
	var d document
	if err := json.NewDecoder(limited).Decode(&d); err != nil {
		if limited.N <= 0 {
			return nil, fmt.Errorf("tree: the model has more than %d bytes", MaxFile)
		}
		return nil, fmt.Errorf("tree: not XGBoost's JSON: %w", err)
	}
	l := &d.Learner
	if l.Booster.Name != "gbtree" {
		return nil, fmt.Errorf("tree: the booster %q is not read, only gbtree", l.Booster.Name)
	}
	m := &Model{Objective: Objective(l.Objective.Name), Features: l.FeatureNames}
	if m.Objective != Logistic && m.Objective != SquaredError {
		return nil, fmt.Errorf("tree: the objective %q is not read", l.Objective.Name)
	}
	if c := l.Param.Classes; c != "" && c != "0" && c != "1" {
		return nil, fmt.Errorf("tree: a model of %s classes is not read", c)
	}
	if n := l.Param.Targets; n != "" && n != "0" && n != "1" {
		return nil, fmt.Errorf("tree: a model of %s targets is not read", n)
	}
	for i, group := range l.Booster.Model.TreeInfo {
		if group != 0 {
			return nil, fmt.Errorf("tree: tree %d adds to output %d: a model of several outputs is not read", i, group)
		}
	}
	var err error
	if m.Base, err = strconv.ParseFloat(strings.Trim(l.Param.BaseScore, "[]"), 32); err != nil {
		return nil, fmt.Errorf("tree: base_score %q is not a number", l.Param.BaseScore)
	}
	if m.Features, err = featureNames(l); err != nil {
		return nil, err
	}
	total := 0
	for i := range l.Booster.Model.Trees {
		t, err := l.Booster.Model.Trees[i].tree()
		if err != nil {
			return nil, fmt.Errorf("tree: tree %d: %w", i, err)
		}
		if total += len(t.Nodes); total > maxNodes {
			return nil, fmt.Errorf("tree: more than %d nodes", maxNodes)
		}
		m.Trees = append(m.Trees, t)
	}
	return m, m.Check()
}

// featureNames are those of the file, or f0, f1, … as XGBoost calls them.
func featureNames(l *learner) ([]string, error) {
	n, err := strconv.Atoi(l.Param.Features)
	if err != nil || n < 1 || n > 1<<20 {
		return nil, fmt.Errorf("tree: num_feature %q is not a number of features", l.Param.Features)
	}
	if len(l.FeatureNames) == n {
		return l.FeatureNames, nil
	}
	if len(l.FeatureNames) != 0 {
		return nil, fmt.Errorf("tree: %d feature names for %d features", len(l.FeatureNames), n)
	}
	names := make([]string, n)
	for i := range names {
		names[i] = "f" + strconv.Itoa(i)
	}
	return names, nil
}

func (d *treeDocument) tree() (Tree, error) {
	n := len(d.Left)
	if len(d.Right) != n || len(d.SplitConditions) != n || len(d.SplitIndexes) != n || len(d.DefaultLeft) != n {
		return Tree{}, errors.New("its arrays differ in length")
	}
	if len(d.CategoryNodes) > 0 {
		return Tree{}, errors.New("categorical splits are not read")
	}
	t := Tree{Nodes: make([]Node, n)}
	for i := range t.Nodes {
		t.Nodes[i] = Node{
			Feature: d.SplitIndexes[i], Left: d.Left[i], Right: d.Right[i], Threshold: d.SplitConditions[i],
			DefaultLeft: bool(d.DefaultLeft[i]), Gain: at(d.Gains, i), Weight: at(d.BaseWeights, i), Cover: at(d.Covers, i),
		}
	}
	return t, nil
}

func at(values floats, i int) float32 {
	if i < len(values) {
		return values[i]
	}
	return 0
}
