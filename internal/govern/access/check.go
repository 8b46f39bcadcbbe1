package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Check answers nil when the caller in ctx may do action on object, and else
// fault.Denied or fault.Unauthenticated. The zero object is the workspace; a
// list of it may be asked for when there is anything that it could show. An
// object that is not there is denied to whoever may not read all of its kind,
// as one that may not be read is. An object of another workspace is asked for
// there.
func (s *Service) Check(ctx context.Context, action string, object urn.URN) error {
	ctx, object = inside(ctx, object)
	who, err := s.participantOf(ctx)
	if err != nil {
		return err
	}
	v, err := s.decide(ctx, who, action, object)
	if err != nil || v.Allowed {
		return err
	}
	return v.refusal(caller.Workspace(ctx), action, object)
}

// Visible is the condition under which the caller in ctx may see an object of
// a list when asking for action, over the fields that package policy names.
// fault.Denied when there can be none.
func (s *Service) Visible(ctx context.Context, action string) (filter.Node, error) {
	who, err := s.participantOf(ctx)
	if err != nil {
		return nil, err
	}
	n, err := s.condition(ctx, who, action)
	if err != nil {
		return nil, err
	}
	if n == (filter.Node)(filter.False{}) {
		v, err := s.decide(ctx, who, action, urn.URN{})
		if err != nil {
			return nil, err
		}
		return nil, v.refusal(caller.Workspace(ctx), action, urn.URN{})
	}
	return n, nil
}

// inside is an object as its own workspace names it, and ctx there.
func inside(ctx context.Context, object urn.URN) (context.Context, urn.URN) {
	c := caller.From(ctx)
	if object.Workspace == "" || object.Workspace == c.Workspace {
		return ctx, object.In("")
	}
	c.Workspace = object.Workspace
	return caller.With(ctx, c), object.In("")
}

// Reader tells whether the caller in ctx may read a thing: a run, a model, a
// version, data. It is nil where they may read everything in the workspace.
func (s *Service) Reader(ctx context.Context) (func(urn.URN) (bool, error), error) {
	who, err := s.participantOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.readsAll(ctx, who)
	if err != nil || all {
		return nil, err
	}
	return func(u urn.URN) (bool, error) {
		kind := policy.Named(u, who.workspace).Kind
		if !grant.Decides(kind) {
			// Data, jobs and people are told to whoever has a role: no policy
			// and no grant tells one of them from another.
			return who.role() != roles.None, nil
		}
		err := s.Check(ctx, kind+".read", u)
		if fault.Is(err, fault.Denied) {
			return false, nil
		}
		return err == nil, err
	}, nil
}

// readsAll reports whether who may read all things of all kinds.
func (s *Service) readsAll(ctx context.Context, who participant) (bool, error) {
	if !who.bound {
		return true, nil
	}
	for _, kind := range append(slices.Clone(lists), "artifact") {
		if !who.scope.Lets(kind + ".read") {
			return false, nil
		}
	}
	for _, kind := range lists {
		n, err := s.conditionOn(ctx, who, kind+".read", kind)
		if err != nil || n != (filter.Node)(filter.True{}) {
			return false, err
		}
	}
	return s.allFiles(ctx, who, "artifact.read")
}

func unauthenticated(format string, args ...any) error {
	return fault.WithHint(fault.New(fault.Unauthenticated, format, args...),
		"give a user's name and password, or a token: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN")
}
