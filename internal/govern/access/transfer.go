package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// What gives the rights on things of the workspace $1 to another.
const (
	selectObjectGrants = `
SELECT principal, kind, object, level FROM access_grant WHERE workspace = $1 AND object <> '*' ORDER BY principal, kind, object`

	selectTakenGroups = `
SELECT g.name FROM access_group g JOIN access_group o ON o.workspace = $2 AND o.name = g.name
WHERE g.workspace = $1 AND EXISTS (SELECT 1 FROM access_grant a WHERE a.workspace = $1 AND a.object <> '*' AND a.principal = 'tacit:group/' || CAST(g.id AS TEXT)) ORDER BY g.name`

	transferGroup = `UPDATE access_group SET workspace = $3 WHERE workspace = $1 AND id = $2`

	transferMembers = `UPDATE access_member SET workspace = $3 WHERE workspace = $1 AND group_id = $2`
)

// checkReceiving refuses to move things into the caller's workspace for who may not
// make all that can be in it.
func (s *Service) checkReceiving(ctx context.Context) error {
	who, err := s.participantOf(ctx)
	if err != nil {
		return err
	}
	for _, action := range []string{"experiment.create", "run.create", "logged-model.create", "model.create", "version.create", "artifact.write"} {
		kind, _, _ := strings.Cut(action, ".")
		if all, err := s.onAll(ctx, who, action, kind); err != nil {
			return err
		} else if !all {
			return fault.WithHint(fault.New(fault.Denied, "You may not move all that is in the workspace to the default one: %s is not allowed on all of it there.", action),
				"tacit access explain tells what decides")
		}
	}
	return nil
}

// onAll reports whether somebody may do an action on all of a kind that there can be.
func (s *Service) onAll(ctx context.Context, who participant, action, kind string) (bool, error) {
	n, err := s.conditionOn(ctx, who, action, kind)
	return n == (filter.Node)(filter.True{}), err
}

// moveContents moves what all rooms keep in m.From to m.To, and the grants on it. A
// name that m.To has already is refused, with all others like it.
func (s *Service) moveContents(ctx context.Context, tx *rows.Tx, m *room.Move) error {
	taken, err := rows.Collect(ctx, tx, rows.Column[string], selectTakenGroups, m.From, m.To)
	if err != nil {
		return err
	}
	for i, name := range taken {
		taken[i] = fmt.Sprintf("groups: '%s'", name)
	}
	for _, c := range s.contents() {
		lines, err := c.Taken(ctx, tx, m)
		if err != nil {
			return err
		}
		taken = append(taken, lines...)
	}
	if len(taken) > 0 {
		slices.Sort(taken)
		return fault.WithHint(fault.New(fault.Conflict, "Cannot reassign resources from workspace '%s' to '%s': the following resources already exist in the default workspace and would cause conflicts:\n  - %s\nRename or remove the conflicting resources before retrying.",
			m.From, m.To, strings.Join(taken, "\n  - ")), "nothing was moved")
	}
	for _, c := range s.contents() {
		if err := c.Move(ctx, tx, m); err != nil {
			return err
		}
	}
	return s.moveGrants(ctx, tx, m)
}

// moveGrants gives the grants on single things of m.From to where these are now,
// with the groups that have some. Roles, and grants on all of a kind, end with the
// workspace that they were about.
func (s *Service) moveGrants(ctx context.Context, tx *rows.Tx, m *room.Move) error {
	all, err := rows.Collect(ctx, tx, scanGrant, selectObjectGrants, m.From)
	if err != nil {
		return err
	}
	there := m.There(ctx)
	moved := map[string]bool{}
	for _, g := range all {
		if Kind(g.Principal.Kind) == KindGroup && !moved[g.Principal.String()] {
			moved[g.Principal.String()] = true
			if err := s.moveGroup(ctx, tx, m, g.Principal); err != nil {
				return err
			}
		}
		switch g.Kind {
		case "experiment":
			if g.Object = m.Experiments[g.Object]; g.Object == "" {
				continue // of one that is gone
			}
		case "artifact":
			g.Object = m.Folder + "/" + g.Object
		}
		if _, err := tx.Exec(there, upsertGrant, m.To, g.Principal.String(), g.Kind, g.Object, g.Level); err != nil {
			return err
		}
		if err := s.Events.Append(there, tx, grantChanged(g, "", g.Level)); err != nil {
			return err
		}
	}
	return nil
}

// moveGroup gives a group with its members to m.To.
func (s *Service) moveGroup(ctx context.Context, tx *rows.Tx, m *room.Move, group urn.URN) error {
	g, err := findGroup(ctx, tx, group)
	if err != nil {
		return err
	}
	for _, statement := range []string{transferGroup, transferMembers} {
		if _, err := tx.Exec(ctx, statement, m.From, g.ID, m.To); err != nil {
			return err
		}
	}
	if err := s.Events.Append(ctx, tx, groupDeleted(g)); err != nil {
		return err
	}
	return s.Events.Append(m.There(ctx), tx, event.Event{Verb: "access.group.created", Subject: g.URN(), After: g.hash(), Data: g.data()})
}
