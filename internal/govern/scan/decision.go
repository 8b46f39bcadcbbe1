package scan

import (
	"fmt"
	"slices"

	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
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
		if stricter(d, decision) {
			decision, why = d, reason
		}
	}
	if j.Status != pickle.Complete.String() {
		weigh(p.Inconclusive, "it was not read completely: "+j.Reason)
	}
	weigh(p.ofFindings(j, r))
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

// stricter reports whether a lets less pass than b.
func stricter(a, b Decision) bool {
	order := []Decision{Allow, Warn, Deny}
	return slices.Index(order, a) > slices.Index(order, b)
}

// ofFindings is the strictest of what a policy makes of findings, and the gravest of
// those that it makes that of.
func (p Policy) ofFindings(j Judgement, r *Report) (Decision, string) {
	decision, why, worst := Allow, "", pickle.Low
	for _, a := range r.Artifacts {
		for _, f := range a.Findings {
			d := p.of(f)
			severity, err := Severity(f.Severity)
			if stricter(d, decision) || d == decision && d != Allow && err == nil && severity > worst {
				decision, why, worst = d, j.Verdict+": "+f.Member+": "+sentence(f), severity
			}
		}
	}
	return decision, why
}

// of is what a policy makes of a finding that is not malicious. Code of the model that
// takes the place of a library is suspicious as well.
func (p Policy) of(f Finding) Decision {
	severity, err := Severity(f.Severity)
	switch {
	case f.Rule == inspect.RuleMLflowCode && severity > pickle.Medium && stricter(p.Suspicious, p.Code):
		return p.Suspicious
	case f.Rule == pickle.RuleCode, f.Rule == inspect.RuleMLflowCode:
		return p.Code
	case f.Class == pickle.ClassUnknown.String():
		return p.Unknown
	case err != nil || severity >= pickle.Medium:
		return p.Suspicious
	}
	return Allow
}
