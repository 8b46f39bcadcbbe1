package scan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// Target is what a version is to become: an alias points at it, or it moves to a
// model stage.
type Target struct{ Alias, Stage string }

func (t Target) String() string {
	if t.Alias != "" {
		return "alias " + t.Alias
	}
	return "stage " + t.Stage
}

// patience is how long who asks at a gate waits for a verdict that is not there.
const patience = 20 * time.Second

// Admit says whether a version may become what is asked. Files without a verdict,
// or that changed since, are judged first; who asks waits for a while. fault.Conflict
// says why not, and the refusal is told.
func (s *Service) Admit(ctx context.Context, name string, number int64, to Target) (_ Admission, err error) {
	defer fault.Wrap(&err, "scan.Admit(%s, %d, %s)", name, number, to)
	policy, guarded := s.Settings().Policy.at(to)
	if !guarded {
		return Admission{}, nil
	}
	b := basis{VersionRef: VersionRef{name, number}}
	if b.root, b.elsewhere, err = s.Models.OfVersion(ctx, name, number); err != nil {
		return Admission{}, err
	}
	if b.root != "" {
		if err := s.judged(ctx, &b); err != nil {
			return Admission{}, err
		}
	}
	if policy.Provenance == Required {
		if b.origin, err = s.Models.Origin(ctx, name, number); err != nil {
			return Admission{}, err
		}
	}
	if decision, why := b.decide(policy, s.Now()); decision == Deny {
		return Admission{}, s.refuse(ctx, b.VersionRef, to, why, b.remedy(policy, s.Now()))
	}
	return Admission{b}, nil
}

// judged has the files of a version judged, and fills in what they are decided on by.
func (s *Service) judged(ctx context.Context, b *basis) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	j, report, err := s.Judge(waiting, b.root)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		err = s.request(ctx, b.root)
		if err == nil {
			err = fault.WithHint(fault.New(fault.Conflict, "The files of version %d of %s are being scanned.", b.Number, b.Name), "ask again in a moment")
		}
		return err
	}
	if err != nil {
		return err
	}
	// Who is refused sees why at once, where clients look.
	apart := caller.With(ctx, caller.System(subscriber, caller.Workspace(ctx)))
	if err := s.review(apart, b.VersionRef); err != nil {
		return err
	}
	b.judgement, b.known, b.report = j, true, report
	return b.fill(ctx, s.DB.Read())
}

// lacks says what of a version's provenance is not known.
func (o Origin) lacks() string {
	if o.Run == "" {
		return "it does not come from a run, and the policy requires its provenance"
	}
	var lacking []string
	if o.Inputs == 0 {
		lacking = append(lacking, "no data that it read (mlflow.log_input)")
	}
	if o.Source == "" {
		lacking = append(lacking, "no source (the tag mlflow.source.name)")
	}
	if len(lacking) == 0 {
		return ""
	}
	return "its run " + o.Run + " names " + strings.Join(lacking, " and ") + ", and the policy requires its provenance"
}

// remedy is what can be done about a refusal: what helps, and nothing else.
func (b basis) remedy(p Policy, at time.Time) string {
	if b.root == "" && p.Unscanned != Deny && !p.Signature.Required {
		return "log it from a run that names its data and its source"
	}
	if b.root == "" {
		return "log its files into tacit, so that they can be scanned, or let a policy in tacit.yaml pass it"
	}
	if b.judgement.Files == 0 { // an override holds for files
		return "log its files first"
	}
	version := fmt.Sprintf("models:/%s/%d", b.Name, b.Number)
	override := "tacit scan override " + version + " --reason … lets it pass"
	if decision, _ := p.decide(b.judgement, b.report); decision == Deny {
		text := "tacit scan " + version + " shows what was found"
		if b.judgement.Verdict == pickle.Malicious.String() {
			return text + ", and tacit scan fix writes a pickle without it; " + override + " all the same"
		}
		return text + "; a policy in tacit.yaml, or " + override
	}
	if b.unsigned(p, at) != "" {
		return "tacit sign " + version + " --key KEY signs, with a key that the policy trusts; " + override + " all the same"
	}
	return "log it from a run that names its data and its source; " + override + " all the same"
}

// refuse keeps a version back, and tells so.
func (s *Service) refuse(ctx context.Context, v VersionRef, to Target, why, remedy string) error {
	refused := fault.WithHint(fault.New(fault.Conflict, "Version %d of %s may not get the %s: %s.", v.Number, v.Name, to, strings.TrimSuffix(why, ".")), "%s", remedy)
	err := s.DB.Write(ctx, func(tx *rows.Tx) error {
		return s.Events.Append(ctx, tx, event.Event{Verb: "scan.gate.refused", Subject: v.urn(), Outcome: event.Refused, Data: shut{to.String(), cut(why)}})
	})
	if err != nil {
		return err
	}
	return refused
}

// cut keeps a text small enough for an event.
func cut(s string) string {
	const most = 500
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
