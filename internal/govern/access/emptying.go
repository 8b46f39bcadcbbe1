package access

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// mostAsked is how many files of a workspace are asked for one by one before it is
// emptied; of more it is not known whether all of them may be deleted.
const mostAsked = 10_000

// bound is an action that is not allowed on all things of a kind that there can be.
type bound struct {
	action, kind string
	allowed      filter.Node // on which it is
}

// boundsOfDeleting are what keeps the caller from deleting all that can be in the
// workspace: each kind of things, and the files of each.
func (s *Service) boundsOfDeleting(ctx context.Context) (all []bound, err error) {
	who, err := s.participantOf(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range append(slices.Clone(lists), "artifact") {
		actions := []string{kind + ".delete"}
		if slices.Contains(owners, kind) {
			actions = append(actions, "artifact.delete")
		}
		for _, action := range actions {
			n, err := s.conditionOn(ctx, who, action, kind)
			if err != nil {
				return nil, err
			}
			if n != (filter.Node)(filter.True{}) {
				all = append(all, bound{action, kind, n})
			}
		}
	}
	return all, nil
}

// checkBounds refuses the caller's workspace where something in it is out of
// bounds. What is asked for is what is there, deleted things as well. fault.Denied.
func (s *Service) checkBounds(ctx context.Context, r rows.Reader, all []bound) error {
	for _, b := range all {
		kept := true // where nobody can say what is there
		var err error
		switch {
		case b.kind == "artifact" && s.Files != nil:
			kept, err = s.keepsFile(ctx, b.action)
		case b.kind != "artifact" && s.Any != nil:
			kept, err = s.Any(ctx, r, b.kind, policy.Not(b.allowed))
		}
		if err != nil {
			return err
		}
		if kept {
			return fault.WithHint(fault.New(fault.Denied, "You may not delete all that is in the workspace: %s is not allowed on all of it.", b.action),
				"tacit access explain tells what decides; an empty workspace is deleted without its contents")
		}
	}
	return nil
}

// errKept ends a walk over files: one of them is kept, or there are too many.
var errKept = errors.New("access: a file is kept")

// keepsFile reports whether there is a file in the caller's workspace on which an
// action is not allowed, or more than can be asked for. What the file lies in is
// asked for by itself.
func (s *Service) keepsFile(ctx context.Context, action string) (bool, error) {
	who, err := s.participantOf(ctx)
	if err != nil {
		return true, err
	}
	g, err := who.granted()
	if err != nil {
		return true, err
	}
	n := 0
	err = s.Files(ctx, func(path string) error {
		file := urn.New("artifact", strings.Split(path, "/")...)
		resource, _, err := s.about(ctx, file)
		if err != nil {
			return err
		}
		r := policy.Request{Principal: who.principal(), Action: action, Workspace: caller.Workspace(ctx), Resource: resource}
		if n++; n > mostAsked || !decideOn(s.added(), g, r, s.byRole(who, action, file)).Allowed {
			return errKept
		}
		return nil
	})
	if errors.Is(err, errKept) {
		return true, nil
	}
	return false, err
}
