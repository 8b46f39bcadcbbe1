package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Deletion says what becomes of what is kept in a workspace that is deleted.
type Deletion string

// The deletions, by MLflow's names.
const (
	Restrict Deletion = "RESTRICT" // the workspace must be empty
	Cascade  Deletion = "CASCADE"  // all is removed for good
)

// ended are the statements that take away what belongs to a workspace itself.
var ended = []string{deleteWorkspace, deleteRolesIn, deleteMappedIn, deleteGrantsIn, deleteMembersIn, deleteGroupsIn}

// workspaceEnd is the data of access.workspace.deleted.
type workspaceEnd struct {
	Things int64 `json:"things"` // that were removed with it
}

// DeleteWorkspace takes away a workspace with its roles, groups and grants, and
// with what is in it where that is asked. What happened in it stays told by its
// events. fault.NotFound; fault.Conflict while anything is kept in it and nothing
// else was asked; fault.Denied where that is asked and not all of it may be deleted.
func (s *Service) DeleteWorkspace(ctx context.Context, name string, how Deletion) (err error) {
	defer fault.Wrap(&err, "access.DeleteWorkspace(%s, %s)", name, how)
	if s.isUsual(name) {
		return fault.New(fault.Invalid, "The '%s' workspace is reserved and cannot be deleted", name)
	}
	if how != Restrict && how != Cascade {
		return fault.New(fault.Invalid, "%q is no way to delete a workspace.", string(how))
	}
	if how == Cascade {
		if err := s.checkEmptying(within(ctx, name)); err != nil {
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
			for _, c := range s.contents() {
				if err := c.Empty(within(ctx, name), tx); err != nil {
					return err
				}
			}
		}
		for _, statement := range ended {
			if _, err := tx.Exec(ctx, statement, name); err != nil {
				return err
			}
		}
		return s.Events.Append(within(ctx, w.Name), tx, event.Event{Verb: "access.workspace.deleted", Subject: w.URN(), Before: w.hash(), Data: workspaceEnd{n}})
	})
}

// checkEmptying refuses to empty the caller's workspace to who may not delete all
// that can be in it: what a policy keeps is not deleted with what it is in.
func (s *Service) checkEmptying(ctx context.Context) error {
	who, err := s.standingOf(ctx)
	if err != nil {
		return err
	}
	for _, kind := range append(slices.Clone(lists), "artifact") {
		action := kind + ".delete"
		n, err := s.conditionOn(ctx, who, action, kind)
		if err != nil {
			return err
		}
		if n != (filter.Node)(filter.True{}) {
			return fault.WithHint(fault.New(fault.Denied, "You may not delete all that is in the workspace: %s is not allowed on all of it.", action),
				"tacit access explain tells what decides; an empty workspace is deleted without its contents")
		}
	}
	return nil
}
