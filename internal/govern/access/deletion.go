package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Deletion says what becomes of what is kept in a workspace that is deleted.
type Deletion string

// The deletions, by MLflow's names.
const (
	Restrict Deletion = "RESTRICT" // the workspace must be empty
	Cascade  Deletion = "CASCADE"  // all is removed for good
)

// workspaceEnd is the data of access.workspace.deleted.
type workspaceEnd struct {
	Things int64 `json:"things"` // that were removed with it
}

// DeleteWorkspace takes away a workspace with its roles, groups and grants, each of
// which is told, and with what is in it where that is asked. What happened in it
// stays told by its events. fault.NotFound; fault.Conflict while anything is kept in
// it and nothing else was asked; fault.Denied where that is asked and not all of it
// may be deleted.
func (s *Service) DeleteWorkspace(ctx context.Context, name string, how Deletion) (err error) {
	defer fault.Wrap(&err, "access.DeleteWorkspace(%s, %s)", name, how)
	if s.isUsual(name) {
		return fault.New(fault.Invalid, "The '%s' workspace is reserved and cannot be deleted", name)
	}
	if how != Restrict && how != Cascade {
		return fault.New(fault.Invalid, "%q is no way to delete a workspace.", string(how))
	}
	in := within(ctx, name)
	var bounds []bound
	if how == Cascade {
		if bounds, err = s.boundsOfDeleting(in); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		w, err := s.workspace(ctx, tx, name)
		if err != nil {
			return err
		}
		n, err := s.holds(ctx, tx, name)
		if err != nil {
			return err
		}
		if n > 0 && how == Restrict {
			return fault.WithHint(fault.New(fault.Conflict, "Cannot delete workspace '%s': it still contains %d resource(s).", name, n),
				"deleted experiments and runs count until they are gone for good; CASCADE removes all of it")
		}
		if how == Cascade {
			if err := s.empty(in, tx, bounds); err != nil {
				return err
			}
		}
		if err := s.endParts(in, tx, name); err != nil {
			return err
		}
		return s.Events.Append(in, tx, event.Event{Verb: "access.workspace.deleted", Subject: w.URN(), Before: w.hash(), Data: workspaceEnd{n}})
	})
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
	for statement, tell := range map[string]func(urn.URN, string, Role, Role) event.Event{selectRolesIn: roleChanged, selectMappedIn: roleMapped} {
		roles, err := rows.Collect(ctx, tx, scanRole, statement, workspace)
		if err != nil {
			return err
		}
		for _, r := range roles {
			p, err := urn.Parse(r.principal)
			if err != nil {
				return err
			}
			all = append(all, tell(p, workspace, r.Role, None))
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
