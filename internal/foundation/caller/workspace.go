package caller

import (
	"regexp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// workspaceName is what a workspace may be called: as a DNS label, since it
// stands in paths and headers.
var workspaceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$`)

// CheckWorkspace refuses what no workspace may be called. fault.Invalid.
func CheckWorkspace(name string) error {
	if workspaceName.MatchString(name) {
		return nil
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a workspace's name.", name),
		"use 1 to 63 lower-case letters, digits, - and _, beginning and ending with a letter or digit")
}
