package access

import (
	"context"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// KindGroup is the kind of a group's URN.
const KindGroup Kind = "group"

// maxDescription is the longest description of a group, in bytes.
const maxDescription = 4096

// Group is a named set of users and services of one workspace, to which grants
// are given together. Its members keep their own grants and roles beside it.
type Group struct {
	ID          int64 // never given twice
	Name        string
	Description string
	Created     time.Time
}

// URN names the group.
func (g Group) URN() urn.URN { return urn.New(string(KindGroup), strconv.FormatInt(g.ID, 10)) }

func (g Group) check() error {
	if !name.MatchString(g.Name) {
		return fault.WithHint(fault.New(fault.Invalid, "%q cannot be the name of a group.", g.Name),
			"use 1 to 128 letters, digits and . _ @ + -, beginning with a letter or digit")
	}
	if len(g.Description) > maxDescription {
		return fault.New(fault.Invalid, "The description of a group has at most %d bytes.", maxDescription)
	}
	return nil
}

// MakeGroup makes a group in the caller's workspace. fault.Exists, fault.Invalid.
func (s *Service) MakeGroup(ctx context.Context, name, description string) (g Group, err error) {
	defer fault.Wrap(&err, "access.MakeGroup(%s)", name)
	g = Group{Name: name, Description: description, Created: s.Now().UTC().Truncate(time.Millisecond)}
	if err := g.check(); err != nil {
		return g, err
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		last, err := rows.One(ctx, tx, rows.Column[int64], selectLastGroup)
		if err != nil {
			return err
		}
		g.ID = max(last+1, g.Created.UnixMilli()) // greater than that of a group that is gone
		_, err = tx.Exec(ctx, insertGroup, g.ID, caller.Workspace(ctx), g.Name, g.Description, g.Created.UnixMilli())
		if rows.IsDuplicate(err) {
			return fault.New(fault.Exists, "There is a group %s already.", g.Name)
		}
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, event.Event{Verb: "access.group.created", Subject: g.URN(), After: g.hash(), Data: g.data()})
	})
	return g, err
}

// ChangeGroup gives a group another name and description. fault.NotFound,
// fault.Exists, fault.Invalid.
func (s *Service) ChangeGroup(ctx context.Context, id int64, name, description string) (g Group, err error) {
	defer fault.Wrap(&err, "access.ChangeGroup(%d)", id)
	if err := (Group{Name: name, Description: description}).check(); err != nil {
		return g, err
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		before, err := findGroup(ctx, tx, Group{ID: id}.URN())
		if err != nil {
			return err
		}
		g = before
		g.Name, g.Description = name, description
		if g == before {
			return nil
		}
		_, err = tx.Exec(ctx, updateGroup, caller.Workspace(ctx), id, g.Name, g.Description)
		if rows.IsDuplicate(err) {
			return fault.New(fault.Exists, "There is a group %s already.", g.Name)
		}
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, event.Event{
			Verb: "access.group.changed", Subject: g.URN(), Before: before.hash(), After: g.hash(), Data: g.data(),
		})
	})
	return g, err
}

// DeleteGroup deletes a group, and with it its grants. fault.NotFound.
func (s *Service) DeleteGroup(ctx context.Context, id int64) (err error) {
	defer fault.Wrap(&err, "access.DeleteGroup(%d)", id)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		g, err := findGroup(ctx, tx, Group{ID: id}.URN())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteGrantsOf, caller.Workspace(ctx), g.URN().String()); err != nil {
			return err
		}
		for _, statement := range []string{deleteMembers, deleteGroup} {
			if _, err := tx.Exec(ctx, statement, caller.Workspace(ctx), id); err != nil {
				return err
			}
		}
		return s.Events.Append(ctx, tx, groupDeleted(g))
	})
}

