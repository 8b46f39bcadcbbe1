package policy

import (
	"fmt"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// expression checks one expression where k is known, and gives its sort and
// what is known besides where it is true.
func (c checker) expression(n ast.IsNode, k known) (sort, known, error) {
	switch n := n.(type) {
	case ast.NodeValue:
		return c.value(n.Value)
	case ast.NodeTypeVariable:
		if n.Name == "context" {
			return record, nil, nil
		}
		return entity, nil, nil
	case ast.NodeTypeSet:
		return set, nil, c.elements(n, k)
	case ast.NodeTypeAnd:
		return c.and(n.Left, n.Right, k)
	case ast.NodeTypeOr:
		left, err := c.truth(n.Left, k)
		if err != nil {
			return truth, nil, err
		}
		right, err := c.truth(n.Right, k)
		return truth, left.both(right), err
	case ast.NodeTypeNot:
		_, err := c.truth(n.Arg, k)
		return truth, nil, err
	case ast.NodeTypeIfThenElse:
		return c.choice(n, k)
	case ast.NodeTypeAccess:
		return c.access(n, k)
	case ast.NodeTypeGetTag:
		key, err := c.tag(n.Left, n.Right, k)
		if err == nil && !k[key] {
			word := textOf(n.Right)
			err = c.refuse("getTag", fmt.Sprintf("write …hasTag(%q) && …getTag(%q) == …", word, word),
				"getTag(%q) is asked of what may not have the tag, and then the policy would not apply", word)
		}
		return text, nil, err
	case ast.NodeTypeHasTag:
		key, err := c.tag(n.Left, n.Right, k)
		return truth, known{key: true}, err
	}
	return c.test(n, k)
}

// test checks what compares.
func (c checker) test(n ast.IsNode, k known) (sort, known, error) {
	switch n := n.(type) {
	case ast.NodeTypeHas:
		return c.has(n)
	case ast.NodeTypeEquals:
		return truth, nil, c.equal(n.Left, n.Right, k)
	case ast.NodeTypeNotEquals:
		return truth, nil, c.equal(n.Left, n.Right, k)
	case ast.NodeTypeLike:
		return truth, nil, c.like(n, k)
	case ast.NodeTypeIn:
		more, err := c.in(n.Left, n.Right, k)
		return truth, more, err
	case ast.NodeTypeIs:
		more, err := c.is(n, k)
		return truth, more, err
	case ast.NodeTypeIsIn:
		of, err := c.is(n.NodeTypeIs, k)
		if err != nil {
			return truth, nil, err
		}
		more, err := c.in(n.Left, n.Entity, k)
		return truth, of.with(more), err
	case ast.NodeTypeContains:
		if ofResource(n.Left) {
			return truth, nil, c.refuse("contains", can, "contains asks a list written in the policy")
		}
		if err := c.want(n.Left, k, set); err != nil {
			return truth, nil, err
		}
		_, _, err := c.expression(n.Right, k)
		return truth, nil, err
	}
	return truth, nil, c.refuse(wordOf(n), can, "this cannot be tested")
}

// value checks what is written as itself.
func (c checker) value(v types.Value) (sort, known, error) {
	switch v := v.(type) {
	case types.Boolean:
		return truth, nil, nil
	case types.String:
		return text, nil, nil
	case types.EntityUID:
		return entity, nil, c.literal(v)
	}
	return truth, nil, c.refuse(v.String(), can, "%s is neither a text nor the name of something", v)
}

// want checks an expression that must be of a sort.
func (c checker) want(n ast.IsNode, k known, want sort) error {
	got, _, err := c.expression(n, k)
	if err == nil && got != want {
		err = c.refuse(wordOf(n), can, "this must be %s", [...]string{"true or false", "a text", "the name of something", "a list", "a record"}[want])
	}
	return err
}

func (c checker) truth(n ast.IsNode, k known) (known, error) {
	got, more, err := c.expression(n, k)
	if err == nil && got != truth {
		err = c.refuse(wordOf(n), can, "this must be true or false")
	}
	return more, err
}

func (c checker) and(left, right ast.IsNode, k known) (sort, known, error) {
	first, err := c.truth(left, k)
	if err != nil {
		return truth, nil, err
	}
	second, err := c.truth(right, k.with(first))
	return truth, first.with(second), err
}

func (c checker) choice(n ast.NodeTypeIfThenElse, k known) (sort, known, error) {
	_, yes, err := c.and(n.If, n.Then, k)
	if err != nil {
		return truth, nil, err
	}
	no, err := c.truth(n.Else, k)
	return truth, yes.both(no), err
}

func (c checker) elements(n ast.NodeTypeSet, k known) error {
	for _, e := range n.Elements {
		got, _, err := c.expression(e, k)
		if err != nil {
			return err
		}
		if got != text && got != entity || ofResource(e) {
			return c.refuse(wordOf(e), can, "a list holds texts and names of things")
		}
	}
	return nil
}

// access checks an attribute.
func (c checker) access(n ast.NodeTypeAccess, k known) (sort, known, error) {
	word := string(n.Value)
	if v, ok := n.Arg.(ast.NodeTypeVariable); ok {
		switch {
		case v.Name == "principal" && word == "name", v.Name == "context" && word == "workspace":
			return text, nil, nil
		case v.Name != "resource":
			return text, nil, c.refuse(word, can, "%s has no %s", v.Name, word)
		}
	}
	p, ok := pathOf(n)
	switch {
	case !ok:
		return text, nil, c.refuse(word, can, "%s cannot be tested", word)
	case p.holder != "" && !k[p.holder]:
		return text, nil, c.refuse(p.holder, fmt.Sprintf("write resource has %s && …, or name a type in the head: resource is Run", p.holder),
			"not every resource has a resource.%s, and then the policy would not apply", p.holder)
	case p.attribute == "":
		return entity, nil, nil
	}
	return text, nil, nil
}

// has checks that an attribute is there.
func (c checker) has(n ast.NodeTypeHas) (sort, known, error) {
	p, ok := pathOf(ast.NodeTypeAccess(n))
	v, variable := n.Arg.(ast.NodeTypeVariable)
	if !ok || !variable || v.Name != "resource" || p.attribute != "" {
		return truth, nil, c.refuse(string(n.Value), can, "has asks the resource for experiment or model")
	}
	return truth, known{p.holder: true}, nil
}

// tag checks of whom and by which key a tag is asked, and names the two.
func (c checker) tag(of, key ast.IsNode, k known) (string, error) {
	if !isText(key) {
		return "", c.refuse(wordOf(key), can, "the key of a tag is a text written in the policy")
	}
	if p, ok := pathOf(of); !ok || p.attribute != "" {
		return "", c.refuse(textOf(key), can, "the resource, its experiment and its model have tags, nothing else")
	}
	p, _ := pathOf(of)
	return p.holder + "#" + textOf(key), c.want(of, k, entity)
}

func (c checker) equal(left, right ast.IsNode, k known) error {
	l, _, err := c.expression(left, k)
	if err != nil {
		return err
	}
	r, _, err := c.expression(right, k)
	switch {
	case err != nil:
		return err
	case l != r || l != text && l != entity:
		return c.refuse(wordOf(right), can, "these two are never equal")
	case ofResource(left) && ofResource(right):
		return c.refuse(wordOf(right), can, "two things of the resource cannot be compared with each other")
	}
	return nil
}

func (c checker) like(n ast.NodeTypeLike, k known) error {
	if err := c.want(n.Arg, k, text); err != nil {
		return err
	}
	if _, _, ok := prefixOf(n.Value); !ok && ofResource(n.Arg) {
		return c.refuse("like", can, "like takes a beginning and one * at the end: \"prod-*\"")
	}
	return nil
}

func (c checker) in(left, right ast.IsNode, k known) (known, error) {
	if err := c.want(left, k, entity); err != nil {
		return nil, err
	}
	got, _, err := c.expression(right, k)
	switch {
	case err != nil:
		return nil, err
	case ofResource(right):
		return nil, c.refuse(wordOf(right), can, "what something is in is written in the policy")
	case got != entity && got != set:
		return nil, c.refuse(wordOf(right), can, "what something is in is the name of something")
	}
	if all, ok := right.(ast.NodeTypeSet); ok {
		for _, e := range all.Elements {
			if isText(e) {
				return nil, c.refuse(textOf(e), can, "what something is in is the name of something")
			}
		}
	}
	v, _ := left.(ast.NodeTypeVariable)
	if e, ok := right.(ast.NodeValue); ok && v.Name == "resource" {
		if uid, ok := e.Value.(types.EntityUID); ok {
			return inside(uid.Type), nil
		}
	}
	return nil, nil
}

func (c checker) is(n ast.NodeTypeIs, k known) (known, error) {
	if err := c.want(n.Left, k, entity); err != nil {
		return nil, err
	}
	if v, ok := n.Left.(ast.NodeTypeVariable); ok && v.Name == "resource" {
		return holds(n.EntityType), c.entityType(n.EntityType)
	}
	return nil, c.entityType(n.EntityType)
}
