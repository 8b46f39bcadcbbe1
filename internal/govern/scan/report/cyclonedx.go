package report

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// The parts of CycloneDX 1.6 that a scan has (https://cyclonedx.org/docs/1.6/json/).
type (
	bom struct {
		Schema          string             `json:"$schema"`
		Format          string             `json:"bomFormat"`
		Spec            string             `json:"specVersion"`
		Serial          string             `json:"serialNumber"`
		Version         int                `json:"version"`
		Metadata        bomMetadata        `json:"metadata"`
		Components      []bomComponent     `json:"components"`
		Vulnerabilities []bomVulnerability `json:"vulnerabilities"`
	}
	bomMetadata struct {
		Tools bomTools `json:"tools"`
	}
	bomTools struct {
		Components []bomComponent `json:"components"`
	}
	bomComponent struct {
		Type       string        `json:"type"`
		Ref        string        `json:"bom-ref,omitempty"`
		Name       string        `json:"name"`
		Version    string        `json:"version,omitempty"`
		Hashes     []bomHash     `json:"hashes,omitempty"`
		Properties []bomProperty `json:"properties,omitempty"`
	}
	bomHash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	bomProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	bomVulnerability struct {
		Ref            string        `json:"bom-ref"`
		ID             string        `json:"id"`
		Ratings        []bomRating   `json:"ratings"`
		Description    string        `json:"description"`
		Recommendation string        `json:"recommendation,omitempty"`
		Affects        []bomAffected `json:"affects"`
		Properties     []bomProperty `json:"properties,omitempty"`
	}
	bomRating struct {
		Severity string `json:"severity"`
		Method   string `json:"method"`
	}
	bomAffected struct {
		Ref string `json:"ref"`
	}
)

// cycloneDXOf is a report as an inventory: each file a component with its hash and
// verdict, each finding a vulnerability of it.
func cycloneDXOf(r *scan.Report, rules []inspect.Rule) bom {
	name, version, _ := strings.Cut(r.Summary.Engine, " ")
	out := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Serial: serialOf(r), Version: 1,
		Metadata:   bomMetadata{bomTools{[]bomComponent{{Type: "application", Name: name, Version: version, Properties: []bomProperty{{"tacit:rules", r.Summary.Rules}}}}}},
		Components: []bomComponent{}, Vulnerabilities: []bomVulnerability{},
	}
	remedies := map[string]string{}
	for _, rule := range rules {
		remedies[rule.ID] = rule.Remedy
	}
	for i, a := range r.Artifacts {
		c := bomComponent{Type: "file", Ref: fmt.Sprintf("file-%d", i+1), Name: a.Path, Properties: []bomProperty{
			{"tacit:format", a.Format}, {"tacit:verdict", a.Verdict}, {"tacit:status", a.Status}, {"tacit:size", fmt.Sprint(a.Size)},
		}}
		if a.Reason != "" {
			c.Properties = append(c.Properties, bomProperty{"tacit:reason", a.Reason})
		}
		if a.SHA256 != "" {
			c.Hashes = []bomHash{{"SHA-256", a.SHA256}}
		}
		out.Components = append(out.Components, c)
		for n, f := range a.Findings {
			out.Vulnerabilities = append(out.Vulnerabilities, bomVulnerability{
				Ref: fmt.Sprintf("%s-finding-%d", c.Ref, n+1), ID: f.Rule, Ratings: []bomRating{{f.Severity, "other"}}, Description: message(f), Recommendation: remedies[f.Rule],
				Affects: []bomAffected{{c.Ref}}, Properties: []bomProperty{{"tacit:member", f.Member}, {"tacit:offset", fmt.Sprint(f.Offset)}},
			})
		}
	}
	return out
}

// serialOf is a UUID made of what was scanned and by which rules: the same files
// give the same inventory.
func serialOf(r *scan.Report) string {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s\n%s\n", r.Summary.Engine, r.Summary.Rules)
	for _, a := range r.Artifacts {
		_, _ = fmt.Fprintf(sum, "%q %s\n", a.Path, a.SHA256)
	}
	b := sum.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8, of our own making (RFC 9562)
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
