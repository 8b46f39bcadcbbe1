package cli

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// accessCommand is about what is allowed.
type accessCommand struct {
	Explain  accessExplain  `cmd:"" help:"Say whether somebody may do something, and what decides."`
	Policies accessPolicies `cmd:"" help:"Print the policies in force."`
}

type accessExplain struct {
	asking
	Principal string `arg:"" name:"user" help:"Name of a user, or service/NAME."`
	Action    string `arg:"" help:"Action, as run.update."`
	Object    string `arg:"" optional:"" help:"URN of the object, as tacit:experiment/1; the workspace itself unless given."`
}

// Help teaches.
func (accessExplain) Help() string {
	return `A policy that forbids wins. Then a policy of tacit.yaml may permit; then the nearest grant decides, unless the role is admin; and
where there is none, the role. The scope of a token is not looked at: it only narrows.

  tacit access explain ada run.update tacit:run/5f1e0c2a9d3b4e6f8a7b6c5d4e3f2a1b
  tacit access explain service/trainer experiment.create --workspace team
  tacit access explain ada experiment.create --workspace '*'      in each workspace in which you may ask

Where all workspaces are asked, an object is looked for in each, unless its URN names one: tacit:@team/experiment/1.
What is not there has no verdict, but for what is to be made: experiment.create on tacit:experiment/new/NAME, model.create on tacit:model/NAME.
Exit codes: 0 allowed, in all that were asked · 1 denied · 2 could not do it · 3 there is nobody of the name, no such object, or no tacit here · 4 wrong usage`
}

// Run prints the verdict, and why.
func (c accessExplain) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		if c.everywhere() {
			return c.explainAll(ctx, t, server)
		}
		e, err := c.explain(ctx, server)
		if err != nil {
			return nothing(wrongUsage(err))
		}
		absent := error(nil)
		if !e.There && !strings.HasSuffix(c.Action, ".create") {
			absent = &exit{code: ExitNothing, err: fault.New(fault.NotFound, "There is no %s in the workspace %s.", e.Object, e.Workspace)}
		}
		switch {
		case t.json:
			err = t.document(e)
		case absent == nil:
			c.tell(t, e)
		}
		if err == nil && absent == nil && !e.Allowed {
			return answerNo()
		}
		return cmp.Or(err, absent)
	})
}

func (c accessExplain) explain(ctx context.Context, in *client.Client) (rest.ExplanationBody, error) {
	query := url.Values{"principal": {c.Principal}, "action": {c.Action}, "object": {c.Object}}
	return client.Get[rest.ExplanationBody](ctx, in, "/access/explain", query)
}

// explainAll asks in all workspaces in which there is such an object.
func (c accessExplain) explainAll(ctx context.Context, t *terminal, server *client.Client) error {
	all, allowed := []rest.ExplanationBody{}, true
	ask := func(_ string, in *client.Client) error {
		e, err := c.explain(ctx, in)
		if err == nil && e.There {
			all, allowed = append(all, e), allowed && e.Allowed
		}
		return err
	}
	var err error
	if object, parsed := urn.Parse(c.Object); parsed == nil && object.Workspace != "" {
		err = ask(object.Workspace, server.In(object.Workspace))
	} else {
		err = inEach(ctx, server, ask)
	}
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "There is no %s in any workspace in which you may ask.", cmp.Or(c.Object, "place"))
	}
	if err != nil {
		return nothing(wrongUsage(err))
	}
	if t.json {
		if err := t.document(all); err != nil {
			return err
		}
	} else {
		for _, e := range all {
			if e.Object != "" {
				t.say("in the workspace %s:", e.Workspace)
			}
			c.tell(t, e)
		}
	}
	if !allowed {
		return answerNo()
	}
	return nil
}

func (c accessExplain) tell(t *terminal, e rest.ExplanationBody) {
	verdict, object := "denied", e.Object
	if e.Allowed {
		verdict = "allowed"
	}
	if object == "" {
		object = "the workspace " + e.Workspace
	}
	t.say("%s  %s  %s on %s", verdict, e.Principal, e.Action, object)
	t.say("%s", e.Why)
	for _, p := range e.Policies {
		t.say("  %s", strings.ReplaceAll(p.Cedar, "\n", "\n  "))
	}
	if e.Needed != "" {
		t.say("needed: %s", e.Needed)
	}
	if !e.There {
		t.note("there is no %s: the verdict is on what would be so named", e.Object)
	}
}

type accessPolicies struct {
	asking
	Actions bool `help:"Print the actions instead, and the groups they are in."`
}

// Help teaches.
func (accessPolicies) Help() string {
	return `Policies are written in Cedar. Those of policies.cedar are tacit's own and say what the roles mean; others stand in tacit.yaml
below access: policies, or in the files of access: policy_files, and are read again at SIGHUP.

  tacit access policies
  tacit access policies --actions

Exit codes: 0 printed · 2 could not do it · 3 there is no tacit here · 4 wrong usage`
}

// Run prints the policies, or the actions.
func (c accessPolicies) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		b, err := client.Get[rest.PoliciesBody](ctx, server, "/access/policies", nil)
		switch {
		case err != nil:
			return nothing(err)
		case t.json:
			return t.document(b)
		case c.Actions:
			lines := make([][]string, len(b.Actions))
			for i, a := range b.Actions {
				lines[i] = []string{a.Action, strings.Join(a.In, " ")}
			}
			t.columns(lines)
			return nil
		}
		for i, p := range b.Policies {
			if i > 0 {
				t.say("")
			}
			t.say("// %s:%d", p.Source, p.Line)
			t.say("%s", p.Cedar)
		}
		return nil
	})
}
