package skops

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
)

// Asked are the types for which skops.io.load wants a person's trust before it
// loads root, in order. They are those that skops 0.16 does not trust by itself:
// trees of scikit-learn, whose nodes it does not check, and what is no public
// estimator. Other versions differ in some.
func Asked(root object.Value) []string {
	a := asking{seen: map[any]bool{}, names: map[string]bool{}}
	a.value(root)
	var out []string
	for name := range a.names {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

type asking struct {
	seen  map[any]bool
	names map[string]bool
}

func (a *asking) value(v object.Value) {
	switch v := v.(type) {
	case *object.List:
		a.all(v, v.Items)
	case *object.Tuple:
		a.all(v, v.Items)
	case *object.Set:
		a.all(v, v.Items)
	case *object.Array:
		a.all(v, v.Objects)
	case *object.Dict:
		a.all(v, v.Values)
	case *object.Type:
		a.names["numpy.dtype"] = true
	case *object.Class:
		if !trustedType(v) {
			a.names[v.Full()] = true
		}
	case *object.Instance:
		if !trustedClass(v.Class) {
			a.names[v.Class.Full()] = true
		}
		parts := []object.Value{v.State}
		if v.Args != nil {
			parts = append(parts, v.Args)
		}
		a.all(v, parts)
	}
}

func (a *asking) all(of any, items []object.Value) {
	if a.seen[of] {
		return
	}
	a.seen[of] = true
	for _, v := range items {
		a.value(v)
	}
}

func trustedType(c *object.Class) bool {
	if c.Module == "builtins" {
		return slices.Contains([]string{"int", "float", "str", "bool", "list", "set", "map", "tuple"}, c.Name)
	}
	return c.Module == "numpy" && c.Name != "ndarray"
}

// trustedClass reports whether skops trusts objects of a class: public estimators,
// and the losses and links in them.
func trustedClass(c object.Class) bool {
	switch how := loader(c); {
	case how == "TreeNode":
		return false
	case how != "ObjectNode":
		return true
	case c.Module == "sklearn._loss.link", c.Module == "sklearn._loss.loss":
		return !strings.HasPrefix(c.Name, "HalfTweedieLoss")
	case strings.HasPrefix(c.Module, "sklearn.ensemble._gb_losses"), c.Name == "TreePredictor":
		return false
	case c.Full() == "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper":
		return true
	}
	return strings.HasPrefix(c.Module, "sklearn.") && !strings.HasPrefix(c.Name, "_")
}
