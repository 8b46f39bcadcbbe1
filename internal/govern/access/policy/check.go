package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// can says what policies may test, for whoever wrote something else.
const can = "of a resource a policy can test: ==, in, is; id, name, workspace, experiment and model by ==, !=, like \"prefix*\" and [\"…\"].contains(…); " +
	"tags by hasTag(\"key\") and then getTag(\"key\"); of others principal.name, context.workspace, and what principal and action are or are in"

// sort is what an expression gives.
type sort int

const (
	truth sort = iota
	text
	entity
	set
	record
)

// known is what holds of the resource where an expression is reached: that it
// has a tag, or lies in an experiment.
type known map[string]bool

func (k known) with(more known) known {
	all := known{}
	maps.Copy(all, k)
	maps.Copy(all, more)
	return all
}

func (k known) both(other known) known {
	all := known{}
	for key := range k {
		if other[key] {
			all[key] = true
		}
	}
	return all
}

// checker refuses what a policy cannot say.
type checker struct {
	v      Vocabulary
	source string
	tokens []token // of the policy
}

// refuse is the refusal at the first of the policy's words that is word.
func (c checker) refuse(word, hint, format string, args ...any) error {
	at := token{line: 1, column: 1}
	if len(c.tokens) > 0 {
		at = c.tokens[0]
	}
	for _, t := range c.tokens {
		if unquoted, err := strconv.Unquote(t.text); t.text == word || err == nil && unquoted == word {
			at = t
			break
		}
	}
	return &Place{Source: c.source, Line: at.line, Column: at.column, Text: fmt.Sprintf(format, args...), Hint: hint}
}

func (c checker) policy(p *ast.Policy) error {
	for _, s := range []any{p.Principal, p.Action} {
		if _, err := c.scope(s); err != nil {
			return err
		}
	}
	k, err := c.scope(p.Resource)
	if err != nil {
		return err
	}
	c.tokens = c.tokens[max(slices.IndexFunc(c.tokens, func(t token) bool { return t.text == "when" || t.text == "unless" }), 0):]
	for _, one := range p.Conditions {
		got, more, err := c.expression(one.Body, k)
		if err != nil {
			return err
		}
		if got != truth {
			return c.refuse(wordOf(one.Body), can, "a condition must be true or false")
		}
		if one.Condition == ast.ConditionWhen {
			k = k.with(more)
		}
	}
	return nil
}

// scope checks one of the three parts of a policy's head, and gives what it makes known.
func (c checker) scope(s any) (known, error) {
	switch s := s.(type) {
	case ast.ScopeTypeEq:
		return holds(s.Entity.Type), c.literal(s.Entity)
	case ast.ScopeTypeIn:
		return inside(s.Entity.Type), c.literal(s.Entity)
	case ast.ScopeTypeInSet:
		for _, e := range s.Entities {
			if err := c.literal(e); err != nil {
				return nil, err
			}
		}
	case ast.ScopeTypeIs:
		return holds(s.Type), c.entityType(s.Type)
	case ast.ScopeTypeIsIn:
		if err := c.entityType(s.Type); err != nil {
			return nil, err
		}
		return holds(s.Type), c.literal(s.Entity)
	}
	return nil, nil
}

// holds is what is known of a resource of a type.
func holds(t types.EntityType) known {
	if k, ok := kindOf(t); ok && kinds[k].holder != "" {
		return known{kinds[k].holder: true}
	}
	return nil
}

// inside is what is known of a resource in one of a type.
func inside(t types.EntityType) known {
	if k, ok := kindOf(t); ok && slices.Contains(holders, k) {
		return known{k: true}
	}
	return nil
}

func (c checker) entityType(t types.EntityType) error {
	if _, ok := kindOf(t); ok {
		return nil
	}
	var all []string
	for _, k := range kinds {
		all = append(all, string(k.entity))
	}
	slices.Sort(all)
	return c.refuse(string(t), "the types are "+strings.Join(all, ", "), "there is no type %s", t)
}

// literal refuses an entity of no type, and a role or action that there is not.
func (c checker) literal(e types.EntityUID) error {
	id := string(e.ID)
	switch e.Type {
	case roleType, whereType:
		if !slices.Contains(roleOrder, id) {
			return c.refuse(id, "the roles are "+strings.Join(roleOrder, ", "), "there is no role %q", id)
		}
		return nil
	case action:
		if _, ok := c.v.Actions[id]; !ok && !c.v.isGroup(id) {
			return c.refuse(id, "tacit access policies --actions lists the actions and the groups they are in", "there is no action %q", id)
		}
		return nil
	}
	return c.entityType(e.Type)
}

func wordOf(n ast.IsNode) string {
	switch n := n.(type) {
	case ast.NodeTypeVariable:
		return string(n.Name)
	case ast.NodeTypeAccess:
		return string(n.Value)
	case ast.NodeValue:
		return strings.Trim(n.Value.String(), `"`)
	}
	word := ""
	ast.Inspect(ast.NewNode(n), func(inner ast.IsNode) bool {
		if v, ok := inner.(ast.NodeTypeVariable); ok && word == "" {
			word = string(v.Name)
		}
		return word == ""
	})
	return word
}

// ofResource reports whether an expression asks anything of the resource.
func ofResource(n ast.IsNode) (asks bool) {
	ast.Inspect(ast.NewNode(n), func(inner ast.IsNode) bool {
		if v, ok := inner.(ast.NodeTypeVariable); ok && v.Name == "resource" {
			asks = true
		}
		return !asks
	})
	return asks
}
