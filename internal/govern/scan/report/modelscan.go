package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
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
		BySeverity modelScanSeverities `json:"total_issues_by_severity"`
		Total      int                 `json:"total_issues"`
		Input      string              `json:"input_path"`
		Absolute   string              `json:"absolute_path"`
		Version    string              `json:"modelscan_version"`
		Timestamp  string              `json:"timestamp"` // local time, ISO 8601 without a zone
		Scanned    modelScanScanned    `json:"scanned"`
		Skipped    *modelScanSkipped   `json:"skipped,omitempty"`
	}
	modelScanSeverities struct {
		Low      int `json:"LOW"`
		Medium   int `json:"MEDIUM"`
		High     int `json:"HIGH"`
		Critical int `json:"CRITICAL"`
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

// ModelScanReport is what modelscan tells of a path.
type ModelScanReport struct {
	*compat.ModelScan
	Input string // as the command line has it
	Root  string // the absolute path of the folder that sources are relative to: of a file its parent
	At    time.Time
	// ShowSkipped lists what was skipped.
	ShowSkipped bool
}

// ModelScanOf is a report of tacit's own as modelscan would tell it: each finding
// from medium on is an issue, each file that was not read completely an error.
func ModelScanOf(r *scan.Report) ModelScanReport {
	root, single := rootOf(r)
	out := ModelScanReport{ModelScan: &compat.ModelScan{}, Input: r.Summary.Target, Root: root, At: r.Began}
	source := func(p string) string {
		if single {
			return path.Join(root, path.Base(filepath.ToSlash(r.Summary.Target))) + strings.TrimPrefix(p, r.Summary.Target)
		}
		return root + "/" + p
	}
	for _, a := range r.Artifacts {
		at := source(a.Path)
		if a.Status != pickle.Complete.String() {
			out.Errors = append(out.Errors, compat.Trouble{Category: "MODEL_SCAN", Description: a.Reason, Source: at, Console: "The following error was raised during a tacit scan of " + at + ": \n" + a.Reason})
		}
		if a.Status == pickle.Failure.String() {
			continue
		}
		out.Scanned = append(out.Scanned, at)
		out.Lines = append(out.Lines, compat.Line{Level: "INFO", Text: "Scanning " + at + " using tacit model scan"})
		for _, f := range a.Findings {
			if f.Severity == pickle.Low.String() {
				continue
			}
			i := compat.Issue{Module: f.Module, Operator: f.Name, Source: source(f.Member), Scanner: "modelscan.scanners.PickleUnsafeOpScan", Severity: strings.ToUpper(f.Severity)}
			if f.Opcode == "" {
				i.Scanner = "tacit." + f.Rule
			}
			if f.Name == "" {
				i.Description = f.Why
			}
			out.Issues = append(out.Issues, i)
		}
	}
	return out
}

// rootOf is the absolute path of the folder that sources are relative to; single
// says that a file was scanned, and no folder.
func rootOf(r *scan.Report) (root string, single bool) {
	p, err := filepath.Abs(r.Summary.Target)
	if err != nil {
		p = r.Summary.Target
	}
	if single = len(r.Artifacts) == 1 && r.Artifacts[0].Path == r.Summary.Target; single {
		p = filepath.Dir(p)
	}
	return filepath.ToSlash(p), single
}

func (r ModelScanReport) relative(source string) string {
	if r.Root == "/" {
		return strings.TrimPrefix(source, "/")
	}
	return strings.TrimPrefix(source, r.Root+"/")
}

func (r ModelScanReport) document() modelScan {
	out := modelScan{Issues: []modelScanIssue{}, Errors: []modelScanError{}, Summary: modelScanSummary{
		Total: len(r.Issues), Input: r.Input, Absolute: r.Root, Version: modelScanVersion, Timestamp: r.At.Local().Format("2006-01-02T15:04:05.000000"),
		Scanned: modelScanScanned{Total: len(r.Scanned)},
	}}
	for _, s := range r.Scanned {
		out.Summary.Scanned.Files = append(out.Summary.Scanned.Files, r.relative(s))
	}
	for _, i := range r.Issues {
		*out.Summary.BySeverity.of(i.Severity)++
		out.Issues = append(out.Issues, modelScanIssue{description(i), i.Operator, i.Module, r.relative(i.Source), i.Scanner, i.Severity})
	}
	for _, e := range r.Errors {
		out.Errors = append(out.Errors, modelScanError{e.Category, e.Description, r.relative(e.Source)})
	}
	if r.ShowSkipped {
		out.Summary.Skipped = &modelScanSkipped{Total: len(r.Skipped), Files: []modelScanError{}}
		for _, s := range r.Skipped {
			out.Summary.Skipped.Files = append(out.Summary.Skipped.Files, modelScanError{s.Category, s.Description, r.relative(s.Source)})
		}
	}
	return out
}

func (s *modelScanSeverities) of(word string) *int {
	switch word {
	case "CRITICAL":
		return &s.Critical
	case "HIGH":
		return &s.High
	case "MEDIUM":
		return &s.Medium
	}
	return &s.Low
}

func description(i compat.Issue) string {
	if i.Description != "" {
		return i.Description
	}
	return fmt.Sprintf("Use of unsafe operator '%s' from module '%s'", i.Operator, i.Module)
}

// JSON writes the report as one line, as modelscan writes its own.
func (r ModelScanReport) JSON(w io.Writer) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r.document()); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Console writes the report as modelscan does without a format, in plain text and
// without breaking lines.
func (r ModelScanReport) Console(w io.Writer) error {
	var b strings.Builder
	b.WriteString("\n--- Summary ---\n")
	if len(r.Issues) == 0 {
		b.WriteString("\n No issues found! 🎉\n")
	} else {
		r.issues(&b)
	}
	if len(r.Errors) > 0 {
		b.WriteString("\n--- Errors --- \n")
		for i, e := range r.Errors {
			fmt.Fprintf(&b, "\nError %d:\n%s\n", i+1, e.Console)
		}
	}
	if len(r.Skipped) > 0 {
		fmt.Fprintf(&b, "\n--- Skipped --- \n\nTotal skipped: %d - run with --show-skipped to see the full list.\n", len(r.Skipped))
		if r.ShowSkipped {
			b.WriteString("\nSkipped files list:\n\n")
			for _, s := range r.Skipped {
				b.WriteString(s.Console + "\n")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r ModelScanReport) issues(b *strings.Builder) {
	counts := modelScanSeverities{}
	var order []string
	for _, i := range r.Issues {
		if n := counts.of(i.Severity); *n == 0 {
			order = append(order, i.Severity)
		}
		*counts.of(i.Severity)++
	}
	fmt.Fprintf(b, "\nTotal Issues: %d\n\nTotal Issues By Severity:\n\n", len(r.Issues))
	for _, s := range []string{"LOW", "MEDIUM", "HIGH", "CRITICAL"} {
		fmt.Fprintf(b, "    - %s: %d\n", s, *counts.of(s))
	}
	b.WriteString("\n--- Issues by Severity ---\n")
	for _, s := range order {
		fmt.Fprintf(b, "\n--- %s ---\n", s)
		for _, i := range r.Issues {
			if i.Severity == s {
				fmt.Fprintf(b, "\nUnsafe operator found:\n  - Severity: %s\n  - Description: %s\n  - Source: %s\n", s, description(i), i.Source)
			}
		}
	}
}
