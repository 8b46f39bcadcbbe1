package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Deletion says what becomes of what is kept in a workspace that is deleted.
type Deletion string

// The deletions, by MLflow's names.
const (
	Restrict   Deletion = "RESTRICT"    // the workspace must be empty
	Cascade    Deletion = "CASCADE"     // all is removed for good
	SetDefault Deletion = "SET_DEFAULT" // all is moved to the default workspace
)

// workspaceEnd is the data of access.workspace.deleted.
type workspaceEnd struct {
	Things int64  `json:"things"`           // that were removed with it, or moved
	To     string `json:"to,omitempty"`     // the workspace that they were moved to
	Folder string `json:"folder,omitempty"` // of that one's files, in which those of this one lie
}

// DeleteWorkspace takes away a workspace with its roles, groups and grants, each of
// which is told, and removes or moves what is in it where that is asked. What happened
// in it stays told by its events. fault.NotFound; fault.Conflict while anything is
// kept in it and nothing else was asked, and where the default workspace has a name
// that would be moved to it; fault.Denied where not all of it may be deleted, or made
// there.
func (s *Service) DeleteWorkspace(ctx context.Context, name string, how Deletion) (err error) {
	defer fault.Wrap(&err, "access.DeleteWorkspace(%s, %s)", name, how)
	if s.isUsual(name) {
		return fault.New(fault.Invalid, "The '%s' workspace is reserved and cannot be deleted", name)
	}
	in := within(ctx, name)
	var bounds []bound
	switch how {
	case Restrict:
	case SetDefault:
		if err := s.checkReceiving(within(ctx, caller.DefaultWorkspace)); err != nil {
			return err
		}
		fallthrough
	case Cascade:
		if bounds, err = s.boundsOfDeleting(in); err != nil {
			return err
		}
	default:
		return fault.New(fault.Invalid, "%q is no way to delete a workspace.", string(how))
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if err := s.holdContents(ctx, tx, how); err != nil {
			return err
		}
		w, err := s.workspace(ctx, tx, name)
		if err != nil {
			return err
		}
		end, err := s.endContents(in, tx, name, how, bounds)
		if err != nil {
			return err
		}
		if err := s.endParts(in, tx, name); err != nil {
			return err
		}
		return s.Events.Append(in, tx, event.Event{Verb: "access.workspace.deleted", Subject: w.URN(), Before: w.hash(), Data: end})
	})
}

// holdContents keeps others from writing into what is removed or moved, until tx ends.
func (s *Service) holdContents(ctx context.Context, tx *rows.Tx, how Deletion) error {
	if how == Restrict {
		return nil
	}
	for _, c := range s.contents() {
		if err := c.Hold(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// endContents refuses, removes or moves what is in the caller's workspace, and says
// what became of it.
func (s *Service) endContents(ctx context.Context, tx *rows.Tx, name string, how Deletion, bounds []bound) (end workspaceEnd, err error) {
	if end.Things, err = s.holds(ctx, tx, name); err != nil {
		return end, err
	}
	switch how {
	case Cascade:
		err = s.empty(ctx, tx, bounds)
	case SetDefault:
		m := &room.Move{From: name, To: caller.DefaultWorkspace, Folder: room.MovedPrefix + s.IDs.Hex32()[:12]}
		end.To, end.Folder = m.To, m.Folder
		if err = s.checkBounds(ctx, tx, bounds); err == nil {
			err = s.moveContents(ctx, tx, m)
		}
	default:
		if end.Things > 0 {
			err = fault.WithHint(fault.New(fault.Conflict, "Cannot delete workspace '%s': it still contains %d resource(s).", name, end.Things),
				"deleted experiments and runs count until they are gone for good; --with-contents (CASCADE) removes all of it, --move-contents (SET_DEFAULT) moves it")
		}
	}
	return end, err
}

// empty removes what is in the caller's workspace, unless something of it is out of
// bounds. fault.Denied.
func (s *Service) empty(ctx context.Context, tx *rows.Tx, bounds []bound) error {
	if err := s.checkBounds(ctx, tx, bounds); err != nil {
		return err
	}
	for _, c := range s.contents() {
		if err := c.Empty(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// ended are the statements that take away what belongs to a workspace itself.
var ended = []string{deleteWorkspace, deleteRolesIn, deleteMappedIn, deleteGrantsIn, deleteMembersIn, deleteGroupsIn}

// endParts takes away roles, grants and groups of the caller's workspace, and tells
// each of them by name.
func (s *Service) endParts(ctx context.Context, tx *rows.Tx, workspace string) error {
	var all []event.Event
	for _, of := range []struct {
		statement string
		tell      func(urn.URN, string, roles.Role, roles.Role) event.Event
	}{{selectRolesIn, roleChanged}, {selectMappedIn, roleMapped}} {
		found, err := rows.Collect(ctx, tx, scanRole, of.statement, workspace)
		if err != nil {
			return err
		}
		for _, r := range found {
			p, err := urn.Parse(r.principal)
			if err != nil {
				return err
			}
			all = append(all, of.tell(p, workspace, r.Role, roles.None))
		}
	}
	grants, err := rows.Collect(ctx, tx, scanGrant, selectGrantsIn, workspace)
	if err != nil {
		return err
	}
	for _, g := range grants {
		all = append(all, grantChanged(g, g.Level, ""))
	}
	groups, err := rows.Collect(ctx, tx, scanGroup, selectGroups, workspace)
	if err != nil {
		return err
	}
	for _, g := range groups {
		all = append(all, groupDeleted(g))
	}
	for _, statement := range ended {
		if _, err := tx.Exec(ctx, statement, workspace); err != nil {
			return err
		}
	}
	for _, e := range all {
		if err := s.Events.Append(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}
