package scan

import "testing"

// A report that was too long to keep whole hides nothing from a policy.
func TestShortenedReports(t *testing.T) {
	t.Parallel()
	suspicious := Judgement{Verdict: "suspicious", Status: "complete", Files: 1}
	short := shortened(&Report{Artifacts: []Artifact{{Path: "a", Status: "complete"}}})
	for _, c := range []struct {
		name string
		j    Judgement
		p    Policy
		want Decision
	}{
		{"suspicious by what is not listed", suspicious, Policy{Code: Allow, Unknown: Deny, Suspicious: Warn}, Deny},
		{"code that may be there", suspicious, Policy{Code: Deny}, Deny},
		{"a format that may be there", Judgement{Verdict: "clean", Status: "complete", Files: 1}, Policy{Formats: []string{"json"}}, Deny},
		{"clean", Judgement{Verdict: "clean", Status: "complete", Files: 1}, Policy{Code: Deny, Unknown: Deny}, Allow},
	} {
		if got, why := c.p.decide(c.j, short); got != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, got, why, c.want)
		}
	}
}

// A signature is no file of a format that a policy might leave out, and what only
// has its name is.
func TestSignaturesHaveNoFormat(t *testing.T) {
	t.Parallel()
	p := Policy{Formats: []string{"safetensors"}}
	clean := Judgement{Verdict: "clean", Status: "complete", Files: 2}
	for format, want := range map[string]Decision{"text": Allow, "json": Allow, "pickle p4": Deny, "zip > pickle p2": Deny} {
		r := &Report{Artifacts: []Artifact{{Path: "a", Format: "safetensors"}, {Path: "model.sig", Format: format}}}
		if got, why := p.decide(clean, r); got != want {
			t.Errorf("%s: %s (%s), want %s", format, got, why, want)
		}
	}
}
