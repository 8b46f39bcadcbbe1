package scan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/signing"
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
func (s *Service) Admit(ctx context.Context, name string, number int64, to Target) (err error) {
	defer fault.Wrap(&err, "scan.Admit(%s, %d, %s)", name, number, to)
	policy, guarded := s.Settings().Policy.at(to)
	if !guarded {
		return nil
	}
	root, elsewhere, err := s.Models.OfVersion(ctx, name, number)
	switch {
	case err != nil:
		return err
	case root == "" && elsewhere == "":
		return nil // there are no files that somebody could load
	case root == "":
		decision, why := policy.Unscanned, "its files lie at "+elsewhere+", where tacit does not read"
		if policy.Signature.Required {
			decision, why = Deny, why+", and its signature is not known"
		}
		return s.admit(ctx, name, number, to, policy, decision, why)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	j, report, err := s.Judge(waiting, root)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		err = s.request(ctx, root)
		if err == nil {
			err = fault.WithHint(fault.New(fault.Conflict, "The files of version %d of %s are being scanned.", number, name), "ask again in a moment")
		}
		return err
	}
	if err != nil {
		return err
	}
	// Who is refused sees why at once, where clients look.
	apart := caller.With(ctx, caller.System(subscriber, caller.Workspace(ctx)))
	if err := s.Models.Warn(apart, name, number, cut(j.Warning())); err != nil {
		return err
	}
	if _, over, err := s.overrideOf(ctx, j.Digest); err != nil || over {
		return err
	}
	decision, why := policy.decide(j, report)
	if decision != Deny && policy.Signature.Required {
		lacks, err := s.unsigned(ctx, policy, j)
		if err != nil {
			return err
		}
		if lacks != "" {
			decision, why = Deny, lacks
		}
	}
	return s.admit(ctx, name, number, to, policy, decision, why)
}

// unsigned says why the signature of files does not hold for a policy, "" where it
// does. No file is read: what they were is kept.
func (s *Service) unsigned(ctx context.Context, p Policy, j Judgement) (string, error) {
	k, known, err := s.imprintOf(ctx, j.Root)
	if err != nil {
		return "", err
	}
	if !known || k.listing != j.Listing {
		return "its files changed while they were judged", nil
	}
	trust := p.trust
	trust.At = s.Now()
	switch v := k.state(trust); v.State {
	case Verified:
		return "", nil
	case Unsigned:
		return "it is not signed, and the policy requires a signature", nil
	default:
		return "its signature does not hold: " + v.Why, nil
	}
}

