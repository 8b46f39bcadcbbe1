package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// What takes to read of what others did and are: in the workspace, and in all.
const (
	readAudit    = "audit.read"
	overseeAudit = "audit.oversee"
)

// people is the condition over events that those about people, their roles, grants
// and sign-ins, are told to whom they concern: to who did them, to whom they are
// about, to an administrator of the workspace as far as they are about people who
// have a part in it, and to who administers all.
func (s *Service) people(ctx context.Context, who participant) (filter.Node, error) {
	if all, err := s.may(ctx, who, overseeAudit); err != nil || all {
		return filter.True{}, err
	}
	seen := []filter.Node{policy.Not(policy.Or(begins(verbField, "access."), begins(verbField, "audit.")))}
	if who.scope.Lets("account.read") {
		of, err := s.ofAccount(ctx, who, actorField, subjectField)
		if err != nil {
			return nil, err
		}
		seen = append(seen, of)
	}
	here, err := s.may(ctx, who, readAudit)
	if err != nil || !here {
		return policy.Or(seen...), err
	}
	about, err := s.aboutHere(ctx)
	return policy.Or(append(seen, about...)...), err
}

// aboutHere are the conditions over events that they are about the caller's
// workspace, or about people who have a part in it, or about none. What somebody was
// given or lost in a workspace is told there, also of who has no part any more.
func (s *Service) aboutHere(ctx context.Context) ([]filter.Node, error) {
	workspace := caller.Workspace(ctx)
	known, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectPeople, workspace)
	if err != nil {
		return nil, err
	}
	known = append(known, unknown().String(), urn.New(WorkspaceURNKind, workspace).String())
	return []filter.Node{
		policy.Among(subjectField, known), begins(verbField, "access.role."), begins(verbField, "access.grant."), begins(verbField, "access.member."),
		policy.Not(policy.Or(begins(subjectField, "tacit:user/"), begins(subjectField, "tacit:service/"), begins(subjectField, "tacit:workspace/"))),
	}, nil
}

// may reports whether who may do an action on the workspace of ctx.
func (s *Service) may(ctx context.Context, who participant, action string) (bool, error) {
	v, err := s.decide(ctx, who, action, urn.URN{})
	return v.Allowed, err
}

// Told are events as the caller in ctx may be told of them: from where and by what
// program others acted is for who may read the audit log.
func (s *Service) Told(ctx context.Context, all []event.Event) ([]event.Event, error) {
	who, err := s.participantOf(ctx)
	if err != nil {
		return nil, err
	}
	if reads, err := s.may(ctx, who, readAudit); err != nil || reads {
		return all, err
	}
	for i, e := range all {
		if e.Actor.String() != who.actor.String() {
			all[i].Origin.Address, all[i].Origin.Client = "", ""
		}
	}
	return all, nil
}
