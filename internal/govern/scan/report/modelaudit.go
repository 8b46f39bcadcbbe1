package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// The shape of modelaudit 0.2.54's JSON (modelaudit/models.py).
type (
	modelAudit struct {
		ContentHash  *string                   `json:"content_hash"` // of the digests of all files, sorted; null where there are none
		Bytes        int64                     `json:"bytes_scanned"`
		Issues       []modelAuditIssue         `json:"issues"`
		Checks       []modelAuditCheck         `json:"checks"`
		Files        int                       `json:"files_scanned"`
		Assets       []modelAuditAsset         `json:"assets"`
		HasErrors    bool                      `json:"has_errors"`
		Scanners     []string                  `json:"scanner_names"`
		Metadata     map[string]modelAuditFile `json:"file_metadata"`
		Start        float64                   `json:"start_time"` // seconds since 1970
		Duration     float64                   `json:"duration"`   // seconds
		TotalChecks  int                       `json:"total_checks"`
		PassedChecks int                       `json:"passed_checks"`
		FailedChecks int                       `json:"failed_checks"`
		Success      bool                      `json:"success"`
	}
	modelAuditIssue struct {
		Message   string            `json:"message"`
		Severity  string            `json:"severity"` // critical, warning or info
		Location  string            `json:"location"`
		Details   map[string]string `json:"details"`
		Why       string            `json:"why,omitempty"`
		Timestamp float64           `json:"timestamp"`
		Type      string            `json:"type"`
		Rule      string            `json:"rule_code"`
	}
	modelAuditCheck struct {
		Name      string            `json:"name"`
		Status    string            `json:"status"` // passed or failed
		Message   string            `json:"message"`
		Severity  string            `json:"severity,omitempty"`
		Location  string            `json:"location"`
		Details   map[string]string `json:"details"`
		Timestamp float64           `json:"timestamp"`
	}
	modelAuditAsset struct {
		Path string `json:"path"`
		Type string `json:"type"`
		Size int64  `json:"size"`
	}
	modelAuditFile struct {
		Size   int64             `json:"file_size"`
		Hashes map[string]string `json:"file_hashes"`
		Status string            `json:"scan_status"` // complete, inconclusive or error
		Reason string            `json:"scan_reason,omitempty"`
	}
)

// ModelAudit is what modelaudit tells of paths.
type ModelAudit struct {
	Reports  []*scan.Report // one for each path
	Paths    []string       // as the command line has them
	Troubles []string       // paths that could not be scanned at all
	Began    time.Time
	Took     time.Duration
	Verbose  bool
	Quiet    bool
}

// Outcome is the gravest of all paths.
func (m ModelAudit) Outcome(from pickle.Severity, strict bool) scan.Outcome {
	out, files := scan.Clean, 0
	for _, r := range m.Reports {
		files += r.Summary.Files
		switch o := r.Outcome(from, strict); {
		case o == scan.Found:
			return o
		case o == scan.Unscannable:
			out = o
		}
	}
	switch {
	case len(m.Troubles) > 0:
		return scan.Unscannable
	case files == 0:
		return scan.Nothing
	}
	return out
}

// severityOf is modelaudit's word for a severity.
func severityOf(severity string) string {
	switch severity {
	case "critical", "high":
		return "critical"
	case "medium":
		return "warning"
	}
	return "info"
}

// JSON writes the document.
func (m ModelAudit) JSON(w io.Writer) error { return Document(w, m.document()) }

