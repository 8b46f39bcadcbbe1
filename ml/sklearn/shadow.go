package sklearn

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
)

//go:embed methods.txt
var methods string

// shadows is the first attribute of a state that stands in for a method of its
// class, so that the object predicts otherwise than the class does, "" for none.
func shadows(d *object.Dict) string {
	names := strings.Fields(methods)
	for _, k := range d.Keys {
		name, ok := k.(string)
		if ok && (strings.HasPrefix(name, "__") || slices.Contains(names, name)) {
			return name
		}
	}
	return ""
}
