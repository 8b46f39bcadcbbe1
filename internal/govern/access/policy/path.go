package policy

import (
	"encoding/json"
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// path is what an expression asks of the resource: an attribute of it, or of
// what it is in; "" for the thing itself.
type path struct{ holder, attribute string }

// pathOf reads resource, resource.name, resource.experiment and
// resource.experiment.name; false for anything else.
func pathOf(n ast.IsNode) (path, bool) {
	switch n := n.(type) {
	case ast.NodeTypeVariable:
		return path{}, n.Name == "resource"
	case ast.NodeTypeAccess:
		p, ok := pathOf(n.Arg)
		word := string(n.Value)
		switch {
		case !ok || p.attribute != "":
			return p, false
		case p.holder == "" && slices.Contains(holders, word):
			return path{holder: word}, true
		}
		p.attribute = word
		return p, word == "id" || word == "name" || word == "workspace"
	}
	return path{}, false
}

func isText(n ast.IsNode) bool {
	v, ok := n.(ast.NodeValue)
	if !ok {
		return false
	}
	_, ok = v.Value.(types.String)
	return ok
}

func textOf(n ast.IsNode) string {
	if v, ok := n.(ast.NodeValue); ok {
		if s, ok := v.Value.(types.String); ok {
			return string(s)
		}
	}
	return ""
}

// prefixOf is the text that a pattern begins with, and whether anything may
// follow; false for a pattern with a * elsewhere than at its end.
func prefixOf(p types.Pattern) (prefix string, more, ok bool) {
	var parts []json.RawMessage
	written, err := p.MarshalJSON()
	if err != nil || json.Unmarshal(written, &parts) != nil {
		return "", false, false
	}
	for _, part := range parts {
		var literal struct{ Literal *string }
		switch {
		case more:
			return "", false, false // something follows the *
		case json.Unmarshal(part, &literal) == nil && literal.Literal != nil:
			prefix += *literal.Literal
		default:
			more = true
		}
	}
	return prefix, more, true
}
