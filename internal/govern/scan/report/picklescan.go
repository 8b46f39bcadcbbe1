package report

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// PickleScanOf is a report of tacit's own as picklescan 1.0.5 would tell it: what
// weighs medium or more is dangerous, and what nobody has vetted else suspicious,
// or dangerous as well when strict. Paths are absolute.
func PickleScanOf(r *scan.Report, strict bool) *compat.PickleScan {
	root, single := rootOf(r)
	out := &compat.PickleScan{}
	at := func(p string) string {
		if single {
			return root + "/" + filepath.Base(r.Summary.Target) + strings.TrimPrefix(p, r.Summary.Target)
		}
		return root + "/" + p
	}
	for _, a := range r.Artifacts {
		found := false
		for _, f := range a.Findings {
			switch unknown := f.Class == pickle.ClassUnknown.String() && f.Name != ""; {
			case f.Severity != pickle.Low.String() || unknown && strict:
				out.Lines = append(out.Lines, compat.Line{Level: "WARNING", Text: dangerous(at(f.Member), f)})
				out.Dangerous++
				found = true
			case unknown:
				out.Suspicious++
			}
		}
		if found {
			out.Infected++
		}
		if a.Status != pickle.Complete.String() {
			out.Failed = true
			out.Lines = append(out.Lines, compat.Line{Level: "ERROR", Text: fmt.Sprintf("ERROR: %s was not read completely: %s", at(a.Path), a.Reason)})
		}
	}
	out.Scanned = r.Summary.Files
	return out
}

func dangerous(at string, f scan.Finding) string {
	if f.Module == "" {
		return fmt.Sprintf("%s: dangerous content '%s' FOUND: %s", at, f.Rule, f.Why)
	}
	return fmt.Sprintf("%s: dangerous import '%s %s' FOUND", at, f.Module, f.Name)
}

// levels are those of Python's logging, the least first.
var levels = []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}

// Logged reports whether a logger of a level tells of a line of another.
func Logged(logger, line string) bool {
	return level(line) >= level(logger)
}

func level(word string) int {
	for i, l := range levels {
		if l == word {
			return i
		}
	}
	return 1 // INFO, which both programs take for the default
}

// WritePickleScan writes an answer as picklescan prints its own
// (picklescan/cli.py): a line for each dangerous import, then the summary, and all
// globals when they are wanted.
func WritePickleScan(w io.Writer, p *compat.PickleScan, logger string, globals bool) error {
	var b strings.Builder
	for _, l := range p.Lines {
		if Logged(logger, l.Level) {
			b.WriteString(l.Text + "\n")
		}
	}
	switch {
	case p.Unhandled != "":
		if Logged(logger, "ERROR") {
			b.WriteString("Unhandled exception\n" + p.Unhandled + "\n")
		}
	case Logged(logger, "INFO"):
		fmt.Fprintf(&b, "----------- SCAN SUMMARY -----------\nScanned files: %d\nInfected files: %d\nSuspicious globals: %d\nDangerous globals: %d\n",
			p.Scanned, p.Infected, p.Suspicious, p.Dangerous)
		if globals && len(p.Globals) > 0 {
			b.WriteString("All globals found:\n")
			for _, g := range p.Globals {
				fmt.Fprintf(&b, "  * %s - %s\n", g.Module+"."+g.Name, g.Safety)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
