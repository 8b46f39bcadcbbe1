package cli

import (
	"context"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// grantCommand is about what somebody may do on an object, beside a role.
type grantCommand struct {
	Add    grantAdd    `cmd:"" help:"Grant a user, a service or a group something on an object."`
	List   grantList   `cmd:"" help:"List grants."`
	Remove grantRemove `cmd:"" help:"Take a grant away."`
}

// placed are the flags of commands about what one workspace alone has.
type placed struct {
	reaching
	Workspace string `default:"default" placeholder:"W" help:"Workspace to act in."`
}

// ask calls with a client of the server that the flags mean.
func (p placed) ask(ctx context.Context, t *terminal, call func(*client.Client) error) error {
	return p.askIn(ctx, t, p.Workspace, call)
}

// grantedThing is what a grant is on, as a person writes it.
type grantedThing struct {
	Object string `arg:"" help:"What it is on: experiment/3, model/churn, a URN, experiment/* for all of a kind, or workspace."`
}

// on reads the kind and the object.
func (g grantedThing) on() (kind, object string, err error) {
	if g.Object == "workspace" {
		return "workspace", "*", nil
	}
	if strings.HasPrefix(g.Object, "tacit:") {
		u, err := urn.Parse(g.Object)
		if err != nil {
			return "", "", wrongUsage(err)
		}
		return u.Kind, u.Name(), nil
	}
	kind, object, ok := strings.Cut(g.Object, "/")
	if !ok || kind == "" || object == "" {
		return "", "", wrongUsage(fault.WithHint(fault.New(fault.Invalid, "%q names no object.", g.Object), "write kind/id, as experiment/3 or model/churn"))
	}
	return kind, object, nil
}

// grantee is whose a grant is, as a person writes it.
type grantee struct {
	Principal string `arg:"" name:"who" help:"Name of a user, service/NAME, or group/NAME."`
}

// path is the address of the grant to a principal on an object.
func (w grantee) path(ctx context.Context, server *client.Client, kind, object string) (string, error) {
	p, err := principal(ctx, server, w.Principal)
	return "/grants/" + strings.Join([]string{url.PathEscape(kind), url.PathEscape(object), p.Kind, url.PathEscape(p.Name())}, "/"), err
}

// principal is whom a word names: ada, service/trainer, group/planners, or a URN.
func principal(ctx context.Context, server *client.Client, word string) (urn.URN, error) {
	if strings.HasPrefix(word, "tacit:") {
		u, err := urn.Parse(word)
		return u, wrongUsage(err)
	}
	kind, name, ok := strings.Cut(word, "/")
	switch {
	case !ok:
		return urn.New("user", word), nil
	case kind == "user", kind == "service":
		return urn.New(kind, name), nil
	case kind == "group":
		g, err := groupNamed(ctx, server, name)
		return urn.New("group", g.ID), err
	}
	return urn.URN{}, wrongUsage(fault.WithHint(fault.New(fault.Invalid, "%q names no user, service or group.", word), "write NAME, service/NAME or group/NAME"))
}

type grantAdd struct {
	placed
	grantee
	Level string `arg:"" enum:"READ,USE,EDIT,MANAGE,NO_PERMISSIONS" help:"How much: ${enum}."`
	grantedThing
}

// Help teaches.
func (grantAdd) Help() string {
	return `READ and USE let read, EDIT change and make what is inside, MANAGE delete and grant, NO_PERMISSIONS nothing. It takes the place of the
grant that there is. The nearest grant decides: on the object itself, then on all of its kind, then on what it is in, then on the workspace; where
there is none, the role does.

  tacit grant add ada EDIT experiment/3
  tacit grant add group/planners READ 'model/*' --workspace team
  tacit grant add service/trainer NO_PERMISSIONS model/churn
` + accountHelp
}

// Run gives the grant.
func (c grantAdd) Run(ctx context.Context, t *terminal) error {
	kind, object, err := c.on()
	if err != nil {
		return err
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		path, err := c.path(ctx, server, kind, object)
		if err != nil {
			return nothing(err)
		}
		if err := server.Send(ctx, "PUT", path, rest.LevelBody{Level: c.Level}, nil); err != nil {
			return nothing(wrongUsage(err))
		}
		granted := map[string]string{"principal": c.Principal, "kind": kind, "object": object, "level": c.Level, "workspace": c.Workspace}
		return t.result(granted, "%s  %s on %s/%s in %s", c.Principal, c.Level, kind, object, c.Workspace)
	})
}

type grantList struct {
	placed
	To string `placeholder:"WHO" help:"Those of a user, service/NAME or group/NAME."`
	On string `placeholder:"OBJECT" help:"Those on experiment/3, model/churn, a URN, or workspace."`
}

// Help teaches.
func (grantList) Help() string {
	return `What somebody may do by all that decides, policies and the role too, says tacit access explain.

  tacit grant list
  tacit grant list --to group/planners
  tacit grant list --on experiment/3 --json

Exit codes: 0 printed, also when there is none · 2 could not do it · 3 there is no such group, or no tacit here · 4 wrong usage`
}

// Run prints a line a grant.
func (c grantList) Run(ctx context.Context, t *terminal) error {
	q := url.Values{}
	if c.On != "" {
		kind, object, err := grantedThing{c.On}.on()
		if err != nil {
			return err
		}
		q.Set("kind", kind)
		q.Set("object", object)
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		if c.To != "" {
			p, err := principal(ctx, server, c.To)
			if err != nil {
				return nothing(err)
			}
			q.Set("principal", p.String())
		}
		found := []rest.GrantedBody{}
		err := client.All(ctx, server, "/grants", q, func(g rest.GrantedBody) (bool, error) {
			found = append(found, g)
			return true, nil
		})
		if err != nil {
			return nothing(err)
		}
		if t.json {
			return t.document(found)
		}
		names, err := groupNames(ctx, server)
		if err != nil {
			return err
		}
		lines := make([][]string, len(found))
		for i, g := range found {
			lines[i] = []string{named(g.Principal, names), g.Level, g.Kind + "/" + g.Object}
		}
		t.columns(lines)
		if len(found) == 0 {
			t.note("no grant answers to that: roles alone decide, and policies")
		}
		return nil
	})
}

// named is a principal as a person writes it; groups are by id in names.
func named(principal string, names map[string]string) string {
	word := strings.TrimPrefix(strings.TrimPrefix(principal, "tacit:"), "user/")
	if name, ok := names[strings.TrimPrefix(word, "group/")]; ok && strings.HasPrefix(word, "group/") {
		return "group/" + name
	}
	return word
}

type grantRemove struct {
	placed
	grantee
	grantedThing
}

// Help teaches.
func (grantRemove) Help() string {
	return `What no grant decides, the role does again.

  tacit grant remove ada experiment/3
` + accountHelp
}

// Run takes the grant away.
func (c grantRemove) Run(ctx context.Context, t *terminal) error {
	kind, object, err := c.on()
	if err != nil {
		return err
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		path, err := c.path(ctx, server, kind, object)
		if err == nil {
			err = server.Send(ctx, "DELETE", path, nil, nil)
		}
		if err != nil {
			return nothing(wrongUsage(err))
		}
		removed := map[string]any{"principal": c.Principal, "kind": kind, "object": object, "workspace": c.Workspace, "removed": true}
		return t.result(removed, "%s has no grant on %s/%s in %s", c.Principal, kind, object, c.Workspace)
	})
}
