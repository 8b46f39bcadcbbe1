package access

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

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

// RoleIn is a role in a workspace, or roles.Everywhere.
type RoleIn struct {
	Workspace string
	Role      roles.Role
}

// Token is a personal access token, without its secret.
type Token struct {
	ID      string
	Name    string
	Scope   roles.Scope
	Created time.Time
	Expires time.Time // zero for never
	Used    time.Time // zero for never; to the minute
	Revoked time.Time // zero for in use
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
