package structure

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/tacit-ml/tacit/ml/jsonstream"
)

// Tokens is a document that is read: JSON's reader, or UBJSON's.
type Tokens interface {
	Next() (jsonstream.Token, error)
	Offset() int64
}

// XGBoost verifies a model from its first token on. Boosters are gbtree, dart and
// gblinear, with any number of outputs. An error wraps ErrNot or ErrLimit, or is
// one of the input.
func XGBoost(in Tokens) (Report, error) {
	x := &xgboost{in: in, features: -1, trees: -1}
	err := x.model()
	var syntax *jsonstream.SyntaxError
	switch {
	case errors.As(err, &syntax):
		err = fmt.Errorf("%w: byte %d: %s", ErrNot, syntax.Offset, syntax.What)
	case errors.Is(err, jsonstream.ErrLimit):
		err = fmt.Errorf("%w: %w", ErrLimit, err)
	case err == nil && !x.out.Booster:
		err = fmt.Errorf("%w: it has no booster", ErrNot)
	}
	x.out.End = in.Offset()
	x.out.Features = max(x.features, 0)
	return x.out, err
}

type xgboost struct {
	in       Tokens
	out      Report
	features int64 // -1 when not known yet
	trees    int64 // as the model says, -1 when it does not
	infos    int64 // entries of tree_info, -1 when there is none
	infosAt  int64
	widest   int64 // the greatest feature that a node splits on
	widestAt int64
}

func (x *xgboost) model() error {
	t, err := x.in.Next()
	if err != nil {
		return err
	}
	if t.Kind != jsonstream.Object {
		return fmt.Errorf("%w: it is no object", ErrNot)
	}
	err = x.object(func(key string, t jsonstream.Token) error {
		if key == "learner" && t.Kind == jsonstream.Object {
			return x.learner()
		}
		return x.skip(t)
	})
	if err != nil {
		return err
	}
	if x.features >= 0 && x.widest >= x.features && x.out.Nodes > 0 {
		x.out.fault(x.widestAt, "a node splits on the feature %d of %d", x.widest, x.features)
	}
	if x.trees >= 0 && x.trees != x.out.Trees {
		x.out.fault(0, "the model says that it has %d trees, and has %d", x.trees, x.out.Trees)
	}
	_, err = x.in.Next()
	return err
}

// object gives each key of the object that was opened, and its value's first
// token.
func (x *xgboost) object(each func(key string, t jsonstream.Token) error) error {
	for {
		k, err := x.in.Next()
		if err != nil || k.Kind == jsonstream.EndObject {
			return err
		}
		key := string(k.Text)
		if k.Duplicate {
			x.out.fault(k.From, "the key %q stands twice", key)
		}
		t, err := x.in.Next()
		if err != nil {
			return err
		}
		if err := each(key, t); err != nil {
			return err
		}
	}
}

// skip passes over the rest of a value that was begun.
func (x *xgboost) skip(t jsonstream.Token) error {
	for depth := 0; ; {
		switch t.Kind {
		case jsonstream.Object, jsonstream.Array:
			depth++
		case jsonstream.EndObject, jsonstream.EndArray:
			depth--
		case jsonstream.Key:
			if t.Duplicate {
				x.out.fault(t.From, "the key %q stands twice", t.Text)
			}
		}
		if depth == 0 {
			return nil
		}
		var err error
		if t, err = x.in.Next(); err != nil {
			return err
		}
	}
}

func (x *xgboost) learner() error {
	return x.object(func(key string, t jsonstream.Token) error {
		switch {
		case key == "gradient_booster" && t.Kind == jsonstream.Object:
			x.out.Booster = true
			return x.boosted(0)
		case key == "learner_model_param" && t.Kind == jsonstream.Object:
			return x.object(func(key string, t jsonstream.Token) error {
				if key == "num_feature" {
					x.features = integer(t)
					if x.features < 0 || x.features > mostFeatures {
						x.out.fault(t.From, "the number of features is %q", t.Text)
					}
				}
				return x.skip(t)
			})
		}
		return x.skip(t)
	})
}

