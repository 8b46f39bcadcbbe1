package access

import (
	"context"
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Explanation is a verdict about somebody, in the caller's workspace.
type Explanation struct {
	Verdict
	Principal  urn.URN
	Action     string
	Object     urn.URN // zero for the workspace
	Workspace  string
	Role       roles.Role // that holds in the workspace
	Everywhere roles.Role // that holds in all
	Groups     []string   // names
	There      bool       // the object is there, as far as it can be told
	Why        string     // a sentence that says what decided
	Needed     string     // a sentence that says what would allow it, "" where it is allowed
}

// Explain says whether a user or service may do an action on an object, and
// what decides. The scope of tokens is not looked at: it only narrows. fault.NotFound
// for nobody, fault.Invalid for no action, fault.Denied about an object that the caller
// may not read, as about one that is not there to whoever may not read all of its kind.
func (s *Service) Explain(ctx context.Context, who urn.URN, action string, object urn.URN) (e Explanation, err error) {
	defer fault.Wrap(&err, "access.Explain(%s, %s, %s)", who, action, object)
	if !roles.Known(action) {
		return e, fault.WithHint(fault.New(fault.Invalid, "There is no action %q.", action), "tacit access policies --actions lists them")
	}
	if object.Workspace != "" && object.Workspace != caller.Workspace(ctx) {
		return e, fault.WithHint(fault.New(fault.Invalid, "%s lies in another workspace.", object), "ask there: --workspace %s", object.Workspace)
	}
	object = object.In("")
	a, err := rows.One(ctx, s.DB.Read(), scanAccount, statementOf(Kind(who.Kind)).find, who.Name())
	if Kind(who.Kind) != KindUser && Kind(who.Kind) != KindService || rows.IsNone(err) {
		return e, fault.New(fault.NotFound, "There is no %s %s.", who.Kind, who.Name())
	}
	if err != nil {
		return e, err
	}
	participant, err := s.participantIn(ctx, who)
	if err != nil {
		return e, err
	}
	e = Explanation{Principal: who, Action: action, Object: object, Workspace: caller.Workspace(ctx), Role: participant.role(), Everywhere: participant.everywhere, Groups: participant.groups}
	if kind := policy.Named(object, e.Workspace).Kind; isRead(kind) && !isToCome(object) {
		if err := s.Check(ctx, kind+".read", object); err != nil {
			return e, err
		}
	}
	if e.There, err = s.isThere(ctx, object); err != nil {
		return e, err
	}
	if e.Verdict, err = s.decide(ctx, participant, action, object); err != nil {
		return e, err
	}
	e.Why = e.why()
	if a.disabled {
		e.Allowed, e.By, e.Policies = false, ByNothing, nil
		e.Why, e.Needed = "The account is disabled.", "Let it in again: tacit user enable."
	} else if !e.Allowed {
		e.Needed = e.needed()
	}
	return e, nil
}

// isToCome reports whether an object names an experiment by the name that it will have.
func isToCome(object urn.URN) bool { return object.Kind == "experiment" && len(object.Path) > 1 }

func (e Explanation) why() string {
	switch e.By {
	case ByForbid:
		return "A policy forbids it: " + places(e.Policies) + "."
	case ByPermit:
		return "A policy permits it: " + places(e.Policies) + "."
	case ByRole:
		return fmt.Sprintf("The role %s permits it: %s.", e.Role, places(e.Policies))
	case ByGrant:
		if e.Grant.Kind == "" {
			return "A grant in the workspace lets it through."
		}
		return fmt.Sprintf("The nearest grant decides: %s on %s, to %s.", e.Grant.Level, e.Grant.On(), e.Grant.Principal)
	}
	if e.above {
		return "It lies in no run and no logged model, and may hold files of many: not all of them are let through."
	}
	if e.Role == roles.None {
		return "No role, no grant and no policy permits it."
	}
	return fmt.Sprintf("The role %s does not permit it, and no grant and no policy does.", e.Role)
}

func (e Explanation) needed() string {
	if e.By == ByForbid {
		return "What the policy tests must change, or the policy itself: a forbid wins over every role, grant and permit."
	}
	if e.above {
		return "The same right to all experiments, runs, logged models and artifacts of the workspace, or a path within one run or logged model."
	}
	n := roles.Needs(e.Action)
	where := "in the workspace " + e.Workspace
	if n.Everywhere {
		where = "in all workspaces"
	}
	level, grantable := grant.LevelOf(e.Action)
	switch {
	case e.By == ByGrant:
		return fmt.Sprintf("The grant must be at least %s, or a nearer one, or the role admin.", level)
	case grantable && !e.Object.IsZero():
		return fmt.Sprintf("The role %s %s, or a grant of %s on it or on what it is in, or a policy that permits it.", n.Role, where, level)
	}
	return fmt.Sprintf("The role %s %s, or a policy that permits it.", n.Role, where)
}

// places are policies with where they stand.
func places(all []policy.Policy) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = fmt.Sprintf("%s (%s:%d)", p.ID, p.Source, p.Line)
	}
	return strings.Join(texts, ", ")
}

// Policies are all policies in force: the shipped ones, then those of tacit.yaml.
func (s *Service) Policies() []policy.Policy {
	all := append([]policy.Policy{}, s.shipped.Set.Policies...)
	if added := s.added(); added != nil {
		all = append(all, added.Policies...)
	}
	return all
}
