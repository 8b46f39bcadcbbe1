package cli

import (
	"context"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// groupCommand is about groups, to which grants are given together.
type groupCommand struct {
	Add      groupAdd      `cmd:"" help:"Make a group."`
	List     groupList     `cmd:"" help:"List the groups of the workspace."`
	Describe groupDescribe `cmd:"" help:"Print a group, or give it another name or description."`
	Remove   groupRemove   `cmd:"" help:"Delete a group, with its grants."`
	Members  groupMembers  `cmd:"" help:"List who is in a group."`
	Join     groupJoin     `cmd:"" help:"Put users and services into a group."`
	Leave    groupLeave    `cmd:"" help:"Take users and services out of a group."`
}

// groups are all of the workspace, by name.
func groups(ctx context.Context, server *client.Client) ([]rest.GroupBody, error) {
	page, err := client.Get[rest.Page[rest.GroupBody]](ctx, server, "/groups", nil)
	return page.Items, err
}

// groupNamed finds a group by its name. fault.NotFound.
func groupNamed(ctx context.Context, server *client.Client, name string) (rest.GroupBody, error) {
	all, err := groups(ctx, server)
	if err != nil {
		return rest.GroupBody{}, err
	}
	for _, g := range all {
		if g.Name == name {
			return g, nil
		}
	}
	return rest.GroupBody{}, fault.WithHint(fault.New(fault.NotFound, "There is no group %s in the workspace.", name), "tacit group list prints those that there are")
}

// groupNames are the names of all groups of the workspace, by id.
func groupNames(ctx context.Context, server *client.Client) (map[string]string, error) {
	all, err := groups(ctx, server)
	names := make(map[string]string, len(all))
	for _, g := range all {
		names[g.ID] = g.Name
	}
	return names, err
}

type groupAdd struct {
	placed
	Name        string `arg:"" help:"Name of the group."`
	Description string `placeholder:"TEXT" help:"Who is in it."`
}

// Help teaches.
func (groupAdd) Help() string {
	return `A group is of one workspace. Its members have its grants beside their own grants and roles; policies name it by Group::"NAME". It is
what MLflow calls a role.

  tacit group add planners --description 'who plans the routes'
  tacit group join planners ada service/trainer
  tacit grant add group/planners EDIT experiment/3
` + accountHelp
}

// Run makes the group.
func (c groupAdd) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		var made rest.GroupBody
		if err := server.Send(ctx, "POST", "/groups", rest.NewGroupBody{Name: c.Name, Description: c.Description}, &made); err != nil {
			return wrongUsage(err)
		}
		return t.result(made, "group %s in %s", made.Name, c.Workspace)
	})
}

type groupList struct{ listing }

// Help teaches.
func (groupList) Help() string {
	return `Groups are by workspace.

  tacit group list --workspace team
  tacit group list --workspace '*'
` + accountHelp
}

// groupIn is a group with the workspace that it is in.
type groupIn struct {
	Workspace string `json:"workspace"`
	rest.GroupBody
}

// Run prints a line a group.
func (c groupList) Run(ctx context.Context, t *terminal) error {
	found, lines := []groupIn{}, [][]string{}
	err := c.each(ctx, t, func(workspace string, in *client.Client) error {
		all, err := groups(ctx, in)
		for _, g := range all {
			found = append(found, groupIn{workspace, g})
			lines = append(lines, c.line(workspace, g.Name, g.Description))
		}
		return err
	})
	if err != nil {
		return err
	}
	if t.json {
		return t.document(found)
	}
	t.columns(lines)
	return nil
}

// onGroup are the flags of commands about one group.
type onGroup struct {
	placed
	Group string `arg:"" name:"name" help:"Name of the group."`
}

// find calls with the group.
func (o onGroup) find(ctx context.Context, t *terminal, call func(*client.Client, rest.GroupBody) error) error {
	return o.ask(ctx, t, func(server *client.Client) error {
		g, err := groupNamed(ctx, server, o.Group)
		if err == nil {
			err = call(server, g)
		}
		return nothing(err)
	})
}

