package cli

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	form "github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// printScan prints a report: a line for each file, its findings, a line of counts.
func printScan(t *terminal, r *scan.Report) {
	for _, a := range r.Artifacts {
		line := fmt.Sprintf("%s  %s  %s", printable(a.Path), t.verdict(a.Verdict), size(a.Size))
		if a.SHA256 != "" {
			line += "  sha256 " + a.SHA256[:8]
		}
		t.say("%s  %s, %s", line, orNone(a.Format), readSoFar(a))
		for _, f := range a.Findings {
			t.say("  %-8s  byte %d%s  %s%s", t.verdict(strings.ToUpper(f.Severity)), f.Offset, inMember(a, f), deed(f), times(f.Count))
			t.say("            %s", printable(f.Why))
		}
	}
	if r.Summary.Files == 0 {
		return
	}
	s := r.Summary.Severity
	t.say("%s, %s: %d critical, %d high, %d medium, %d low", counted(int64(r.Summary.Files), "file"), counted(int64(r.Summary.Findings), "finding"),
		s["critical"], s["high"], s["medium"], s["low"])
	if r.Summary.Verdicts["malicious"] > 0 && t.live {
		t.note("what a file would do: tacit scan why FILE")
	}
}

// readSoFar says how much of a file was understood.
func readSoFar(a scan.Artifact) string {
	left := int64(0)
	for _, r := range a.Coverage.Unparsed {
		left += r[1] - r[0]
	}
	switch {
	case a.Status == "complete":
		return "complete"
	case left == 0 || a.Size == 0:
		return a.Status + ": " + printable(a.Reason)
	}
	return fmt.Sprintf("%s, %d %% of bytes read: %s", a.Status, (a.Size-left)*100/a.Size, printable(a.Reason))
}

func inMember(a scan.Artifact, f scan.Finding) string {
	if f.Member == a.Path || f.Member == "" {
		return ""
	}
	return " of " + printable(strings.TrimPrefix(f.Member, a.Path+":"))
}

// deed is what a finding is about, as code.
func deed(f scan.Finding) string {
	switch {
	case f.Module == "" && f.Name == "":
		return f.Rule
	case f.Args != "" || f.Opcode == "REDUCE":
		return fmt.Sprintf("calls %s(%s)", printable(joined(f)), printable(f.Args))
	}
	return "names " + printable(joined(f))
}

func joined(f scan.Finding) string { return strings.Trim(f.Module+"."+f.Name, ".") }

func times(n int64) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("  %d times", n)
}

func orNone(format string) string {
	if format == "" {
		return "no known format"
	}
	return format
}

// printable is a name or a value on one line: what a file says does not speak to the
// terminal.
func printable(s string) string {
	return strings.NewReplacer("\n", "\ufffd", "\t", "\ufffd").Replace(form.Shown(s))
}
