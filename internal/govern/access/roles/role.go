package roles

import (
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
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

// ranked are the roles in order: the place in it is a role's rank.
var ranked = []Role{None, Viewer, Contributor, Maintainer, Admin}

// All are the roles, None among them, the least first.
func All() []Role { return slices.Clone(ranked) }

// Rank is greater for a role that may do more, 0 for None and less for no role.
func (r Role) Rank() int { return slices.Index(ranked, r) }

// Greater is the role of two that may do more.
func Greater(a, b Role) Role {
	if b.Rank() > a.Rank() {
		return b
	}
	return a
}

// CheckRole refuses a word that is no role. fault.Invalid.
func CheckRole(r Role) error {
	if r.Rank() > 0 {
		return nil
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a role.", string(r)), "the roles are viewer, contributor, maintainer and admin")
}
