package report

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// The shape of modelscan 0.8.8's JSON (modelscan/reports.py, modelscan/modelscan.py).
type (
	modelScan struct {
		Summary modelScanSummary `json:"summary"`
		Issues  []modelScanIssue `json:"issues"`
		Errors  []modelScanError `json:"errors"`
	}
	modelScanSummary struct {
		BySeverity map[string]int   `json:"total_issues_by_severity"`
		Total      int              `json:"total_issues"`
		Input      string           `json:"input_path"`
		Absolute   string           `json:"absolute_path"`
		Version    string           `json:"modelscan_version"`
		Timestamp  string           `json:"timestamp"` // local time, ISO 8601 without a zone
		Scanned    modelScanScanned `json:"scanned"`
		Skipped    modelScanSkipped `json:"skipped"`
	}
	modelScanScanned struct {
		Total int      `json:"total_scanned"`
		Files []string `json:"scanned_files,omitempty"`
	}
	modelScanSkipped struct {
		Total int              `json:"total_skipped"`
		Files []modelScanError `json:"skipped_files"`
	}
	modelScanIssue struct {
		Description string `json:"description"`
		Operator    string `json:"operator"`
		Module      string `json:"module"`
		Source      string `json:"source"`
		Scanner     string `json:"scanner"`
		Severity    string `json:"severity"`
	}
	modelScanError struct {
		Category    string `json:"category"`
		Description string `json:"description"`
		Source      string `json:"source,omitempty"`
	}
)

// modelScanVersion is the version whose shape this is.
const modelScanVersion = "0.8.8"

// modelScanOf is a report in modelscan's shape: each finding from medium on is an
// issue, each file that was not read completely an error.
func modelScanOf(r *scan.Report) modelScan {
	out := modelScan{Issues: []modelScanIssue{}, Errors: []modelScanError{}, Summary: modelScanSummary{
		BySeverity: map[string]int{"LOW": 0, "MEDIUM": 0, "HIGH": 0, "CRITICAL": 0}, Input: r.Summary.Target, Absolute: absolute(r),
		Version: modelScanVersion, Timestamp: r.Began.Local().Format("2006-01-02T15:04:05.000000"),
		Skipped: modelScanSkipped{Files: []modelScanError{}},
	}}
	for _, a := range r.Artifacts {
		if a.Status == pickle.Failure.String() {
			out.Errors = append(out.Errors, modelScanError{"MODEL_SCAN", a.Reason, a.Path})
			continue
		}
		out.Summary.Scanned.Files = append(out.Summary.Scanned.Files, a.Path)
		if a.Status != pickle.Complete.String() {
			out.Errors = append(out.Errors, modelScanError{"MODEL_SCAN", a.Reason, a.Path})
		}
		for _, f := range a.Findings {
			if f.Severity == pickle.Low.String() {
				continue
			}
			severity := strings.ToUpper(f.Severity)
			out.Summary.BySeverity[severity]++
			out.Issues = append(out.Issues, modelScanIssueOf(f, severity))
		}
	}
	out.Summary.Total, out.Summary.Scanned.Total = len(out.Issues), len(out.Summary.Scanned.Files)
	return out
}

func modelScanIssueOf(f scan.Finding, severity string) modelScanIssue {
	i := modelScanIssue{Operator: f.Name, Module: f.Module, Source: f.Member, Severity: severity, Scanner: "modelscan.scanners.PickleUnsafeOpScan"}
	if f.Opcode == "" {
		i.Scanner = "tacit." + f.Rule
	}
	i.Description = f.Why
	if f.Name != "" {
		i.Description = fmt.Sprintf("Use of unsafe operator '%s' from module '%s'", f.Name, f.Module)
	}
	return i
}

// absolute is the folder that sources are relative to: of a file its parent.
func absolute(r *scan.Report) string {
	p, err := filepath.Abs(r.Summary.Target)
	if err != nil {
		return r.Summary.Target
	}
	if len(r.Artifacts) == 1 && r.Artifacts[0].Path == r.Summary.Target {
		return filepath.Dir(p)
	}
	return p
}
