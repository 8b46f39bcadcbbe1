package rest

import (
	"context"
	"net/http"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// Grants are what users, services and groups may do on objects, beside roles.
type Grants interface {
	Grants(context.Context, access.GrantQuery) ([]grant.Grant, error)
	SetGrant(context.Context, grant.Grant) error
	RemoveGrant(ctx context.Context, principal urn.URN, kind, object string) error
}

// GrantedBody is a grant on an object.
type GrantedBody struct {
	Principal string `json:"principal" doc:"URN of a user, a service or a group"`
	Kind      string `json:"kind" doc:"of the object: experiment, model, run, …, or workspace"`
	Object    string `json:"object" doc:"an id or a model's name; * for all of the kind"`
	Level     string `json:"level" enum:"NO_PERMISSIONS,READ,USE,EDIT,MANAGE"`
}

// LevelBody is how much a grant lets through.
type LevelBody struct {
	Level string `json:"level" enum:"NO_PERMISSIONS,READ,USE,EDIT,MANAGE"`
}

// GrantPath names a grant by what it is on and whose it is.
type GrantPath struct {
	Kind   string `path:"kind" maxLength:"100" doc:"of the object: experiment, model, run, …, or workspace"`
	Object string `path:"object" maxLength:"1024" doc:"an id or a model's name; * for all of the kind, and for the workspace"`
	Holder string `path:"holder" enum:"user,service,group"`
	Name   string `path:"name" maxLength:"128" doc:"of a group its id"`
}

type listGrantsInput struct {
	Principal string `query:"principal" maxLength:"200" doc:"those of one: name of a user, service/NAME, or a URN"`
	Kind      string `query:"kind" maxLength:"100" doc:"those on one kind of objects"`
	Object    string `query:"object" maxLength:"1024" doc:"those on the object of that id, or on * alone"`
	Limit     int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"items of a page at most"`
	Page      string `query:"page" maxLength:"10000" doc:"next of the page before; the rest stays the same"`
}

func (f *face) grants() {
	const one = "/grants/{kind}/{object}/{holder}/{name}"
	asked := target{objects: func(r *http.Request, _ []byte) []route.Object {
		q := r.URL.Query()
		return grantedOn(q.Get("kind"), q.Get("object"))
	}}
	on := target{objects: func(r *http.Request, _ []byte) []route.Object {
		return grantedOn(r.PathValue("kind"), r.PathValue("object"))
	}}
	add(f, operation{"GET", "/grants", "list-grants", "Grants of the workspace, by kind, object and principal", "grant.read", asked, 0}, f.listGrants)
	add(f, operation{"PUT", one, "set-grant", "Grant a user, a service or a group something on an object", "grant.update", on, 0}, f.setGrant)
	add(f, operation{"DELETE", one, "remove-grant", "Take a grant away", "grant.update", on, 0}, f.removeGrant)
}

// grantedOn names what a grant is on: a thing whose grants take the right to
// manage it, or else the workspace.
func grantedOn(kind, object string) []route.Object {
	if kind == "experiment" {
		object = plain(object)
	}
	if kind != "experiment" && kind != "model" || object == "" || object == grant.AnyObject {
		return nil
	}
	return []route.Object{route.For(kind+".grant", urn.New(kind, object))}
}

// grant is what the path names.
func (p GrantPath) grant() grant.Grant {
	if p.Kind == "experiment" {
		p.Object = plain(p.Object)
	}
	return grant.Grant{Principal: urn.New(p.Holder, p.Name), Kind: p.Kind, Object: p.Object}
}

func (f *face) listGrants(ctx context.Context, in *listGrantsInput) (*output[Page[GrantedBody]], error) {
	q := access.GrantQuery{Kind: in.Kind, Object: in.Object, Limit: in.Limit + 1}
	if in.Kind == "experiment" {
		q.Object = plain(in.Object)
	}
	var err error
	if in.Principal != "" {
		if q.Principal, err = principalNamed(in.Principal); err != nil {
			return nil, err
		}
	}
	scope := page.Scope("grants", caller.Workspace(ctx), q.Principal.String(), q.Kind, q.Object)
	end, err := page.Open(f.PageKey, scope, in.Page)
	if err != nil {
		return nil, err
	}
	if end != nil {
		q.After = grant.Grant{Kind: end[0].Value.(string), Object: end[1].Value.(string)}
		if q.After.Principal, err = urn.Parse(end[2].Value.(string)); err != nil {
			return nil, err
		}
	}
	found, err := f.Grants.Grants(ctx, q)
	next := ""
	if len(found) > in.Limit {
		found = found[:in.Limit]
		last := found[in.Limit-1]
		next = page.Seal(f.PageKey, scope, []filter.Key{{Value: last.Kind}, {Value: last.Object}, {Value: last.Principal.String()}})
	}
	return pageOf(found, next, grantedBody), err
}

func (f *face) setGrant(ctx context.Context, in *struct {
	GrantPath
	Body LevelBody
}) (*changed, error) {
	g := in.grant()
	g.Level = grant.Level(in.Body.Level)
	return &changed{}, f.Grants.SetGrant(ctx, g)
}

func (f *face) removeGrant(ctx context.Context, in *GrantPath) (*changed, error) {
	g := in.grant()
	return &changed{}, f.Grants.RemoveGrant(ctx, g.Principal, g.Kind, g.Object)
}

func grantedBody(g grant.Grant) GrantedBody {
	return GrantedBody{g.Principal.String(), g.Kind, g.Object, string(g.Level)}
}
