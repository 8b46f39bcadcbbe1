package grant

import (
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// verbLevels are the levels that verbs take on an object.
var verbLevels = map[string]Level{
	"read": Read, "list": Read, "search": Read,
	"create": Edit, "update": Edit, "write": Edit, "stage": Edit,
	"delete": Manage, "grant": Manage,
}

// levelVerbs are verbs that every kind of things has which grants are looked at
// for, the greatest level first: who may do one on a thing has its level there.
var levelVerbs = []struct {
	verb  string
	level Level
}{{"delete", Manage}, {"update", Edit}, {"read", Read}}

// granted are the nouns of actions that grants decide on; the others concern the
// workspace or the installation, and take a role.
var granted = []string{"experiment", "run", "metric", "logged-model", "artifact", "model", "version"}

// Decides reports whether grants decide on actions of a noun.
func Decides(noun string) bool { return slices.Contains(granted, noun) }

// Greatest is the greatest level all of whose verbs may be done on a thing.
func Greatest(may func(verb string) (bool, error)) (Level, error) {
	for _, l := range levelVerbs {
		if ok, err := may(l.verb); err != nil {
			return NoPermissions, err
		} else if ok {
			return l.level, nil
		}
	}
	return NoPermissions, nil
}

// LevelOf is the level that an action takes on an object, false where no grant
// Decides on it.
func LevelOf(action string) (Level, bool) {
	l, ok := verbLevels[roles.VerbOf(action)]
	return l, ok && slices.Contains(granted, roles.NounOf(action))
}

// grantKey is what a grant is on.
type grantKey struct{ kind, object string }

// Set are those of a principal and its groups in a workspace.
type Set map[grantKey]Grant

// Gather keeps of the grants on each object the one that has the say.
func Gather(all []Grant) Set {
	g := Set{}
	for _, one := range all {
		key := grantKey{one.Kind, one.Object}
		before, ok := g[key]
		if !ok || before.Level != NoPermissions && (one.Level == NoPermissions || one.Level.Rank() > before.Level.Rank()) {
			g[key] = one
		}
	}
	return g
}

// Nearest is the grant that decides on a resource, false for none.
func (g Set) Nearest(r policy.Resource) (Grant, bool) {
	for at := &r; at != nil; at = at.Within {
		for _, key := range []grantKey{{at.Kind, at.ID}, {at.Kind, AnyObject}} {
			if one, ok := g[key]; ok && at.Kind != WorkspaceKind {
				return one, true
			}
		}
	}
	one, ok := g[grantKey{WorkspaceKind, AnyObject}]
	return one, ok
}

// Any reports whether a grant lets anything through at all.
func (g Set) Any() bool {
	for _, one := range g {
		if one.Level != NoPermissions {
			return true
		}
	}
	return false
}

// holderOf is the kind that things of a kind lie in, "" for the workspace.
func holderOf(kind string) string {
	switch kind {
	case "run", "logged-model":
		return "experiment"
	case "version":
		return "model"
	}
	return ""
}

// Node is the condition under which grants let a level through over the things
// of a kind, and what no grant decides is otherwise. It says what nearest says.
func (g Set) Node(kind string, level Level, otherwise filter.Node) filter.Node {
	n := otherwise
	if one, ok := g[grantKey{WorkspaceKind, AnyObject}]; ok {
		n = policy.Constant(one.Lets(level))
	}
	if holder := holderOf(kind); holder != "" {
		n = g.over(holder, holder, level, n)
	}
	return g.over(kind, "object", level, n)
}

// over is the condition by the grants on things of one kind, whose id is in an
// entity of the list.
func (g Set) over(kind, entity string, level Level, otherwise filter.Node) filter.Node {
	n := otherwise
	if one, ok := g[grantKey{kind, AnyObject}]; ok {
		n = policy.Constant(one.Lets(level))
	}
	var yes, no []string
	for key, one := range g {
		switch {
		case key.kind != kind || key.object == AnyObject:
		case one.Lets(level):
			yes = append(yes, key.object)
		default:
			no = append(no, key.object)
		}
	}
	field := filter.Field{Entity: entity, Key: "id"}
	return policy.Or(policy.Among(field, yes), policy.And(policy.Not(policy.Among(field, no)), n))
}

// Lets reports whether the grant lets a level through.
func (g Grant) Lets(level Level) bool { return g.Level.Rank() >= level.Rank() }
