package access

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Everywhere is the workspace of roles that hold in all workspaces.
const Everywhere = "*"

// Role is what a principal is in a workspace.
type Role string

// The roles, each with all that those before it may do.
const (
	None        Role = ""            // no part in the workspace
	Viewer      Role = "viewer"      // may read
	Contributor Role = "contributor" // may make and change experiments, runs and artifacts
	Maintainer  Role = "maintainer"  // may register, promote and delete
	Admin       Role = "admin"       // may do all
)

// roles in order: the place in it is a role's rank.
var roles = []Role{None, Viewer, Contributor, Maintainer, Admin}

func (r Role) rank() int { return slices.Index(roles, r) }

// greater is the role of two that may do more.
func greater(a, b Role) Role {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// CheckRole refuses a word that is no role. fault.Invalid.
func CheckRole(r Role) error {
	if r.rank() > 0 {
		return nil
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a role.", string(r)), "the roles are viewer, contributor, maintainer and admin")
}

// Kind says what sort of principal somebody is; it is the kind of its URN.
type Kind string

// The kinds.
const (
	KindUser    Kind = "user"
	KindService Kind = "service"
)

// Principal is a user or a service.
type Principal struct {
	Kind     Kind
	Name     string
	Disabled bool
	Created  time.Time
	Roles    []RoleIn // by workspace
}

// URN names the principal.
func (p Principal) URN() urn.URN { return urn.New(string(p.Kind), p.Name) }

// RoleIn is a role in a workspace, or Everywhere.
type RoleIn struct {
	Workspace string
	Role      Role
}

// Token is a personal access token, without its secret.
type Token struct {
	ID      string
	Name    string
	Scope   Scope
	Created time.Time
	Expires time.Time // zero for never
	Used    time.Time // zero for never; to the minute
	Revoked time.Time // zero for in use
}

// Scope narrows what a token may do: roles and actions, any of which lets a
// request through. The empty scope lets all through.
type Scope []string

var scopeWord = regexp.MustCompile(`^[a-z]+(-[a-z]+)*\.(\*|[a-z]+)$`)

// ParseScope reads words apart by spaces: a role lets through what that role
// may do, run.update one action, run.* all of a noun. fault.Invalid.
func ParseScope(text string) (Scope, error) {
	words := strings.Fields(text)
	if len(words) > 100 {
		return nil, fault.New(fault.Invalid, "A scope has at most 100 words.")
	}
	for _, w := range words {
		if Role(w).rank() <= 0 && !scopeWord.MatchString(w) {
			return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not a scope.", w), "write a role, as viewer, or an action, as run.update or run.*")
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// String writes the scope as ParseScope reads it.
func (s Scope) String() string { return strings.Join(s, " ") }

// lets reports whether the scope lets an action through.
func (s Scope) lets(action string) bool {
	noun, _, _ := strings.Cut(action, ".")
	for _, w := range s {
		if w == action || w == noun+".*" || Role(w).rank() > 0 && Role(w).rank() >= needs(action).role.rank() {
			return true
		}
	}
	return len(s) == 0
}

// within reports whether s lets nothing through that outer does not.
func (s Scope) within(outer Scope) bool {
	if len(outer) == 0 {
		return true
	}
	return len(s) > 0 && !slices.ContainsFunc(s, func(w string) bool { return !slices.Contains(outer, w) })
}

// name is what principals may be called: visible in a URN, and no path.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$`)

// reserved are names that stand for nobody that signs in.
var reserved = []string{"local", "anonymous", "unknown"}

func checkName(n string) error {
	if !name.MatchString(n) {
		return fault.WithHint(fault.New(fault.Invalid, "%q cannot be the name of a user or service.", n),
			"use 1 to 128 letters, digits and . _ @ + -, beginning with a letter or digit")
	}
	if slices.Contains(reserved, strings.ToLower(n)) {
		return fault.New(fault.Invalid, "The name %q is tacit's own.", n)
	}
	return nil
}

// checkTokenName refuses what a person may not call a token. fault.Invalid.
func checkTokenName(n string) error {
	if !name.MatchString(n) {
		return fault.WithHint(fault.New(fault.Invalid, "%q cannot be the name of a token.", n),
			"use 1 to 128 letters, digits and . _ @ + -, beginning with a letter or digit")
	}
	return nil
}
