package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// The words for severities of fickling 0.1.12 (fickling/analysis.py).
const (
	likelySafe             = "LIKELY_SAFE"
	likelyUnsafe           = "LIKELY_UNSAFE"
	likelyOvertlyMalicious = "LIKELY_OVERTLY_MALICIOUS"
	overtlyMalicious       = "OVERTLY_MALICIOUS"
)

// Fickling is what fickling tells of a file: its JSON, one document a file.
type Fickling struct {
	Severity string                       `json:"severity"`
	Analysis string                       `json:"analysis"`
	Detailed map[string]map[string]string `json:"detailed_results"`
}

// FicklingOf is a report of tacit's own as fickling would tell it. What weighs less
// than medium is not held against a file; one that was not read completely is at
// least unsafe.
func FicklingOf(r *scan.Report) Fickling {
	out := Fickling{Severity: likelySafe, Detailed: map[string]map[string]string{}}
	var lines []string
	against := map[string]string{}
	worst := pickle.Low.String()
	for _, a := range r.Artifacts {
		for _, f := range a.Findings {
			if f.Severity == pickle.Low.String() {
				continue
			}
			analysis, trigger := analysisOf(f)
			if against[analysis] == "" {
				against[analysis] = trigger
			}
			lines = append(lines, fmt.Sprintf("`%s` %s", trigger, f.Why))
			worst = worse(worst, f.Severity)
		}
		if a.Status != pickle.Complete.String() {
			lines = append(lines, "The file was not read completely: "+a.Reason)
			worst = worse(worst, pickle.Medium.String())
		}
	}
	out.Severity = map[string]string{"low": likelySafe, "medium": likelyUnsafe, "high": likelyOvertlyMalicious, "critical": overtlyMalicious}[worst]
	out.Analysis = strings.Join(lines, "\n")
	if len(lines) == 0 {
		out.Analysis = "tacit found nothing unsafe; a clean verdict is no proof that the file does what its author says.\n\n"
	}
	if len(against) > 0 {
		out.Detailed["AnalysisResult"] = against
	}
	return out
}

func worse(a, b string) string {
	order := []string{"low", "medium", "high", "critical"}
	for i := len(order) - 1; i > 0; i-- {
		if order[i] == a || order[i] == b {
			return order[i]
		}
	}
	return order[0]
}

// analysisOf is fickling's name for what a finding is, or else the rule's, and what
// gave rise to it.
func analysisOf(f scan.Finding) (analysis, trigger string) {
	what := strings.Trim(f.Module+"."+f.Name, ".")
	switch f.Rule {
	case pickle.RuleImport, pickle.RuleUnknownImport:
		analysis = "UnsafeImports"
		if f.Rule == pickle.RuleUnknownImport {
			analysis = "NonStandardImports"
		}
		return analysis, fmt.Sprintf("from %s import %s", f.Module, f.Name)
	case pickle.RuleCall, pickle.RuleUnknownCall, pickle.RuleUnknownCallee, pickle.RuleDataCalled:
		return "OvertlyBadEval", fmt.Sprintf("%s(%s)", what, inside(f.Args))
	case pickle.RuleProto:
		return "DuplicateProtoAnalysis", f.Member
	}
	if what == "" {
		what = f.Member
	}
	return f.Rule, what
}

// Unsafe says whether fickling would exit with 1.
func (f Fickling) Unsafe() bool { return f.Severity != likelySafe }

// JSON is the document, as fickling appends it to its file.
func (f Fickling) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "    ")
	err := e.Encode(f)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Text writes what fickling prints of the results.
func (f Fickling) Text(w io.Writer) error {
	_, err := io.WriteString(w, f.Analysis+"\n")
	return err
}

// Source writes what a pickle would do as Python-like lines, as fickling
// decompiles: imports, calls, and how it ended when that is not with STOP.
func Source(w io.Writer, p pickle.Report) error {
	var b strings.Builder
	calls := int64(0)
	for _, s := range p.Trace.Steps {
		b.WriteString(p.Trace.Line(s) + "\n")
		if !s.Import {
			calls++
		}
	}
	if more := p.Trace.Calls - calls; more > 0 {
		fmt.Fprintf(&b, "# and %d more calls\n", more)
	}
	for _, e := range p.Trace.Endings {
		if e.Kind != pickle.Stopped {
			fmt.Fprintf(&b, "# the pickle at %d breaks at %d: %s\n", e.Start, e.Offset, e.Reason)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// inside is what stands in the brackets of a tuple of arguments.
func inside(args string) string {
	if strings.HasPrefix(args, "(") && strings.HasSuffix(args, ")") {
		return strings.TrimSuffix(args[1:len(args)-1], ",")
	}
	return args
}