type groupDescribe struct {
	onGroup
	Rename      *string `placeholder:"NAME" help:"Give it this name. Grants and members stay; policies that name it do not follow."`
	Description *string `placeholder:"TEXT" help:"Give it this description."`
}

// Help teaches.
func (groupDescribe) Help() string {
	return `Without a flag it prints what there is.

  tacit group describe planners
  tacit group describe planners --rename routes --description 'who plans the routes'
` + accountHelp
}

// Run prints the group, changed where that is asked.
func (c groupDescribe) Run(ctx context.Context, t *terminal) error {
	return c.find(ctx, t, func(server *client.Client, g rest.GroupBody) error {
		if c.Rename != nil || c.Description != nil {
			change := rest.GroupChangeBody{Name: c.Rename, Description: c.Description}
			if err := server.Send(ctx, "PATCH", "/groups/"+g.ID, change, &g); err != nil {
				return wrongUsage(err)
			}
		}
		return t.result(g, "group %s in %s  %s", g.Name, c.Workspace, g.Description)
	})
}

type groupRemove struct{ onGroup }

// Help teaches.
func (groupRemove) Help() string {
	return `Its members stay, with their own grants and roles.

  tacit group remove planners
` + accountHelp
}

// Run deletes the group.
func (c groupRemove) Run(ctx context.Context, t *terminal) error {
	return c.find(ctx, t, func(server *client.Client, g rest.GroupBody) error {
		if err := server.Send(ctx, "DELETE", "/groups/"+g.ID, nil, nil); err != nil {
			return err
		}
		return t.result(map[string]any{"name": g.Name, "removed": true}, "group %s is removed", g.Name)
	})
}

type groupMembers struct{ onGroup }

// Run prints a line a member.
func (c groupMembers) Run(ctx context.Context, t *terminal) error {
	return c.find(ctx, t, func(server *client.Client, g rest.GroupBody) error {
		page, err := client.Get[rest.Page[rest.MemberBody]](ctx, server, "/groups/"+g.ID+"/members", nil)
		if err != nil {
			return err
		}
		if t.json {
			return t.document(page.Items)
		}
		lines := make([][]string, len(page.Items))
		for i, m := range page.Items {
			lines[i] = []string{named(m.Principal, nil)}
		}
		t.columns(lines)
		return nil
	})
}

type groupJoin struct {
	onGroup
	Members []string `arg:"" help:"Names of users, or service/NAME."`
}

// Help teaches.
func (groupJoin) Help() string {
	return `Who is in it already stays in it.

  tacit group join planners ada service/trainer
` + accountHelp
}

// Run puts the members into the group.
func (c groupJoin) Run(ctx context.Context, t *terminal) error {
	return moveMembers(ctx, t, c.onGroup, "PUT", c.Members, "in")
}

type groupLeave struct {
	onGroup
	Members []string `arg:"" help:"Names of users, or service/NAME."`
}

// Help teaches.
func (groupLeave) Help() string {
	return `Who is not in it stays out of it.

  tacit group leave planners ada
` + accountHelp
}

// Run takes the members out of the group.
func (c groupLeave) Run(ctx context.Context, t *terminal) error {
	return moveMembers(ctx, t, c.onGroup, "DELETE", c.Members, "not in")
}

// moveMembers has each of some users and services join or leave a group.
func moveMembers(ctx context.Context, t *terminal, o onGroup, method string, members []string, where string) error {
	return o.find(ctx, t, func(server *client.Client, g rest.GroupBody) error {
		for _, word := range members {
			p, err := principal(ctx, server, word)
			if err == nil && p.Kind != "user" && p.Kind != "service" {
				err = wrongUsage(fault.New(fault.Invalid, "A group has users and services as members, no groups."))
			}
			if err == nil {
				err = server.Send(ctx, method, "/groups/"+g.ID+"/members/"+p.Kind+"/"+url.PathEscape(p.Name()), nil, nil)
			}
			if err != nil {
				return err
			}
		}
		verb := "is"
		if len(members) > 1 {
			verb = "are"
		}
		return t.result(map[string]any{"name": g.Name, "members": members, "in": method == "PUT"}, "%s %s %s group %s", strings.Join(members, ", "), verb, where, g.Name)
	})
}
