package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// writePickleScan writes a report as picklescan 1.0.5 prints its own
// (picklescan/cli.py): a line for each dangerous import, then the summary.
func writePickleScan(w io.Writer, r *scan.Report) error {
	var b strings.Builder
	infected, suspicious, dangerous := 0, 0, 0
	for _, a := range r.Artifacts {
		found := false
		for _, f := range a.Findings {
			switch {
			case f.Severity == pickle.Critical.String() || f.Severity == pickle.High.String():
				fmt.Fprintf(&b, "%s: dangerous import '%s %s' FOUND\n", f.Member, f.Module, f.Name)
				dangerous++
				found = true
			case f.Class == pickle.ClassUnknown.String() && f.Name != "":
				suspicious++
			}
		}
		if found {
			infected++
		}
	}
	fmt.Fprintf(&b, "----------- SCAN SUMMARY -----------\nScanned files: %d\nInfected files: %d\n", r.Summary.Files, infected)
	if suspicious > 0 {
		fmt.Fprintf(&b, "Suspicious globals: %d\n", suspicious)
	}
	fmt.Fprintf(&b, "Dangerous globals: %d\n", dangerous)
	_, err := io.WriteString(w, b.String())
	return err
}
