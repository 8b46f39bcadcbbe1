package inspect

import (
	"errors"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/safetensors"
)

// RuleSafetensors is of headers that break their format.
const RuleSafetensors = "safetensors-structure"

// looksSafetensors takes a source by its header, or by its name when its bytes
// are no text and begin like no container that is found by itself.
func looksSafetensors(s *Source) bool {
	return safetensors.Begins(s.Head, s.Size) || namedSafetensors(s)
}

func namedSafetensors(s *Source) bool {
	if !strings.HasSuffix(s.Name(), ".safetensors") || s.Size == 0 || looksText(s) {
		return false
	}
	for _, other := range []string{"PK", "\x80", "\x1f\x8b", "GGUF", "\x89HDF"} {
		if s.Starts(other) {
			return false
		}
	}
	return true
}

func readSafetensors(_ *visit, s *Source) Reading {
	f, err := safetensors.Read(s.Bytes, s.Size)
	switch {
	case errors.Is(err, safetensors.ErrNot) && !namedSafetensors(s):
		return foreign()
	case err != nil:
		r := unfinished("safetensors", s, err)
		r.Findings = []Finding{against(s, RuleSafetensors, pickle.Medium, 0, err.Error())}
		return r
	}
	r := Reading{Format: "safetensors", Coverage: spanned(s.Size, f.Buffer, f.Spans(s.Size))}
	for _, fault := range f.Faults {
		r.Findings = append(r.Findings, against(s, RuleSafetensors, pickle.Medium, fault.Offset, fault.What))
	}
	return r
}