func (m ModelAudit) document() modelAudit {
	at := float64(m.Began.UnixMicro()) / 1e6
	out := modelAudit{Issues: []modelAuditIssue{}, Checks: []modelAuditCheck{}, Assets: []modelAuditAsset{}, Scanners: []string{}, Metadata: map[string]modelAuditFile{},
		Start: at, Duration: m.Took.Seconds(), Success: true, HasErrors: len(m.Troubles) > 0}
	seen := map[string]bool{}
	for _, r := range m.Reports {
		for _, a := range r.Artifacts {
			name := placeOf(r, a.Path)
			out.Files++
			out.Bytes += a.Size
			out.Assets = append(out.Assets, modelAuditAsset{name, orOther(a.Format), a.Size})
			out.Metadata[name] = modelAuditFile{a.Size, hashes(a), a.Status, a.Reason}
			out.HasErrors = out.HasErrors || a.Status == pickle.Failure.String()
			if s := orOther(a.Format); !seen[s] {
				seen[s] = true
				out.Scanners = append(out.Scanners, s)
			}
			out.Checks = append(out.Checks, readCheck(name, a, at))
			for _, f := range a.Findings {
				i := issue(r, f, at)
				out.Issues = append(out.Issues, i)
				out.Checks = append(out.Checks, modelAuditCheck{f.Rule, "failed", i.Message, i.Severity, i.Location, i.Details, at})
			}
		}
	}
	out.TotalChecks = len(out.Checks)
	for _, c := range out.Checks {
		if c.Status == "passed" {
			out.PassedChecks++
		}
	}
	out.FailedChecks = out.TotalChecks - out.PassedChecks
	out.ContentHash = m.contentHash()
	return out
}

// contentHash is modelaudit's digest of all that was scanned: of the digests of the
// files, each once, in hex and in order.
func (m ModelAudit) contentHash() *string {
	var digests []string
	for _, r := range m.Reports {
		for _, a := range r.Artifacts {
			if a.SHA256 != "" {
				digests = append(digests, a.SHA256)
			}
		}
	}
	if digests == nil {
		return nil
	}
	slices.Sort(digests)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(digests), "")))
	whole := hex.EncodeToString(sum[:])
	return &whole
}

// readCheck is that all of a file was read.
func readCheck(name string, a scan.Artifact, at float64) modelAuditCheck {
	c := modelAuditCheck{Name: "Complete Read", Status: "passed", Message: "Every byte was read: " + orOther(a.Format), Location: name, Details: map[string]string{"format": a.Format}, Timestamp: at}
	if a.Status != pickle.Complete.String() {
		c.Status, c.Severity, c.Message = "failed", "warning", "Not read completely: "+a.Reason
	}
	return c
}

func issue(r *scan.Report, f scan.Finding, at float64) modelAuditIssue {
	i := modelAuditIssue{
		Message: message(f), Severity: severityOf(f.Severity), Location: fmt.Sprintf("%s (pos %d)", placeOf(r, f.Member), f.Offset), Why: f.Why, Timestamp: at, Type: "tacit_check", Rule: f.Rule,
		Details: map[string]string{"class": f.Class, "opcode": f.Opcode, "module": f.Module, "name": f.Name, "args": f.Args, "opcode_position": fmt.Sprint(f.Offset)},
	}
	if what := strings.Trim(f.Module+"."+f.Name, "."); what != "" {
		i.Details["import_reference"] = what
	}
	for k, v := range i.Details {
		if v == "" {
			delete(i.Details, k)
		}
	}
	return i
}

func hashes(a scan.Artifact) map[string]string {
	if a.SHA256 == "" {
		return map[string]string{}
	}
	return map[string]string{"sha256": a.SHA256}
}

func orOther(format string) string {
	if format == "" {
		return "unknown"
	}
	return format
}

// placeOf is the absolute path of what a report calls by a path of its own.
func placeOf(r *scan.Report, p string) string {
	root, single := rootOf(r)
	if single {
		return root + "/" + filepath.Base(r.Summary.Target) + strings.TrimPrefix(p, r.Summary.Target)
	}
	return root + "/" + p
}

