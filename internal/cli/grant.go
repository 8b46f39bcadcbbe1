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

// placed are the flags of commands about a grant or a group, which one workspace
// alone has.
type placed struct {
	reaching
	Workspace string `default:"default" placeholder:"W" help:"Workspace to act in."`
}

// ask calls with a client of the server that the flags mean.
func (p placed) ask(ctx context.Context, t *terminal, call func(*client.Client) error) error {
	if p.Workspace == allWorkspaces {
		return wrongUsage(fault.WithHint(fault.New(fault.Invalid, "A grant or a group is of one workspace."),
			"name it: --workspace W; tacit grant list and tacit group list take * for all"))
	}
	return p.askIn(ctx, t, p.Workspace, call)
}

// listing are the flags of commands that list what workspaces have.
type listing struct {
	reaching
	Workspace string `default:"default" placeholder:"W" help:"Workspace to list of; * for all in which you may."`
}

// each calls in the workspace of the flags, or in each where they name all.
func (l listing) each(ctx context.Context, t *terminal, call func(workspace string, in *client.Client) error) error {
	if l.Workspace != allWorkspaces {
		return l.askIn(ctx, t, l.Workspace, func(server *client.Client) error { return call(l.Workspace, server) })
	}
	return l.askIn(ctx, t, "", func(server *client.Client) error { return inEach(ctx, server, call) })
}

// line is a line about what a workspace has, which says so where all are listed.
func (l listing) line(workspace string, words ...string) []string {
	if l.Workspace != allWorkspaces {
		return words
	}
	return append([]string{workspace}, words...)
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
  tacit grant add group/planners READ 'model/*'
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
	listing
	To string `placeholder:"WHO" help:"Those of a user, service/NAME or group/NAME."`
	On string `placeholder:"OBJECT" help:"Those on experiment/3, model/churn, a URN, or workspace."`
}

// Help teaches.
func (grantList) Help() string {
	return `What somebody may do by all that decides, policies and the role too, says tacit access explain.

  tacit grant list
  tacit grant list --to group/planners
  tacit grant list --on experiment/3 --json
  tacit grant list --to ada --workspace '*'       in all workspaces

Exit codes: 0 printed, also when there is none · 2 could not do it · 3 there is no such group, or no tacit here · 4 wrong usage`
}

// grantIn is a grant with the workspace that it is kept in.
type grantIn struct {
	Workspace string `json:"workspace"`
	rest.GrantedBody
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
	found, lines := []grantIn{}, [][]string{}
	err := c.each(ctx, t, func(workspace string, in *client.Client) error {
		all, err := c.of(ctx, in, workspace, q)
		if found = append(found, all...); err != nil || len(all) == 0 || t.json {
			return err
		}
		names, err := groupNames(ctx, in)
		for _, g := range all {
			lines = append(lines, c.line(workspace, named(g.Principal, names), g.Level, g.Kind+"/"+g.Object))
		}
		return err
	})
	if err != nil {
		return nothing(err)
	}
	if t.json {
		return t.document(found)
	}
	t.columns(lines)
	if len(found) == 0 {
		t.note("no grant answers to that: roles alone decide, and policies")
	}
	return nil
}

// of gives the grants of one workspace that the flags choose. In all of them, one
// that has no such group has none.
func (c grantList) of(ctx context.Context, in *client.Client, workspace string, q url.Values) (all []grantIn, err error) {
	if c.To != "" {
		p, err := principal(ctx, in, c.To)
		if c.Workspace == allWorkspaces && fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		q.Set("principal", p.String())
	}
	err = client.All(ctx, in, "/grants", q, func(g rest.GrantedBody) (bool, error) {
		all = append(all, grantIn{workspace, g})
		return true, nil
	})
	return all, err
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