// integer is a number, or a text of one; -1 for what is none.
func integer(t jsonstream.Token) int64 {
	if t.Kind == jsonstream.Number && t.Integer {
		return int64(t.Number)
	}
	n, err := strconv.ParseInt(string(t.Text), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// boosted reads a booster; dart's lies around one of gbtree.
func (x *xgboost) boosted(depth int) error {
	return x.object(func(key string, t jsonstream.Token) error {
		switch {
		case key == "gbtree" && t.Kind == jsonstream.Object && depth == 0:
			return x.boosted(depth + 1)
		case key == "model" && t.Kind == jsonstream.Object:
			return x.ensemble()
		}
		return x.skip(t)
	})
}

func (x *xgboost) ensemble() error {
	x.infos = -1
	err := x.object(func(key string, t jsonstream.Token) error {
		switch {
		case key == "trees" && t.Kind == jsonstream.Array:
			return x.forest()
		case key == "gbtree_model_param" && t.Kind == jsonstream.Object:
			return x.object(func(key string, t jsonstream.Token) error {
				if key == "num_trees" {
					x.trees = integer(t)
				}
				return x.skip(t)
			})
		case key == "tree_info" && t.Kind == jsonstream.Array:
			return x.info()
		}
		return x.skip(t)
	})
	if err == nil && x.infos >= 0 && x.infos != x.out.Trees {
		x.out.fault(x.infosAt, "tree_info has %d entries for %d trees", x.infos, x.out.Trees)
	}
	return err
}

// info is the output that each tree adds to.
func (x *xgboost) info() error {
	x.infos, x.infosAt = 0, x.in.Offset()
	for {
		t, err := x.in.Next()
		if err != nil || t.Kind == jsonstream.EndArray {
			return err
		}
		if x.infos++; integer(t) < 0 {
			x.out.fault(t.From, "tree_info has an output that is none")
			if err := x.skip(t); err != nil {
				return err
			}
		}
	}
}

func (x *xgboost) forest() error {
	for {
		t, err := x.in.Next()
		if err != nil || t.Kind == jsonstream.EndArray {
			return err
		}
		if t.Kind != jsonstream.Object {
			x.out.fault(t.From, "a tree is no object")
			if err := x.skip(t); err != nil {
				return err
			}
			continue
		}
		tree := xgboostTree{at: t.From, nodes: -1, vector: 1}
		if err := x.tree(&tree); err != nil {
			return err
		}
		tree.check(x)
		x.out.Trees++
		x.out.Nodes += int64(len(tree.left))
	}
}

// xgboostTree is one tree's arrays.
type xgboostTree struct {
	at                     int64
	nodes, vector          int64 // as tree_param has them
	left, right, parents   []float64
	conditions, features   []float64
	defaults, kinds        []float64
	catNodes, segments     []float64
	catSizes               []float64
	categories             int64
	weights, hessian, loss int64 // lengths of arrays of which nothing else is verified
	vectors                int64 // numbers in the leaves' vectors
}

func (x *xgboost) tree(t *xgboostTree) error {
	arrays := map[string]*[]float64{
		"left_children": &t.left, "right_children": &t.right, "parents": &t.parents, "split_conditions": &t.conditions, "split_indices": &t.features,
		"default_left": &t.defaults, "split_type": &t.kinds, "categories_nodes": &t.catNodes, "categories_segments": &t.segments, "categories_sizes": &t.catSizes,
	}
	lengths := map[string]*int64{"base_weights": &t.weights, "sum_hessian": &t.hessian, "loss_changes": &t.loss, "categories": &t.categories, "leaf_weights": &t.vectors}
	t.weights, t.hessian, t.loss = -1, -1, -1
	return x.object(func(key string, v jsonstream.Token) error {
		switch {
		case arrays[key] != nil && v.Kind == jsonstream.Array:
			values, err := x.numbers()
			*arrays[key] = values
			return err
		case lengths[key] != nil && v.Kind == jsonstream.Array:
			var err error
			*lengths[key], err = x.length()
			return err
		case key == "tree_param" && v.Kind == jsonstream.Object:
			return x.object(func(key string, v jsonstream.Token) error {
				switch key {
				case "num_nodes":
					t.nodes = integer(v)
				case "size_leaf_vector":
					t.vector = max(integer(v), 1)
				}
				return x.skip(v)
			})
		}
		return x.skip(v)
	})
}

// numbers reads the array that was opened; bools count as 0 and 1.
func (x *xgboost) numbers() ([]float64, error) {
	var all []float64
	_, err := x.each(func(v float64) error {
		if len(all) >= mostNodes {
			return fmt.Errorf("%w: a tree of more than %d nodes", ErrLimit, mostNodes)
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// length is how many numbers the array has that was opened.
func (x *xgboost) length() (int64, error) {
	return x.each(func(float64) error { return nil })
}

func (x *xgboost) each(take func(v float64) error) (n int64, err error) {
	for {
		t, err := x.in.Next()
		if err != nil || t.Kind == jsonstream.EndArray {
			return n, err
		}
		v := t.Number
		switch {
		case t.Kind == jsonstream.Bool && t.True:
			v = 1
		case t.Kind != jsonstream.Number && t.Kind != jsonstream.Bool:
			x.out.fault(t.From, "an array of numbers has a %s", t.Kind)
			if err := x.skip(t); err != nil {
				return n, err
			}
			v = math.NaN()
		}
		n++
		if err := take(v); err != nil {
			return n, err
		}
	}
}