// Text writes what modelaudit prints for people.
func (m ModelAudit) Text(w io.Writer) error {
	d := m.document()
	var b strings.Builder
	rule := strings.Repeat("─", 80) + "\n"
	if !m.Quiet {
		b.WriteString(rule + "ModelAudit Security Scanner\nScanning for potential security issues in ML model files\n" + rule)
		b.WriteString("Paths to scan: " + strings.Join(m.Paths, ", ") + "\n" + rule + "\n")
	}
	for _, t := range m.Troubles {
		b.WriteString("Error: " + t + "\n")
	}
	fmt.Fprintf(&b, "\n📊 SCAN SUMMARY\n%s  Scanners: %s\n  Duration: %.2fs\n  Files: %d\n  Size: %d bytes\n\n  Security Checks:\n  ✅ %d passed / ❌ %d failed (Total: %d)\n",
		strings.Repeat("─", 60)+"\n", strings.Join(d.Scanners, ", "), d.Duration, d.Files, d.Bytes, d.PassedChecks, d.FailedChecks, d.TotalChecks)
	m.coverage(&b)
	fmt.Fprintf(&b, "\n\n🔍 SECURITY FINDINGS\n%s", strings.Repeat("─", 60)+"\n")
	switch {
	case d.Files == 0:
		b.WriteString("  ⚠️  No model files found to scan\n")
	case len(d.Issues) == 0:
		b.WriteString("  ✅ No security issues detected\n")
	case !m.Quiet:
		findings(&b, d.Issues)
	}
	bar := strings.Repeat("═", 80) + "\n"
	b.WriteString("\n\n" + bar + "  " + m.headline(d) + "\n" + bar)
	_, err := io.WriteString(w, b.String())
	return err
}

// coverage tells what was not read completely, and of each file how it was read
// when much is told.
func (m ModelAudit) coverage(b *strings.Builder) {
	told := false
	for _, r := range m.Reports {
		for _, a := range r.Artifacts {
			complete := a.Status == pickle.Complete.String()
			if !told && (!complete || m.Verbose) {
				b.WriteString("\n  Scan Coverage:\n")
				told = true
			}
			switch {
			case !complete:
				fmt.Fprintf(b, "    • %s: %s\n", placeOf(r, a.Path), a.Reason)
			case m.Verbose:
				fmt.Fprintf(b, "    • %s: complete, %s\n", placeOf(r, a.Path), orOther(a.Format))
			}
		}
	}
}

func findings(b *strings.Builder, issues []modelAuditIssue) {
	for _, s := range [][3]string{{"critical", "🚨 Critical Issues", "🚨"}, {"warning", "⚠️  Warnings", "⚠️ "}, {"info", "[i] Information", "[i]"}} {
		n := 0
		for _, i := range issues {
			if i.Severity != s[0] {
				continue
			}
			if n++; n == 1 {
				fmt.Fprintf(b, "\n  %s\n  %s\n", s[1], strings.Repeat("─", 40))
			}
			fmt.Fprintf(b, "    └─ %s [%s]\n       %s\n       rule_code: %s\n", s[2], i.Location, i.Message, i.Rule)
		}
	}
}

func (m ModelAudit) headline(d modelAudit) string {
	worst := "info"
	for _, i := range d.Issues {
		if i.Severity == "critical" || i.Severity == "warning" && worst == "info" {
			worst = i.Severity
		}
	}
	tail := ""
	for _, f := range d.Metadata {
		if f.Status != pickle.Complete.String() {
			tail = "; COVERAGE INCOMPLETE"
		}
	}
	switch {
	case len(m.Troubles) > 0:
		return "❌ SCAN COMPLETED WITH OPERATIONAL ERRORS"
	case d.Files == 0:
		return "❌ NO FILES SCANNED"
	case worst == "critical":
		return "❌ CRITICAL SECURITY ISSUES FOUND" + tail
	case worst == "warning":
		return "⚠️ WARNINGS DETECTED" + tail
	}
	return "✅ NO ISSUES FOUND" + tail
}

// SARIF writes the findings of all paths as SARIF.
func (m ModelAudit) SARIF(w io.Writer) error { return m.joined(w, SARIF) }

// SBOM writes an inventory of all paths.
func (m ModelAudit) SBOM(w io.Writer) error { return m.joined(w, CycloneDX) }

// joined writes the reports of several paths as one.
func (m ModelAudit) joined(w io.Writer, form string) error {
	if len(m.Reports) == 1 {
		return Write(w, form, m.Reports[0])
	}
	all := &scan.Report{Artifacts: []scan.Artifact{}, Began: m.Began}
	for _, r := range m.Reports {
		all.Summary.Engine, all.Summary.Rules = r.Summary.Engine, r.Summary.Rules
		for _, a := range r.Artifacts {
			a.Path = placeOf(r, a.Path)
			all.Artifacts = append(all.Artifacts, a)
		}
	}
	return Write(w, form, all)
}
