package access

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

// RoleIn is a role in a workspace, or Everywhere.
type RoleIn struct {
	Workspace string
	Role      Role
}
