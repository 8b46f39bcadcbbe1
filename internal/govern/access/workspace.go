package access

import (
	"context"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

const (
	maxWorkspaceText = 4096 // bytes of a description
	// WorkspaceURNKind is the kind of a workspace's URN.
	WorkspaceURNKind = "workspace"
)

// Workspace is one that was made, or that is there since something is kept in it
// or somebody has a role in it; then it has a name alone.
type Workspace struct {
	Name        string
	Description string
	// ArtifactRoot is a URI below which the experiments that are made in it keep
	// their files, "" for tacit's own store.
	ArtifactRoot string
	Created      time.Time // zero where it was not made
	Updated      time.Time
}

// URN names the workspace.
func (w Workspace) URN() urn.URN { return urn.New(WorkspaceURNKind, w.Name) }

// Contents is what a room keeps in workspaces. Experiments come before what is in
// them.
type Contents interface {
	// Workspaces are those of which Holds counts anything; who asks for them waits
	// for as much as there are workspaces, not for what they hold.
	Workspaces(ctx context.Context) ([]string, error)
	// Holds counts what people have put into the workspace, deleted things as
	// well, as r sees it.
	Holds(ctx context.Context, r rows.Reader, workspace string) (int64, error)
	// Hold keeps others from writing into it until tx ends, after those who do are
	// done. It is called for all contents in their order, before tx reads anything.
	Hold(ctx context.Context, tx *rows.Tx) error
	// Empty removes all of it in the caller's workspace for good, and tells it,
	// inside the transaction that deletes the workspace.
	Empty(ctx context.Context, tx *rows.Tx) error
	// Taken names, a line each, what m.From keeps under names that m.To has already.
	Taken(ctx context.Context, r rows.Reader, m *room.Move) ([]string, error)
	// Move gives all of it in m.From to m.To, and tells it there, inside the
	// transaction that deletes m.From.
	Move(ctx context.Context, tx *rows.Tx, m *room.Move) error
}

// hash is that of what can be changed of the workspace.
func (w Workspace) hash() string {
	return event.Hash(map[string]string{"description": w.Description, "artifact_root": w.ArtifactRoot})
}

func (s *Service) checkWorkspace(w Workspace) error {
	if len(w.Description) > maxWorkspaceText {
		return fault.New(fault.Invalid, "The description of a workspace has at most %d bytes.", maxWorkspaceText)
	}
	if w.ArtifactRoot == "" || s.CheckRoot == nil {
		return nil
	}
	return s.CheckRoot(w.ArtifactRoot)
}

// WorkspaceSpec is what a new workspace is made of.
type WorkspaceSpec struct {
	Name         string
	Description  string
	ArtifactRoot string
}

// MakeWorkspace makes a workspace; one that was only used gets its description.
// fault.Exists, fault.Invalid.
func (s *Service) MakeWorkspace(ctx context.Context, spec WorkspaceSpec) (w Workspace, err error) {
	defer fault.Wrap(&err, "access.MakeWorkspace(%s)", spec.Name)
	if err := caller.CheckWorkspace(spec.Name); err != nil {
		return w, err
	}
	if spec.Name == caller.DefaultWorkspace {
		return w, fault.New(fault.Invalid, "The '%s' workspace is reserved and cannot be created", spec.Name)
	}
	now := s.Now().UTC().Truncate(time.Millisecond)
	w = Workspace{spec.Name, spec.Description, spec.ArtifactRoot, now, now}
	if err := s.checkWorkspace(w); err != nil {
		return w, err
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		n, err := tx.Exec(ctx, insertWorkspace, w.Name, w.Description, w.ArtifactRoot, now.UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Exists, "Workspace '%s' already exists.", w.Name)
		}
		return s.Events.Append(within(ctx, w.Name), tx, event.Event{Verb: "access.workspace.created", Subject: w.URN(), After: w.hash()})
	})
	return w, err
}

// WorkspaceChange is what changes of a workspace; nil stays.
type WorkspaceChange struct {
	Description  *string
	ArtifactRoot *string // "" for tacit's own store; experiments that there are keep theirs
}

// ChangeWorkspace gives a workspace another description or artifact root.
// fault.NotFound, fault.Invalid.
func (s *Service) ChangeWorkspace(ctx context.Context, name string, change WorkspaceChange) (w Workspace, err error) {
	defer fault.Wrap(&err, "access.ChangeWorkspace(%s)", name)
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		if w, err = s.workspace(ctx, tx, name); err != nil {
			return err
		}
		before := w
		if change.Description != nil {
			w.Description = *change.Description
		}
		if change.ArtifactRoot != nil {
			w.ArtifactRoot = *change.ArtifactRoot
		}
		if err := s.checkWorkspace(w); err != nil || w == before {
			return err
		}
		w.Updated = s.Now().UTC().Truncate(time.Millisecond)
		if w.Created.IsZero() {
			w.Created = w.Updated
		}
		if _, err := tx.Exec(ctx, upsertWorkspace, name, w.Description, w.ArtifactRoot, w.Created.UnixMilli(), w.Updated.UnixMilli()); err != nil {
			return err
		}
		return s.Events.Append(within(ctx, w.Name), tx, event.Event{Verb: "access.workspace.updated", Subject: w.URN(), Before: before.hash(), After: w.hash()})
	})
	return w, err
}

// ArtifactRoot is below which the experiments that are made in the caller's
// workspace keep their files, "" for tacit's own store.
func (s *Service) ArtifactRoot(ctx context.Context, r rows.Reader) (string, error) {
	w, err := rows.One(ctx, r, scanWorkspace, selectWorkspace, caller.Workspace(ctx))
	if rows.IsNone(err) {
		return "", nil
	}
	return w.ArtifactRoot, err
}

// Workspace gives one workspace. fault.NotFound.
func (s *Service) Workspace(ctx context.Context, name string) (w Workspace, err error) {
	defer fault.Wrap(&err, "access.Workspace(%s)", name)
	return s.workspace(ctx, s.DB.Read(), name)
}

// workspace reads one workspace. fault.NotFound.
func (s *Service) workspace(ctx context.Context, r rows.Reader, name string) (Workspace, error) {
	w, err := rows.One(ctx, r, scanWorkspace, selectWorkspace, name)
	if !rows.IsNone(err) {
		return w, err
	}
	there, err := s.isWorkspace(ctx, r, name)
	if err == nil && !there {
		err = fault.New(fault.NotFound, "Workspace '%s' not found", name)
	}
	return Workspace{Name: name}, err
}

// isWorkspace reports whether a workspace is there: made, used, or the usual one.
func (s *Service) isWorkspace(ctx context.Context, r rows.Reader, name string) (bool, error) {
	if s.isUsual(name) {
		return true, nil
	}
	if _, err := rows.One(ctx, r, rows.Column[int64], selectIsWorkspace, name); !rows.IsNone(err) {
		return err == nil, err
	}
	n, err := s.holds(ctx, r, name)
	return n > 0, err
}

// holds counts what all rooms keep in a workspace.
func (s *Service) holds(ctx context.Context, r rows.Reader, name string) (all int64, err error) {
	for _, c := range s.contents() {
		n, err := c.Holds(ctx, r, name)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

func (s *Service) contents() []Contents {
	if s.Contents == nil {
		return nil
	}
	return s.Contents()
}

// usual are the workspaces that are always there: the default, and that of a
// request which names none.
func (s *Service) usual() []string {
	if s.Usual == nil {
		return []string{caller.DefaultWorkspace}
	}
	return []string{caller.DefaultWorkspace, s.Usual()}
}

func (s *Service) isUsual(name string) bool { return slices.Contains(s.usual(), name) }
