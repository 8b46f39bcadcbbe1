package sklearn

import "github.com/tacit-ml/tacit/ml/object"

// checkTrees holds every tree among the attributes against itself, also those that
// no prediction comes to: scikit-learn follows the children and features of one
// without looking whether they are there.
func checkTrees(v object.Value, s *state, seen map[object.Value]bool) {
	var items []object.Value
	switch v := v.(type) {
	case *object.List:
		items = v.Items
	case *object.Tuple:
		items = v.Items
	case *object.Set:
		items = v.Items
	case *object.Array:
		items = v.Objects
	case *object.Dict:
		items = v.Values
	case *object.Instance:
		items = []object.Value{v.State}
		switch v.Class.Name {
		case "Tree":
			readTree(s, v)
		case "TreePredictor":
			readPredictor(s, v, mostFeatures)
		}
	default:
		return
	}
	if seen[v] || s.err != nil {
		return
	}
	seen[v] = true
	for _, item := range items {
		checkTrees(item, s, seen)
	}
}
