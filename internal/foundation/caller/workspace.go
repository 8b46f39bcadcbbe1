package caller

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// What a workspace may be called: as a DNS label, since it stands in paths and
// headers.
const (
	maxWorkspace   = 63 // bytes
	workspaceSigns = "abcdefghijklmnopqrstuvwxyz0123456789-_"
)

// CheckWorkspace refuses what no workspace may be called. fault.Invalid.
func CheckWorkspace(name string) error {
	if name != "" && len(name) <= maxWorkspace && strings.Trim(name, workspaceSigns) == "" && strings.Trim(name, "-_") == name {
		return nil
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a workspace's name.", name),
		"use 1 to 63 lower-case letters, digits, - and _, beginning and ending with a letter or digit")
}
