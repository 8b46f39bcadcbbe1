package inspect

import (
	"path"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// numbersOf are the paths of files that a source's readings say hold nothing but
// its numbers.
func numbersOf(s *Source, readings []Reading) []string {
	var out []string
	for _, r := range readings {
		for _, name := range r.Numbers {
			out = append(out, path.Join(path.Dir(s.Path), name))
		}
	}
	return out
}

// judgeNumbers takes files for numbers that another file says are its own, when
// nothing else is known of them: bytes of no format are then what they should
// be. What was found in them stays.
func judgeNumbers(parts []Part) {
	byPath := make(map[string]*Part, len(parts))
	for n := range parts {
		byPath[parts[n].Path] = &parts[n]
	}
	for n := range parts {
		for _, name := range parts[n].numbers {
			p := byPath[name]
			if p == nil || p.Status != pickle.Inconclusive || p.Verdict > pickle.NotKnown || p.Size == 0 || len(p.Members) > 0 {
				continue
			}
			p.Format = []string{"numbers of " + path.Base(parts[n].Path)}
			p.Status, p.Reason, p.Coverage = pickle.Complete, "", all(p.Size, true)
			p.Verdict = judge(p.Status, p.Findings)
		}
	}
}
