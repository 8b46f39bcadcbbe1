package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// Document writes a value as indented JSON.
func Document(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// The parts of SARIF 2.1.0 that a scan has
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
type (
	sarif struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Artifacts   []sarifArtifact   `json:"artifacts"`
		Results     []sarifResult     `json:"results"`
		ColumnKind  string            `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name            string      `json:"name"`
		FullName        string      `json:"fullName"`
		SemanticVersion string      `json:"semanticVersion,omitempty"`
		Rules           []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID        string          `json:"id"`
		Short     sarifText       `json:"shortDescription"`
		Full      sarifText       `json:"fullDescription"`
		Help      sarifText       `json:"help"`
		Default   sarifLevel      `json:"defaultConfiguration"`
		Propertys sarifProperties `json:"properties"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifProperties struct {
		// SecuritySeverity is a number from 0 to 10 by which code scanning sorts.
		SecuritySeverity string   `json:"security-severity,omitempty"`
		Tags             []string `json:"tags,omitempty"`
		Class            string   `json:"class,omitempty"`
		Opcode           string   `json:"opcode,omitempty"`
		Member           string   `json:"member,omitempty"`
		Severity         string   `json:"severity,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifArtifact struct {
		Location sarifURI          `json:"location"`
		Length   int64             `json:"length"`
		Hashes   map[string]string `json:"hashes,omitempty"`
	}
	sarifURI struct {
		URI   string `json:"uri"`
		Index *int   `json:"index,omitempty"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    *int              `json:"ruleIndex,omitempty"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   sarifProperties   `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifURI     `json:"artifactLocation"`
		Region   *sarifRegion `json:"region,omitempty"`
	}
	// A region has a line and may have bytes beside it, which are independent of each
	// other (§3.30.4): code scanning shows nothing that has no line.
	sarifRegion struct {
		Line   int    `json:"startLine"`
		Offset *int64 `json:"byteOffset,omitempty"`
		Length int64  `json:"byteLength,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

// sarifOf is a report as SARIF: each rule that fired with its page, each finding
// with its place, and what was not read completely as a notification.
func sarifOf(r *scan.Report, rules []inspect.Rule) sarif {
	name, version, _ := strings.Cut(r.Summary.Engine, " ")
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: name, FullName: r.Summary.Engine + ", rules " + r.Summary.Rules, SemanticVersion: version, Rules: []sarifRule{}}},
		ColumnKind: "utf16CodeUnits", Artifacts: []sarifArtifact{}, Results: []sarifResult{},
	}
	invocation := sarifInvocation{Successful: true}
	index, seen := map[string]int{}, map[string]int{}
	for i, rule := range rules {
		index[rule.ID] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(rule))
	}
	for i, a := range r.Artifacts {
		at := sarifURI{uriOf(a.Path), &i}
		artifact := sarifArtifact{Location: sarifURI{URI: at.URI}, Length: a.Size}
		if a.SHA256 != "" {
			artifact.Hashes = map[string]string{"sha-256": a.SHA256}
		}
		run.Artifacts = append(run.Artifacts, artifact)
		if a.Status != pickle.Complete.String() {
			invocation.Notifications = append(invocation.Notifications, sarifNotification{
				Level: "warning", Message: sarifText{Text: "Not read completely: " + a.Path + ": " + a.Reason}, Locations: []sarifLocation{{Physical: sarifPhysical{Artifact: at}}},
			})
		}
		for _, f := range a.Findings {
			run.Results = append(run.Results, sarifResultOf(a, f, at, index, seen))
		}
	}
	all := len(run.Results)
	if run.Results = gravest(run.Results, MostResults); len(run.Results) < all {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{
			Level: "warning", Message: sarifText{Text: fmt.Sprintf("%d of %d findings, the least grave, are left out: code scanning refuses a run of more than %d.", all-len(run.Results), all, MostResults)},
		})
	}
	run.Invocations = []sarifInvocation{invocation}
	return sarif{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

// MostResults is how many results of a run code scanning takes; it refuses more, and
// shows the 5,000 gravest.
const MostResults = 25_000

// gravest are at most so many results, in their order: of all severities the graver ones,
// and of the last of those the first.
func gravest(all []sarifResult, most int) []sarifResult {
	if len(all) <= most {
		return all
	}
	room := map[string]int{}
	left := most
	for _, s := range []pickle.Severity{pickle.Critical, pickle.High, pickle.Medium, pickle.Low} {
		of := 0
		for _, r := range all {
			if r.Properties.Severity == s.String() {
				of++
			}
		}
		room[s.String()] = min(of, left)
		left -= room[s.String()]
	}
	kept := make([]sarifResult, 0, most)
	for _, r := range all {
		if room[r.Properties.Severity] > 0 {
			room[r.Properties.Severity]--
			kept = append(kept, r)
		}
	}
	return kept
}

func sarifRuleOf(rule inspect.Rule) sarifRule {
	help := "## What\n" + rule.What + "\n\n## Why\n" + rule.Why + "\n\n## Example\n" + rule.Example + "\n\n## Remedy\n" + rule.Remedy
	return sarifRule{
		ID: rule.ID, Short: sarifText{Text: rule.Title}, Full: sarifText{Text: rule.What + "\n\n" + rule.Why}, Help: sarifText{Text: rule.Remedy, Markdown: help},
		Default: sarifLevel{levelOf(rule.Severity.String())}, Propertys: sarifProperties{SecuritySeverity: score(rule.Severity.String()), Tags: []string{"security", "model"}},
	}
}

// sarifResultOf is a finding of a file. Code scanning tells alerts of one rule on one
// line apart by primaryLocationLineHash alone: it is what was found, where in the file,
// and for which time, which seen counts.
func sarifResultOf(a scan.Artifact, f scan.Finding, at sarifURI, index, seen map[string]int) sarifResult {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Module + "\x00" + f.Name + "\x00" + strings.TrimPrefix(f.Member, a.Path)))
	printed := hex.EncodeToString(sum[:16])
	turn := a.Path + "\x00" + printed
	seen[turn]++
	result := sarifResult{
		RuleID: f.Rule, Level: levelOf(f.Severity), Message: sarifText{Text: message(f)},
		Fingerprints: map[string]string{"ruleCalleeMember/v1": printed, "primaryLocationLineHash": fmt.Sprintf("%s:%d", printed[:16], seen[turn])},
		Properties:   sarifProperties{Class: f.Class, Opcode: f.Opcode, Member: f.Member, Severity: f.Severity},
	}
	if i, ok := index[f.Rule]; ok {
		result.RuleIndex = &i
	}
	where := sarifLocation{Physical: sarifPhysical{Artifact: at, Region: &sarifRegion{Line: 1}}}
	if f.Member == a.Path || f.Member == "" {
		where.Physical.Region = &sarifRegion{1, &f.Offset, max(f.Length, 1)}
	} else { // an offset in a member is none in the file
		where.Logical = []sarifLogical{{f.Member, "member"}}
	}
	result.Locations = []sarifLocation{where}
	return result
}

// message is a finding as a sentence.
func message(f scan.Finding) string {
	what := strings.Trim(f.Module+"."+f.Name, ".")
	switch {
	case what == "":
		return f.Why
	case f.Args != "":
		what += "(" + f.Args + ")"
	}
	return what + ": " + f.Why
}

// levelOf is SARIF's word for a severity.
func levelOf(severity string) string {
	switch severity {
	case "critical", "high":
		return "error"
	case "medium":
		return "warning"
	}
	return "note"
}

// score is a severity as the number by which code scanning names it in its own
// words: critical above 9.0, high from 7.0, medium from 4.0.
func score(severity string) string {
	return map[string]string{"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}[severity]
}

// uriOf is a path as a reference: an absolute one as a file's, any other relative.
func uriOf(p string) string {
	p = strings.ReplaceAll(p, "\\", "/")
	if strings.HasPrefix(p, "/") {
		return (&url.URL{Scheme: "file", Path: p}).String()
	}
	return (&url.URL{Path: strings.TrimPrefix(p, "./")}).String()
}
