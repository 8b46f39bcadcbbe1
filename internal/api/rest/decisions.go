package rest

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Decisions says what is allowed, and why.
type Decisions interface {
	Explain(ctx context.Context, who urn.URN, action string, object urn.URN) (access.Explanation, error)
	Policies() []policy.Policy
}

// PolicyBody is one policy in force.
type PolicyBody struct {
	ID          string `json:"id"`
	Description string `json:"description,omitempty"`
	Effect      string `json:"effect" enum:"permit,forbid"`
	Source      string `json:"source" doc:"the file it stands in; policies.cedar for those that tacit ships"`
	Line        int    `json:"line" doc:"in the source, from 1"`
	Cedar       string `json:"cedar" doc:"the policy as written"`
}

// ActionBody is one action with the groups that policies name it by.
type ActionBody struct {
	Action string   `json:"action"`
	In     []string `json:"in" nullable:"false" doc:"groups: a role, installation, own, or the action's noun"`
}

// PoliciesBody is what is in force, and what policies can name.
type PoliciesBody struct {
	Policies []PolicyBody `json:"policies" nullable:"false"`
	Actions  []ActionBody `json:"actions" nullable:"false"`
}

// ExplanationBody is a verdict, and why.
type ExplanationBody struct {
	Allowed   bool         `json:"allowed"`
	By        string       `json:"by" enum:"forbid,permit,grant,role,nothing"`
	Why       string       `json:"why"`
	Needed    string       `json:"needed,omitempty" doc:"what would allow it; absent where it is allowed"`
	Principal string       `json:"principal" doc:"a URN"`
	Action    string       `json:"action"`
	Object    string       `json:"object,omitempty" doc:"a URN; absent for the workspace"`
	There     bool         `json:"there" doc:"there is such an object"`
	Workspace string       `json:"workspace"`
	Role      string       `json:"role,omitempty" doc:"that holds in the workspace"`
	Groups    []string     `json:"groups" nullable:"false"`
	Policies  []PolicyBody `json:"policies" nullable:"false" doc:"those that decided"`
	Grant     *GrantedBody `json:"grant,omitempty" doc:"the grant that decided"`
}

type explainInput struct {
	Principal string `query:"principal" required:"true" maxLength:"200" doc:"name of a user, service/NAME, or a URN"`
	Action    string `query:"action" required:"true" maxLength:"100" doc:"as in run.update"`
	Object    string `query:"object" maxLength:"4096" doc:"URN; the workspace itself when empty"`
}

func (f *face) decisions() {
	add(f, operation{"GET", "/access/explain", "explain-access", "Whether somebody may do something in the workspace, and what decides", "policy.explain", whole, 0}, f.explain)
	add(f, operation{"GET", "/access/policies", "list-policies", "The policies in force, and the actions that they can name", "policy.read", whole, 0}, f.listPolicies)
}

// principalNamed is who a word names: ada, service/trainer, or a URN.
func principalNamed(word string) (urn.URN, error) {
	if strings.HasPrefix(word, "tacit:") {
		return parseURN(word)
	}
	if name, ok := strings.CutPrefix(word, "service/"); ok && name != "" {
		return urn.New(string(access.KindService), name), nil
	}
	if word == "" {
		return urn.URN{}, fault.New(fault.Invalid, "Nobody is named.")
	}
	return urn.New(string(access.KindUser), strings.TrimPrefix(word, "user/")), nil
}

func (f *face) explain(ctx context.Context, in *explainInput) (*output[ExplanationBody], error) {
	who, err := principalNamed(in.Principal)
	if err != nil {
		return nil, err
	}
	var object urn.URN
	if in.Object != "" {
		if object, err = parseURN(in.Object); err != nil {
			return nil, err
		}
	}
	e, err := f.Decisions.Explain(ctx, who, in.Action, object)
	return &output[ExplanationBody]{explanationBody(e)}, err
}

func explanationBody(e access.Explanation) ExplanationBody {
	b := ExplanationBody{
		Allowed: e.Allowed, By: string(e.By), Why: e.Why, Needed: e.Needed, Principal: e.Principal.String(), Action: e.Action,
		Object: e.Object.String(), There: e.There, Workspace: e.Workspace, Role: string(e.Role),
		Groups: append([]string{}, e.Groups...), Policies: policyBodies(e.Policies),
	}
	if e.Grant.Kind != "" {
		b.Grant = new(grantedBody(e.Grant))
	}
	return b
}

func policyBodies(all []policy.Policy) []PolicyBody {
	bodies := make([]PolicyBody, len(all))
	for i, p := range all {
		bodies[i] = PolicyBody{ID: p.ID, Description: p.Description, Effect: "permit", Source: p.Source, Line: p.Line, Cedar: p.Text}
		if p.Forbids {
			bodies[i].Effect = "forbid"
		}
	}
	return bodies
}

func (f *face) listPolicies(_ context.Context, _ *struct{}) (*output[PoliciesBody], error) {
	b := PoliciesBody{Policies: policyBodies(f.Decisions.Policies())}
	for action, groups := range roles.Vocabulary().Actions {
		b.Actions = append(b.Actions, ActionBody{action, groups})
	}
	slices.SortFunc(b.Actions, func(x, y ActionBody) int { return strings.Compare(x.Action, y.Action) })
	return &output[PoliciesBody]{b}, nil
}
