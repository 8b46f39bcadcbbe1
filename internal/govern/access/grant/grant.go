package grant

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Level is how much a grant lets through.
type Level string

// The levels, each with all that those before it let through.
const (
	NoPermissions Level = "NO_PERMISSIONS" // nothing
	Read          Level = "READ"           // to read, search and download
	Use           Level = "USE"            // as Read: what may be read may be used
	Edit          Level = "EDIT"           // to change it, and to make and change what is inside
	Manage        Level = "MANAGE"         // to delete it, and to grant it to others
)

// levels in order: the place in it is a level's rank.
var levels = []Level{NoPermissions, Read, Use, Edit, Manage}

// Levels are all, the least first.
func Levels() []Level { return slices.Clone(levels) }

// Rank is greater for a level that lets more through, negative for no level.
func (l Level) Rank() int { return slices.Index(levels, l) }

// CheckLevel refuses a word that is no level. fault.Invalid.
func CheckLevel(l Level) error {
	if l.Rank() >= 0 {
		return nil
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a level.", string(l)), "the levels are READ, USE, EDIT, MANAGE and NO_PERMISSIONS")
}

// AnyObject is the object of a grant on all of a kind.
const AnyObject = "*"

// WorkspaceKind is the kind of grants on a whole workspace; their object is AnyObject.
const WorkspaceKind = "workspace"

// maxObject is the longest object of a grant, in bytes: a model's name.
const maxObject = 1024

// kinds are those of the objects of grants. Those behind WorkspaceKind are
// MLflow's: grants on them are kept for its clients, and bind nothing until tacit
// has such things.
var kinds = []string{
	"experiment", "run", "logged-model", "artifact", "model", "version", WorkspaceKind,
	"prompt", "prompt-version", "scorer", "scorer-version", "gateway-secret", "gateway-endpoint", "gateway-model-definition",
	"mcp-server", "mcp-server-version", "skill", "trace", "assessment", "review-queue",
}

// checkKind refuses a word that is no kind of objects: a grant on it would bind
// nothing. fault.Invalid.
func checkKind(kind string) error {
	if slices.Contains(kinds, kind) {
		return nil
	}
	hint := "the kinds are experiment, run, logged-model, artifact, model, version and workspace"
	if near := config.Nearest(kind, kinds); near != "" {
		hint = "did you mean " + near + "?"
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a kind of objects.", kind), "%s", hint)
}

// Grant is what a principal or a group may do on an object of the workspace it
// is kept in, or on all of a kind there. Of the grants that fit an object the
// nearest decides, and for what is inside it: that on the object itself, then
// that on all of its kind, then those on what it is within, then that on the
// workspace. Of grants equally near, to a principal and to its groups,
// NoPermissions wins, and then the greatest. What no grant fits, the role decides.
type Grant struct {
	Principal urn.URN // a user, a service or a group
	Kind      string  // experiment, model, …, or WorkspaceKind
	Object    string  // an id, a model's name, or AnyObject
	Level     Level
}

// Check refuses what is no grant, whoever it is for. fault.Invalid.
func (g Grant) Check() error {
	if err := CheckLevel(g.Level); err != nil {
		return err
	}
	if err := checkKind(g.Kind); err != nil {
		return err
	}
	if g.Object == "" || len(g.Object) > maxObject {
		return fault.New(fault.Invalid, "The object of a grant has 1 to %d bytes.", maxObject)
	}
	if g.Kind == WorkspaceKind && g.Object != AnyObject {
		return fault.WithHint(fault.New(fault.Invalid, "A grant on the workspace names no object."), "write %s, and ask in the workspace that is meant", AnyObject)
	}
	return nil
}

// ObjectNamed is the URN of a grant's object: a version's is its model's with a number.
func ObjectNamed(kind, object string) urn.URN {
	if kind == "version" {
		return urn.New("model", strings.SplitN(object, "/", 2)...)
	}
	return urn.New(kind, object)
}

// On is what a grant is on, in words.
func (g Grant) On() string {
	switch {
	case g.Kind == WorkspaceKind:
		return "the workspace"
	case g.Object == AnyObject:
		return "every " + g.Kind
	}
	return g.Kind + " " + g.Object
}
