package roles

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Scope narrows what a token may do: roles and actions, any of which lets a
// request through. The empty scope lets all through.
type Scope []string

var scopeWord = regexp.MustCompile(`^[a-z]+(-[a-z]+)*\.(\*|[a-z]+)$`)

// ParseScope reads words apart by spaces: a role lets through what that role
// may do, run.update one action, run.* all of a noun. fault.Invalid, also for a noun
// and an action that there is not.
func ParseScope(text string) (Scope, error) {
	s, err := KeptScope(text)
	if err != nil {
		return nil, err
	}
	for _, w := range s {
		if Role(w).Rank() > 0 || Known(w) {
			continue
		}
		noun, verb, _ := strings.Cut(w, ".")
		of := actionsOf(noun)
		switch {
		case len(of) == 0:
			return nil, fault.WithHint(fault.New(fault.Invalid, "There is no action %q, and none of %q.", w, noun), "actions are of %s; tacit access policies --actions lists them", strings.Join(nouns(), ", "))
		case verb != "*":
			return nil, fault.WithHint(fault.New(fault.Invalid, "There is no action %q.", w), "those of %s are %s, and %s.* for all of them", noun, strings.Join(of, ", "), noun)
		}
	}
	return s, nil
}

// KeptScope reads a scope that ParseScope took before, perhaps when there were other
// actions: what there is not lets nothing through. fault.Invalid.
func KeptScope(text string) (Scope, error) {
	words := strings.Fields(text)
	if len(words) > 100 {
		return nil, fault.New(fault.Invalid, "A scope has at most 100 words.")
	}
	for _, w := range words {
		if Role(w).Rank() <= 0 && !scopeWord.MatchString(w) {
			return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not a scope.", w), "write a role, as viewer, or an action, as run.update or run.*")
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// actionsOf are the actions of a noun, sorted.
func actionsOf(noun string) (all []string) {
	for action := range Actions() {
		if NounOf(action) == noun {
			all = append(all, action)
		}
	}
	slices.Sort(all)
	return all
}

// nouns are all that actions are of, sorted.
func nouns() (all []string) {
	for action := range Actions() {
		all = append(all, NounOf(action))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// String writes the scope as ParseScope reads it.
func (s Scope) String() string { return strings.Join(s, " ") }

// Lets reports whether the scope lets an action through.
func (s Scope) Lets(action string) bool {
	noun, _, _ := strings.Cut(action, ".")
	for _, w := range s {
		if w == action || w == noun+".*" || Role(w).Rank() > 0 && Role(w).Rank() >= Needs(action).Role.Rank() {
			return true
		}
	}
	return len(s) == 0
}

// Within reports whether s lets nothing through that outer does not.
func (s Scope) Within(outer Scope) bool {
	if len(outer) == 0 {
		return true
	}
	return len(s) > 0 && !slices.ContainsFunc(s, func(w string) bool { return !slices.Contains(outer, w) })
}
