package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Groups are named sets of users and services, to which grants are given.
type Groups interface {
	Groups(context.Context) ([]access.Group, error)
	Group(ctx context.Context, id int64) (access.Group, error)
	MakeGroup(ctx context.Context, name, description string) (access.Group, error)
	ChangeGroup(ctx context.Context, id int64, name, description string) (access.Group, error)
	DeleteGroup(ctx context.Context, id int64) error
	Members(ctx context.Context, id int64) ([]urn.URN, error)
	Join(ctx context.Context, id int64, principal urn.URN) error
	Leave(ctx context.Context, id int64, principal urn.URN) error
}

// GroupBody is a group.
type GroupBody struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created"`
}

// NewGroupBody is what a group is made of.
type NewGroupBody struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty" doc:"4096 bytes at most"`
}

// GroupChangeBody is what changes of a group; what is absent stays.
type GroupChangeBody struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
}

// MemberBody is a user or a service in a group.
type MemberBody struct {
	Principal string `json:"principal" doc:"URN of a user or a service"`
}

// GroupPath names a group.
type GroupPath struct {
	ID int64 `path:"id" minimum:"1"`
}

// MemberPath names a user or a service in a group.
type MemberPath struct {
	GroupPath
	Kind string `path:"kind" enum:"user,service"`
	Name string `path:"name" maxLength:"128"`
}

func (p MemberPath) principal() urn.URN { return urn.New(p.Kind, p.Name) }

func (f *face) groups() {
	const one, member = "/groups/{id}", "/groups/{id}/members/{kind}/{name}"
	at := numbered(string(access.KindGroup), "id")
	add(f, operation{"GET", "/groups", "list-groups", "Groups of the workspace, by name", "group.list", listed, 0}, f.listGroups)
	add(f, operation{"POST", "/groups", "create-group", "Make a group", "group.create", whole, http.StatusCreated}, f.createGroup)
	add(f, operation{"GET", one, "get-group", "A group", "group.read", at, 0}, f.getGroup)
	add(f, operation{"PATCH", one, "update-group", "Give a group another name or description", "group.update", at, 0}, f.updateGroup)
	add(f, operation{"DELETE", one, "delete-group", "Delete a group, with its grants", "group.delete", at, 0}, f.deleteGroup)
	add(f, operation{"GET", one + "/members", "list-members", "Users and services in a group, by name", "member.read", at, 0}, f.listMembers)
	add(f, operation{"PUT", member, "add-member", "Put a user or a service into a group", "member.update", at, 0}, f.addMember)
	add(f, operation{"DELETE", member, "remove-member", "Take a user or a service out of a group", "member.update", at, 0}, f.removeMember)
}

func (f *face) listGroups(ctx context.Context, _ *struct{}) (*output[Page[GroupBody]], error) {
	found, err := f.Groups.Groups(ctx)
	return pageOf(found, "", groupBody), err
}

func (f *face) createGroup(ctx context.Context, in *struct{ Body NewGroupBody }) (*made[GroupBody], error) {
	g, err := f.Groups.MakeGroup(ctx, in.Body.Name, in.Body.Description)
	body := groupBody(g)
	return &made[GroupBody]{route.Link(ctx, root+"/groups/"+body.ID), body}, err
}

func (f *face) getGroup(ctx context.Context, in *GroupPath) (*output[GroupBody], error) {
	g, err := f.Groups.Group(ctx, in.ID)
	return &output[GroupBody]{groupBody(g)}, err
}

func (f *face) updateGroup(ctx context.Context, in *struct {
	GroupPath
	Body GroupChangeBody
}) (*output[GroupBody], error) {
	g, err := f.Groups.Group(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Name != nil {
		g.Name = *in.Body.Name
	}
	if in.Body.Description != nil {
		g.Description = *in.Body.Description
	}
	g, err = f.Groups.ChangeGroup(ctx, g.ID, g.Name, g.Description)
	return &output[GroupBody]{groupBody(g)}, err
}

func (f *face) deleteGroup(ctx context.Context, in *GroupPath) (*changed, error) {
	return &changed{}, f.Groups.DeleteGroup(ctx, in.ID)
}

func (f *face) listMembers(ctx context.Context, in *GroupPath) (*output[Page[MemberBody]], error) {
	found, err := f.Groups.Members(ctx, in.ID)
	return pageOf(found, "", func(u urn.URN) MemberBody { return MemberBody{u.String()} }), err
}

func (f *face) addMember(ctx context.Context, in *MemberPath) (*changed, error) {
	return &changed{}, f.Groups.Join(ctx, in.ID, in.principal())
}

func (f *face) removeMember(ctx context.Context, in *MemberPath) (*changed, error) {
	return &changed{}, f.Groups.Leave(ctx, in.ID, in.principal())
}

func groupBody(g access.Group) GroupBody {
	return GroupBody{strconv.FormatInt(g.ID, 10), g.Name, g.Description, g.Created.UTC().Truncate(time.Millisecond)}
}
