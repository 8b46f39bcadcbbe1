package inspect

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// failed reports whether a reading says that the source is of another format.
func failed(r Reading) bool { return r.Status == pickle.Failure && len(r.Findings) == 0 }

// join makes a part of its readings: the worst of those that count.
func join(s *Source, chain []string, readings []Reading) Part {
	readings = counting(readings)
	if len(readings) == 0 {
		p := unread(s.Path, s.Size, pickle.Inconclusive, "its bytes are of no format that is known")
		p.Format = append(slices.Clone(chain), "unknown")
		return p
	}
	p := Part{Path: s.Path, Size: s.Size, numbers: numbersOf(s, readings)}
	names := make([]string, len(readings))
	covers := make([]Coverage, len(readings))
	for i, r := range readings {
		names[i], covers[i] = r.Format, r.Coverage
		p.Findings = append(p.Findings, r.Findings...)
		p.Members = append(p.Members, r.Members...)
		if r.Status > p.Status {
			p.Status, p.Reason = r.Status, r.Reason
		}
	}
	p.Format = append(slices.Clone(chain), strings.Join(names, " + "))
	for _, m := range p.Members {
		p.Findings = append(p.Findings, m.Findings...)
		if m.Status != pickle.Complete && p.Status == pickle.Complete {
			p.Status, p.Reason = pickle.Inconclusive, m.Path+": "+m.Reason
		}
	}
	gravest(p.Findings)
	p.Coverage = cover(s.Size, covers)
	if u := p.Coverage.Unparsed; len(u) > 0 && p.Status == pickle.Complete {
		p.Status, p.Reason = pickle.Inconclusive, unparsed(u)
	}
	p.Verdict = judge(p.Status, p.Findings)
	return p
}

// counting leaves out the readings that say nothing: those of formats that the
// source turned out not to be of and, where another one stands, guesses that
// found nothing. Of several guesses the first counts that is complete.
func counting(readings []Reading) []Reading {
	counts := func(r Reading) bool {
		return judge(r.Status, r.Findings) == pickle.Malicious ||
			slices.ContainsFunc(r.Members, func(m Part) bool { return m.Verdict == pickle.Malicious })
	}
	readings = slices.DeleteFunc(readings, failed)
	if slices.ContainsFunc(readings, func(r Reading) bool { return !r.Guess }) {
		return slices.DeleteFunc(readings, func(r Reading) bool { return r.Guess && !counts(r) })
	}
	best := slices.IndexFunc(readings, func(r Reading) bool { return r.Status == pickle.Complete })
	var out []Reading
	for i, r := range readings {
		if i == max(best, 0) || counts(r) {
			out = append(out, r)
		}
	}
	return out
}
