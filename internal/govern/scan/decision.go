package scan

import (
	"fmt"
	"slices"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// decide says what a policy makes of files.
func (p Policy) decide(j Judgement, r *Report) (Decision, string) {
	if j.Verdict == pickle.Malicious.String() {
		return Deny, j.Warning()
	}
	if j.Files == 0 {
		return p.Empty, "its folder has no files yet, and what comes later nobody has judged"
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
	if file, format := p.foreign(r); file != "" {
		weigh(Deny, fmt.Sprintf("%s is of the format %q, which the policy does not allow", file, format))
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
