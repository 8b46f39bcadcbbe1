package inspect

import (
	"fmt"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// looksPickle takes a source for a pickle when an opcode is its first byte.
func looksPickle(s *Source) bool { return pickle.Begins(s.Head) }

func readPickle(v *visit, s *Source) Reading {
	r := pickle.Scan(s.Bytes, s.Size, v.vetting, v.budget.Pickle)
	if v.pickles != nil && r.Status != pickle.Failure {
		v.pickles(s, r)
	}
	out := Reading{Format: fmt.Sprintf("pickle p%d", r.Trace.Protocol), Status: r.Status, Reason: r.Reason, Coverage: r.Coverage}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, Finding{
			Rule: f.Rule, Severity: f.Severity, Class: classOf(f), Module: f.Module, Name: f.Name, Args: f.Args,
			Offset: f.Offset, Opcode: f.Opcode.String(), Member: s.Path, Why: f.Why, Count: max(f.Count, 1),
		})
	}
	return out
}

func classOf(f pickle.Finding) string {
	if f.Module == "" {
		return ""
	}
	return f.Class.String()
}
