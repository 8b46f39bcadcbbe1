package policy

import (
	"slices"
	"unicode/utf8"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// Condition is what a set says of the resources of a list, as trees over the
// fields {object: id, name}, {object-tag: key}, and, of what the resources are
// in, {experiment: id, name}, {experiment-tag: key} and the same for model.
type Condition struct {
	Permit filter.Node // some policy permits
	Forbid filter.Node // some policy forbids, and wins
}

// Node is the condition under which Decide would allow.
func (c Condition) Node() filter.Node { return And(c.Permit, Not(c.Forbid)) }

// Condition says on which resources of a kind the set lets an action through,
// and on which it forbids it.
func (s *Set) Condition(who Principal, action, workspace, kind string) Condition {
	c := compiler{kind: kind, workspace: workspace}
	entities, request := s.request(Request{who, action, workspace, Resource{Kind: workspaceKind, ID: workspace, Name: workspace}})
	c.env = eval.Env{Entities: entities, Principal: request.Principal, Action: request.Action, Resource: request.Resource, Context: request.Context}
	var permit, forbid []filter.Node
	for _, p := range s.Policies {
		applies := c.expression(eval.PolicyToNode(p.tree).AsIsNode())
		if p.Forbids {
			forbid = append(forbid, applies)
		} else {
			permit = append(permit, applies)
		}
	}
	return Condition{Or(permit...), Or(forbid...)}
}

// compiler makes trees for one request over one kind of resources. What an
// expression has no value for is false: the checker has seen to it that Cedar's
// engine is never asked for it either.
type compiler struct {
	kind, workspace string
	env             eval.Env
}

// artifactKind is the kind of files. What each lies in, no list tells: of files
// a condition is certain only where it holds whatever they lie in.
const artifactKind = "artifact"

// maybe holds of some files and not of others.
func maybe() filter.Node {
	return filter.Compare{Field: filter.Field{Entity: "object", Key: "id"}, Op: filter.NotNull}
}

func constant(v bool) filter.Node {
	if v {
		return filter.True{}
	}
	return filter.False{}
}

// expression is when a condition holds.
func (c compiler) expression(n ast.IsNode) filter.Node {
	if !ofResource(n) {
		v, err := eval.Eval(n, c.env)
		return constant(err == nil && v == types.Value(types.True))
	}
	switch n := n.(type) {
	case ast.NodeTypeAnd:
		return And(c.expression(n.Left), c.expression(n.Right))
	case ast.NodeTypeOr:
		return Or(c.expression(n.Left), c.expression(n.Right))
	case ast.NodeTypeNot:
		return Not(c.expression(n.Arg))
	case ast.NodeTypeIfThenElse:
		test := c.expression(n.If)
		return Or(And(test, c.expression(n.Then)), And(Not(test), c.expression(n.Else)))
	case ast.NodeTypeHas:
		p, _ := pathOf(ast.NodeTypeAccess(n))
		e, has := c.entity(p)
		if has && c.kind == artifactKind && e.field != "object" {
			return maybe()
		}
		return constant(has)
	case ast.NodeTypeHasTag:
		return c.hasTag(n)
	case ast.NodeTypeEquals:
		return c.equal(n.Left, n.Right)
	case ast.NodeTypeNotEquals:
		return Not(c.equal(n.Left, n.Right))
	case ast.NodeTypeContains:
		return c.contains(n)
	case ast.NodeTypeLike:
		return c.like(n)
	case ast.NodeTypeIn:
		return c.in(n.Left, n.Right)
	case ast.NodeTypeIs:
		return c.is(n)
	case ast.NodeTypeIsIn:
		return And(c.is(n.NodeTypeIs), c.in(n.Left, n.Entity))
	}
	return filter.False{}
}

// entity is the entity of the list's fields that a path leads to, and its kind;
// false where the resources have none.
func (c compiler) entity(p path) (reached, bool) {
	own := kinds[c.kind].holder
	if c.kind == artifactKind {
		own = "experiment"
	}
	switch p.holder {
	case "":
		return reached{"object", c.kind}, true
	case own:
		if c.kind == own {
			return reached{"object", own}, true
		}
		return reached{own, own}, true
	}
	return reached{}, false
}

type reached struct{ field, kind string }

// field is where the value of a path or a tag is; false where there is none.
func (c compiler) field(n ast.IsNode) (filter.Field, bool) {
	if g, is := n.(ast.NodeTypeGetTag); is {
		p, _ := pathOf(g.Left)
		e, ok := c.entity(p)
		return filter.Field{Entity: e.field + "-tag", Key: textOf(g.Right)}, ok
	}
	p, _ := pathOf(n)
	e, ok := c.entity(p)
	return filter.Field{Entity: e.field, Key: p.attribute}, ok
}

func (c compiler) hasTag(n ast.NodeTypeHasTag) filter.Node {
	p, _ := pathOf(n.Left)
	e, ok := c.entity(p)
	if !ok {
		return filter.False{}
	}
	return filter.Compare{Field: filter.Field{Entity: e.field + "-tag", Key: textOf(n.Right)}, Op: filter.NotNull}
}

func (c compiler) equal(left, right ast.IsNode) filter.Node {
	if !ofResource(left) {
		left, right = right, left
	}
	v, err := eval.Eval(right, c.env)
	if err != nil {
		return filter.False{}
	}
	return c.among(left, []types.Value{v})
}

// contains is whether a list holds what the resource has.
func (c compiler) contains(n ast.NodeTypeContains) filter.Node {
	v, err := eval.Eval(n.Left, c.env)
	all, ok := v.(types.Set)
	if err != nil || !ok {
		return filter.False{}
	}
	return c.among(n.Right, all.Slice())
}

// among is whether what the resource has equals one of some values.
func (c compiler) among(n ast.IsNode, values []types.Value) filter.Node {
	if p, ok := pathOf(n); ok && p.attribute == "" {
		return c.same(p, values)
	}
	var texts []any
	for _, v := range values {
		if s, ok := v.(types.String); ok {
			texts = append(texts, string(s))
		}
	}
	f, ok := c.field(n)
	switch {
	case !ok || len(texts) == 0:
		return filter.False{}
	case f.Key == "workspace" && !isTag(n):
		return constant(slices.Contains(texts, any(c.workspace)))
	}
	return filter.Compare{Field: f, Op: filter.In, Values: texts}
}

func isTag(n ast.IsNode) bool {
	_, ok := n.(ast.NodeTypeGetTag)
	return ok
}

// same is whether the resource, or what it is in, is one of some entities.
func (c compiler) same(p path, values []types.Value) filter.Node {
	e, ok := c.entity(p)
	var ids []any
	for _, v := range values {
		if uid, is := v.(types.EntityUID); is && uid.Type == typeOf(e.kind) {
			ids = append(ids, string(uid.ID))
		}
	}
	if !ok || len(ids) == 0 {
		return filter.False{}
	}
	return filter.Compare{Field: filter.Field{Entity: e.field, Key: "id"}, Op: filter.In, Values: ids}
}

// in is whether the resource, or what it is in, is one of some entities or within one.
func (c compiler) in(left, right ast.IsNode) filter.Node {
	p, _ := pathOf(left)
	e, ok := c.entity(p)
	v, err := eval.Eval(right, c.env)
	if !ok || err != nil {
		return filter.False{}
	}
	values := []types.Value{v}
	if all, ok := v.(types.Set); ok {
		values = all.Slice()
	}
	here := types.NewEntityUID(typeOf(workspaceKind), types.String(c.workspace))
	if slices.Contains(values, types.Value(here)) {
		return filter.True{}
	}
	if e.kind == artifactKind {
		return maybe()
	}
	held := kinds[e.kind].holder
	if held == "" || held == e.kind {
		return c.same(p, values)
	}
	return Or(c.same(p, values), c.same(path{holder: held}, values))
}

func (c compiler) is(n ast.NodeTypeIs) filter.Node {
	p, _ := pathOf(n.Left)
	e, ok := c.entity(p)
	return constant(ok && typeOf(e.kind) == n.EntityType)
}

// like compares with a beginning, as a range: no character of it stands for others.
func (c compiler) like(n ast.NodeTypeLike) filter.Node {
	prefix, more, _ := prefixOf(n.Value)
	f, ok := c.field(n.Arg)
	switch {
	case !ok:
		return filter.False{}
	case f.Key == "workspace" && !isTag(n.Arg):
		return constant(n.Value.Match(types.String(c.workspace)))
	case !more:
		return filter.Compare{Field: f, Op: filter.Eq, Values: []any{prefix}}
	}
	begins := filter.Compare{Field: f, Op: filter.Ge, Values: []any{prefix}}
	if end, ok := after(prefix); ok {
		return And(begins, filter.Compare{Field: f, Op: filter.Lt, Values: []any{end}})
	}
	return begins
}

// after is the first text behind all that begin with prefix, in the order of
// their bytes; false where there is none.
func after(prefix string) (string, bool) {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case last == utf8.MaxRune || last == utf8.RuneError && size <= 1:
			continue
		case last == 0xD7FF:
			return prefix + "\uE000", true
		}
		return prefix + string(last+1), true
	}
	return "", false
}