// admit decides, and where nothing else speaks against it asks for the provenance.
func (s *Service) admit(ctx context.Context, name string, number int64, to Target, p Policy, d Decision, why string) error {
	if d != Deny && p.Provenance == Required {
		o, err := s.Models.Origin(ctx, name, number)
		if err != nil {
			return err
		}
		if lacks := o.lacks(); lacks != "" {
			d, why = Deny, lacks
		}
	}
	return s.decide(ctx, name, number, to, d, why)
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

// decide lets a version pass, or tells why not.
func (s *Service) decide(ctx context.Context, name string, number int64, to Target, d Decision, why string) error {
	if d != Deny {
		return nil
	}
	refused := fault.WithHint(fault.New(fault.Conflict, "Version %d of %s may not get the %s: %s.", number, name, to, strings.TrimSuffix(why, ".")),
		"tacit scan models:/%s/%d shows what was found, tacit sign signs; a policy in tacit.yaml, or tacit scan override models:/%s/%d --reason …, lets it pass", name, number, name, number)
	subject := urn.New("model", name, fmt.Sprint(number))
	err := s.DB.Write(ctx, func(tx *rows.Tx) error {
		return s.Events.Append(ctx, tx, event.Event{Verb: "scan.gate.refused", Subject: subject, Outcome: event.Refused, Data: shut{to.String(), cut(why)}})
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

// decide says what a policy makes of files.
func (p Policy) decide(j Judgement, r *Report) (Decision, string) {
	if j.Verdict == pickle.Malicious.String() {
		return Deny, j.Warning()
	}
	if j.Files == 0 {
		return p.Unscanned, "it has no files"
	}
	decision, why := Allow, ""
	weigh := func(d Decision, reason string) {
		if order := []Decision{Allow, Warn, Deny}; slices.Index(order, d) > slices.Index(order, decision) {
			decision, why = d, reason
		}
	}
	if j.Status != pickle.Complete.String() {
		weigh(p.Inconclusive, "it was not read completely: "+j.Reason)
	}
	for _, a := range r.Artifacts {
		for _, f := range a.Findings {
			weigh(p.of(f), j.Warning())
		}
	}
	if r.Summary.Shortened { // what is not listed may be anything
		if j.Verdict == pickle.Suspicious.String() {
			for _, d := range []Decision{p.Code, p.Unknown, p.Suspicious} {
				weigh(d, j.Warning())
			}
		}
		if len(p.Formats) > 0 {
			weigh(Deny, "it has too many files and findings to hold each against the formats that the policy allows")
		}
	}
	if len(p.Formats) > 0 {
		for _, a := range r.Artifacts {
			first, _, _ := strings.Cut(a.Format, " ")
			signature := a.Path == signing.FileName && (first == "json" || first == "text")
			if !signature && !slices.Contains(p.Formats, first) {
				weigh(Deny, fmt.Sprintf("%s is of the format %q, which the policy does not allow", a.Path, a.Format))
			}
		}
	}
	return decision, why
}

// of is what a policy makes of a finding that is not malicious.
func (p Policy) of(f Finding) Decision {
	severity, err := Severity(f.Severity)
	switch {
	case f.Rule == pickle.RuleCode:
		return p.Code
	case f.Class == pickle.ClassUnknown.String():
		return p.Unknown
	case err != nil || severity >= pickle.Medium:
		return p.Suspicious
	}
	return Allow
}

// Override lets the files of a version pass all gates as they are now, whatever is
// said of them. fault.Invalid without a reason; fault.NotFound.
func (s *Service) Override(ctx context.Context, name string, number int64, reason string) (_ Override, err error) {
	defer fault.Wrap(&err, "scan.Override(%s, %d)", name, number)
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > 1000 {
		return Override{}, fault.New(fault.Invalid, "An override needs a reason, of at most 1,000 bytes.")
	}
	root, _, err := s.Models.OfVersion(ctx, name, number)
	if err != nil {
		return Override{}, err
	}
	if root == "" {
		return Override{}, fault.New(fault.Invalid, "Version %d of %s has no files that tacit keeps.", number, name)
	}
	j, _, err := s.Judge(ctx, root)
	if err != nil {
		return Override{}, err
	}
	o := Override{Digest: j.Digest, Who: caller.From(ctx).Actor.String(), Reason: reason, Made: s.Now().UTC()}
	return o, s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, upsertOverride, caller.Workspace(ctx), o.Digest, o.Who, o.Reason, o.Made.UnixMicro()); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, overridden(root, o))
	})
}

// EndOverride has the verdict of a version's files count again. fault.NotFound when
// nothing is overridden.
func (s *Service) EndOverride(ctx context.Context, name string, number int64, reason string) (err error) {
	defer fault.Wrap(&err, "scan.EndOverride(%s, %d)", name, number)
	root, _, err := s.Models.OfVersion(ctx, name, number)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		workspace := caller.Workspace(ctx)
		j, err := rows.One(ctx, tx, scanJudgement, selectJudgement, workspace, root)
		if rows.IsNone(err) {
			return fault.New(fault.NotFound, "Nothing is overridden for version %d of %s.", number, name)
		}
		if err != nil {
			return err
		}
		o, err := rows.One(ctx, tx, scanOverride, selectOverride, workspace, j.Digest)
		if rows.IsNone(err) {
			return fault.New(fault.NotFound, "Nothing is overridden for version %d of %s.", number, name)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteOverride, workspace, j.Digest); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, restored(root, o, strings.TrimSpace(reason)))
	})
}

// Override is a person's word that files pass.
type Override struct {
	Digest string
	Who    string
	Reason string
	Made   time.Time
}

func (s *Service) overrideOf(ctx context.Context, digest string) (Override, bool, error) {
	o, err := rows.One(ctx, s.DB.Read(), scanOverride, selectOverride, caller.Workspace(ctx), digest)
	if rows.IsNone(err) {
		return o, false, nil
	}
	return o, err == nil, err
}
