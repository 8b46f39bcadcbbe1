// Package caller says who asks, from where and in which workspace, and carries
// that in a context from the face that took the request to the event it leaves.
package caller

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// DefaultWorkspace is where everything lives when nobody cares.
const DefaultWorkspace = "default"

// Caller is who asks. Workspace and Actor are never empty.
type Caller struct {
	Workspace string
	Actor     urn.URN // tacit:user/local on loopback, tacit:system/<part> for tacit itself
	Origin    Origin
	Cause     string // the event id or request id that led to this; "" when a person began it
	Action    string // the permission that was asked: "run.update"; "" for what is public and for tacit itself
}

// Origin is where a request came from.
type Origin struct {
	Request string `json:"request,omitempty"` // request id
	Address string `json:"address,omitempty"` // IP address of the peer
	Client  string `json:"client,omitempty"`  // User-Agent
}

// Local is the person at this machine, in a workspace.
func Local(workspace string) Caller {
	return Caller{Workspace: workspace, Actor: urn.New("user", "local")}
}

// Nobody is who asks before anything proved who they are.
func Nobody() urn.URN { return urn.New("user", "anonymous") }

// System is a part of tacit acting by itself, in a workspace.
func System(part, workspace string) Caller {
	return Caller{Workspace: workspace, Actor: urn.New("system", part)}
}

// Credentials are what a request proves itself by; at most one of Bearer, User
// with Password, and Session.
type Credentials struct {
	Bearer         string
	User, Password string
	Session        string // the value of a browser's cookie
	Unreadable     bool   // there are some, in no form that is known
	Own            bool   // the request is about the caller alone: no part in the workspace is needed
}

type key struct{}

// With returns a context in which c asks.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From gives who asks in ctx. A context without a caller is a mistake of the
// program: From panics, so that nothing is ever written for nobody.
func From(ctx context.Context) Caller {
	c, ok := ctx.Value(key{}).(Caller)
	if !ok {
		panic("caller: the context has no caller")
	}
	return c
}

// Workspace is the workspace of the caller in ctx.
func Workspace(ctx context.Context) string { return From(ctx).Workspace }