// Group gives one group of the caller's workspace. fault.NotFound.
func (s *Service) Group(ctx context.Context, id int64) (g Group, err error) {
	defer fault.Wrap(&err, "access.Group(%d)", id)
	return findGroup(ctx, s.DB.Read(), Group{ID: id}.URN())
}

// Groups gives the groups of the caller's workspace, by name.
func (s *Service) Groups(ctx context.Context) (_ []Group, err error) {
	defer fault.Wrap(&err, "access.Groups")
	return rows.Collect(ctx, s.DB.Read(), scanGroup, selectGroups, caller.Workspace(ctx))
}

// GroupsOf gives the groups of the caller's workspace that a user or service is
// in, by name.
func (s *Service) GroupsOf(ctx context.Context, principal urn.URN) (_ []Group, err error) {
	defer fault.Wrap(&err, "access.GroupsOf(%s)", principal)
	return rows.Collect(ctx, s.DB.Read(), scanGroup, selectGroupsOf, caller.Workspace(ctx), principal.String())
}

// Members gives the users and services in a group, by URN. fault.NotFound.
func (s *Service) Members(ctx context.Context, id int64) (all []urn.URN, err error) {
	defer fault.Wrap(&err, "access.Members(%d)", id)
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		if _, err := findGroup(ctx, r, Group{ID: id}.URN()); err != nil {
			return err
		}
		all, err = rows.Collect(ctx, r, scanURN, selectMembers, caller.Workspace(ctx), id)
		return err
	})
	return all, err
}

// Join puts a user or service into a group; one that is in it stays. fault.NotFound.
func (s *Service) Join(ctx context.Context, id int64, principal urn.URN) (err error) {
	defer fault.Wrap(&err, "access.Join(%d, %s)", id, principal)
	return s.move(ctx, id, principal, insertMember, "joined")
}

// Leave takes a user or service out of a group; one that is not in it stays out.
// fault.NotFound when there is no such group, or principal.
func (s *Service) Leave(ctx context.Context, id int64, principal urn.URN) (err error) {
	defer fault.Wrap(&err, "access.Leave(%d, %s)", id, principal)
	return s.move(ctx, id, principal, deleteMember, "left")
}

func (s *Service) move(ctx context.Context, id int64, principal urn.URN, statement, verb string) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		g, err := findGroup(ctx, tx, Group{ID: id}.URN())
		if err != nil {
			return err
		}
		if Kind(principal.Kind) == KindGroup {
			return fault.New(fault.Invalid, "A group has users and services as members, no groups.")
		}
		if err := s.exists(ctx, tx, principal); err != nil {
			return err
		}
		if n, err := tx.Exec(ctx, statement, caller.Workspace(ctx), id, principal.String()); err != nil || n == 0 {
			return err
		}
		return s.Events.Append(ctx, tx, event.Event{Verb: "access.member." + verb, Subject: principal, Data: memberData{id, g.Name}})
	})
}

// findGroup reads a group of the caller's workspace. fault.NotFound.
func findGroup(ctx context.Context, r rows.Reader, u urn.URN) (g Group, err error) {
	id, err := strconv.ParseInt(u.Name(), 10, 64)
	if err == nil {
		g, err = rows.One(ctx, r, scanGroup, selectGroup, caller.Workspace(ctx), id)
	} else {
		err = rows.ErrNone
	}
	if rows.IsNone(err) {
		return g, fault.New(fault.NotFound, "There is no group %s in the workspace.", u.Name())
	}
	return g, err
}

// groupData is the data of events about a group.
type groupData struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// memberData is the data of events about a member of a group.
type memberData struct {
	Group int64  `json:"group"`
	Name  string `json:"name"`
}

func groupDeleted(g Group) event.Event {
	return event.Event{Verb: "access.group.deleted", Subject: g.URN(), Before: g.hash(), Data: g.data()}
}

func (g Group) data() groupData { return groupData{g.Name, g.Description} }

func (g Group) hash() string { return event.Hash(g.data()) }
