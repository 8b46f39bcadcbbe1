package sklearn

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
)

// check refuses attributes of any object that stand in for methods of its class, and
// holds every tree among the attributes against itself, also those that
// no prediction comes to: scikit-learn follows the children and features of one
// without looking whether they are there.
func check(v object.Value, s *state, seen map[object.Value]bool) {
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
		if d, ok := v.State.(*object.Dict); ok && strings.HasPrefix(v.Class.Module, "sklearn.") && s.err == nil {
			if name := Shadows(d); name != "" {
				s.err = &Unsupported{What: fmt.Sprintf("%s with the attribute %q in place of its class's", v.Class.Full(), name)}
			}
		}
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
		check(item, s, seen)
	}
}
