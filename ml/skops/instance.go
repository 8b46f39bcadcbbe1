package skops

import (
	"errors"

	"github.com/tacit-ml/tacit/ml/object"
)

// Classes for which skops has loaders of their own.
const (
	treeClass = "sklearn.tree._tree.Tree"
	lossPlace = "sklearn._loss._loss"
	lossAlias = "_loss" // the same in scikit-learn 1.5 to 1.7
	sgdPlace  = "sklearn.linear_model._sgd_fast"
)

// loader is the one that skops has for objects of a class.
func loader(c object.Class) string {
	switch {
	case c.Full() == treeClass:
		return "TreeNode"
	case c.Module == lossPlace, c.Module == lossAlias, c.Module == sgdPlace:
		return "LossNode"
	case c == object.RandomState:
		return "RandomStateNode"
	case c == object.Generator:
		return "RandomGeneratorNode"
	}
	return "ObjectNode"
}

func (w *writer) instance(x *object.Instance) error {
	how := loader(x.Class)
	w.begin(x.Class.Module, x.Class.Name, how)
	if how == "RandomGeneratorNode" {
		return w.generator(x)
	}
	if how == "TreeNode" || how == "LossNode" {
		return w.reduced(x)
	}
	if x.Args != nil && len(x.Args.Items) > 0 {
		return errors.New("skops: an object of " + x.Class.Full() + " is made by its constructor, for which skops has no form")
	}
	if x.State != nil {
		w.say(`,"content":`)
		if err := w.node(x.State); err != nil {
			return err
		}
	}
	w.end(x)
	return nil
}

// reduced writes the state and the arguments of the constructor.
func (w *writer) reduced(x *object.Instance) error {
	state, args := x.State, x.Args
	if state == nil {
		state = &object.Dict{}
	}
	if args == nil {
		args = &object.Tuple{}
	}
	w.say(`,"content":`)
	if err := w.node(state); err != nil {
		return err
	}
	w.say(`,"__reduce__":{"args":`)
	if err := w.node(args); err != nil {
		return err
	}
	w.say("}")
	w.end(x)
	return nil
}

// generator writes the two states of a generator of random numbers.
func (w *writer) generator(x *object.Instance) error {
	for i, name := range []string{"bit_generator", "seed_seq"} {
		state, ok := x.Field(name)
		if !ok {
			return errors.New("skops: a generator of random numbers has no " + name)
		}
		w.say([]string{`,"content":{`, ","}[i]+`"%s":`, name)
		if err := w.node(state); err != nil {
			return err
		}
	}
	w.say("}")
	w.end(x)
	return nil
}
