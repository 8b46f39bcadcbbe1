// Package route is the shape of every door into tacit: one row a route, with
// the permission it asks as data.
//
// Words. A face is one language spoken to other programs or people (MLflow's
// protocol, tacit's own API, the pages): a table of routes and the way it tells
// a failure. A route decodes its message, names the objects it touches, is
// checked for each of them, and only then serves. The workspace is chosen before routing: by
// /w/WORKSPACE/ in the path, else by the X-MLFLOW-WORKSPACE header, else
// default; path and header that disagree are refused.
//
// It knows no protocol and no room.
package route

import (
	"context"
	"errors"
	"net/http"

	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Route is one row of a face's table.
type Route struct {
	Method  string // "GET", "POST", …
	Pattern string // of net/http's mux, without method: "/api/2.0/mlflow/runs/get"
	// Action is the permission asked, <noun>.<verb>: "run.update". Empty only
	// for Public.
	Action string
	// Public routes answer everybody and are not checked: health, version,
	// static files. A route is Public, or has a Scope, or names Objects.
	Public bool
	// Scope says on what the action is asked by a route that names no objects.
	Scope Scope
	// Own routes are about the caller alone: who they are, their way out. Who has
	// no part in the workspace may take them as well.
	Own bool
	// Decode reads the message of the request; nil when there is none. Its
	// result goes to Objects and Serve. It may look up what a message names by
	// another word than its id.
	Decode func(*http.Request) (any, error)
	// Objects names all that the request touches; each is asked for. A message
	// that names nothing is asked for on the workspace itself.
	Objects func(r *http.Request, message any) []Object
	// Serve answers. An error it returns is told by the face's Fail; then it
	// must not have written anything.
	Serve func(w http.ResponseWriter, r *http.Request, message any) error
	// Stream routes are not limited in size or time: artifacts.
	Stream bool
	// Workspace names the workspace that the request is about, in place of the
	// one that it came in by: who asks needs a part in that one.
	Workspace func(*http.Request) string
	// Anywhere routes concern the installation or the caller's own account, or find
	// by what they name in which workspace it is, and refuse by themselves who has no
	// part there: who asks without naming a workspace needs no part in the usual one.
	Anywhere bool
}

// declared says what is wrong with what a route says of its permission.
func (r *Route) declared() error {
	switch {
	case (r.Action == "") != r.Public:
		return errors.New("must name an action or be public")
	case r.Public && (r.Scope != "" || r.Objects != nil):
		return errors.New("is public and names what it acts on")
	case !r.Public && (r.Scope == "") == (r.Objects == nil):
		return errors.New("must either name objects or have a scope")
	}
	return nil
}

// Scope is what a route acts on that names no objects.
type Scope string

const (
	// Whole routes act on the workspace itself: making something new in it.
	Whole Scope = "workspace"
	// Listed routes answer a list of the workspace, with only what the caller's
	// visible condition lets through.
	Listed Scope = "listed"
)

// Object is one thing that a request touches, with the permission it takes.
type Object struct {
	urn.URN        // zero for the workspace itself
	Action  string // "" for the route's own
}

// On names things that the route's own action is asked on.
func On(all ...urn.URN) []Object {
	objects := make([]Object, len(all))
	for i, u := range all {
		objects[i].URN = u
	}
	return objects
}

// For names u with an action of its own.
func For(action string, u urn.URN) Object { return Object{u, action} }

// Face is one language with its routes.
type Face struct {
	Name   string
	Routes []Route
	// Owns reports whether a request that no route matches is this face's to
	// refuse; the first face that owns it does. The path is without prefix and
	// workspace.
	Owns func(r *http.Request, path string) bool
	// Fail tells an error in the face's language.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
}

// Checker decides. The zero object is the workspace itself. Check answers nil,
// fault.Denied or fault.Unauthenticated; or fault.NotFound where saying more
// would tell that the object exists.
type Checker interface {
	Check(ctx context.Context, action string, object urn.URN) error
}
