package sklearn

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
)

//go:embed methods.txt
var methods string

// Shadows is the first attribute of a state that stands in for a method of its
// class, so that the object predicts otherwise than the class does, "" for none.
// more are methods that scikit-learn's own classes have not.
func Shadows(d *object.Dict, more ...string) string {
	names := slices.Concat(more, strings.Fields(methods))
	for _, k := range d.Keys {
		name, ok := k.(string)
		if ok && (strings.HasPrefix(name, "__") || slices.Contains(names, name)) {
			return name
		}
	}
	return ""
}
