package access

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Workspaces gives those in which the caller has a part, by name. Pages ask it
// each time: it takes the same few statements however many workspaces there are
// and whatever they hold.
func (s *Service) Workspaces(ctx context.Context) (kept []Workspace, err error) {
	defer fault.Wrap(&err, "access.Workspaces")
	there, err := s.there(ctx)
	if err != nil {
		return nil, err
	}
	who, err := s.participantOf(ctx)
	if err != nil {
		return nil, err
	}
	if who.bound && who.everywhere == roles.None {
		if there, err = s.entered(ctx, who, there); err != nil {
			return nil, err
		}
	} // else: a role in all workspaces is one in those that there are
	slices.SortFunc(there, func(a, b Workspace) int { return strings.Compare(a.Name, b.Name) })
	return there, nil
}

// there are all workspaces that there are: those that isWorkspace knows.
func (s *Service) there(ctx context.Context) ([]Workspace, error) {
	all, err := rows.Collect(ctx, s.DB.Read(), scanWorkspace, selectWorkspaces)
	if err != nil {
		return nil, err
	}
	used, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectRoleWorkspaces)
	if err != nil {
		return nil, err
	}
	for _, c := range s.contents() {
		in, err := c.Workspaces(ctx)
		if err != nil {
			return nil, err
		}
		used = append(used, in...)
	}
	known := make(map[string]bool, len(all)+len(used))
	for _, w := range all {
		known[w.Name] = true
	}
	for _, name := range append(used, s.usual()...) {
		if !known[name] {
			known[name] = true
			all = append(all, Workspace{Name: name})
		}
	}
	return all, nil
}

// entered are those of some workspaces in which somebody has a part who has no
// role in all of them. What it takes tells nothing of the others, not even how
// many there are.
func (s *Service) entered(ctx context.Context, here participant, some []Workspace) (kept []Workspace, err error) {
	all, err := rows.Collect(ctx, s.DB.Read(), scanHeldIn, selectHeldAnywhere, here.actor.String())
	if err != nil {
		return nil, err
	}
	holds := map[string][]held{}
	for _, h := range all {
		holds[h.workspace] = append(holds[h.workspace], h.held)
	}
	for _, w := range some {
		in := within(ctx, w.Name)
		who := participant{actor: here.actor, workspace: w.Name, bound: true, credential: here.credential}
		for _, h := range holds[w.Name] {
			s.hold(in, &who, h)
		}
		part, err := s.hasPart(in, who)
		if err != nil {
			return nil, err
		}
		if part {
			kept = append(kept, w)
		}
	}
	return kept, nil
}
