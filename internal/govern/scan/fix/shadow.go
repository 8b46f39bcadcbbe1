package fix

import (
	_ "embed"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/sklearn"
)

//go:embed methods.txt
var boosterMethods string

// unshadowed refuses an estimator or booster with an attribute in place of a
// method of its class: it predicts otherwise than its trees.
func unshadowed(x *object.Instance) error {
	d, ok := x.State.(*object.Dict)
	if !ok {
		return nil
	}
	if name := sklearn.Shadows(d, strings.Fields(boosterMethods)...); name != "" {
		return refuse("%s has the attribute %q in place of its class's.", visible(x.Class.Full()), visible(name))
	}
	return nil
}
