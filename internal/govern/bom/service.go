package bom

import (
	"context"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// The forms of a document.
const (
	FormCycloneDX = "cyclonedx"
	FormSPDX      = "spdx"
)

// Versions say what is known of a version.
type Versions interface {
	// Describe tells of a version and its run. fault.NotFound.
	Describe(ctx context.Context, name string, number int64) (Version, error)
	// Read gives the first bytes of a file of a version, at most so many.
	// fault.NotFound.
	Read(ctx context.Context, name string, number int64, file string, most int64) ([]byte, error)
}

// Scans say what is known of its files.
type Scans interface {
	OfVersion(ctx context.Context, name string, number int64) (scan.Verdict, error)
	SignatureOf(ctx context.Context, name string, number int64) (scan.Signature, error)
	ContentsOf(ctx context.Context, name string, number int64) (scan.Contents, error)
}

// Config is what the service is made of.
type Config struct {
	Versions Versions
	Scans    Scans
	Now      func() time.Time
	Engine   string // tacit and its version
}

// Service makes bills of materials.
type Service struct{ Config }

// New gives the service.
func New(c Config) *Service { return &Service{c} }

// mostText is how much of a file with requirements is read, in bytes.
const mostText = 1 << 20

// Document gives the bill of materials of a version. fault.NotFound; fault.Invalid
// for another form.
func (s *Service) Document(ctx context.Context, name string, number int64, form string) (_ []byte, err error) {
	defer fault.Wrap(&err, "bom.Document(%s, %d, %s)", name, number, form)
	write := map[string]func(Model, Made) ([]byte, error){FormCycloneDX: CycloneDX, FormSPDX: SPDX}[form]
	if write == nil {
		return nil, fault.New(fault.Invalid, "%q is no form of a bill of materials: %s or %s.", form, FormCycloneDX, FormSPDX)
	}
	m, err := s.model(ctx, name, number)
	if err != nil {
		return nil, err
	}
	serial, err := m.Serial()
	if err != nil {
		return nil, err
	}
	return write(m, Made{Time: s.Now(), Serial: serial, Engine: s.Engine})
}

// model gathers what is known.
func (s *Service) model(ctx context.Context, name string, number int64) (m Model, err error) {
	if m.Version, err = s.Versions.Describe(ctx, name, number); err != nil {
		return m, err
	}
	verdict, err := s.Scans.OfVersion(ctx, name, number)
	if err != nil {
		return m, err
	}
	if m.Signature, err = s.Scans.SignatureOf(ctx, name, number); err != nil {
		return m, err
	}
	m.Verdict = verdict.Judgement.Verdict
	contents, err := s.Scans.ContentsOf(ctx, name, number)
	if err != nil && !fault.Is(err, fault.Invalid) { // a version without files that are kept here
		return m, err
	}
	for _, f := range contents.Files {
		m.Files = append(m.Files, File{f.Path, f.Size, f.Digest.String()})
	}
	if m.Findings, err = findings(verdict.Report); err != nil {
		return m, err
	}
	var lists [3][]byte
	for i, file := range []string{"MLmodel", "requirements.txt", "conda.yaml"} {
		if lists[i], err = s.Versions.Read(ctx, name, number, file, mostText); err != nil && !fault.Is(err, fault.NotFound) {
			return m, err
		}
	}
	d := describe(lists[0])
	m.Flavors, m.Inputs, m.Outputs = d.flavors, d.inputs, d.outputs
	m.Libraries = joined(requirementsOf(lists[1]), condaOf(lists[2]))
	return m, nil
}

// findings are those of a report, with the remedy of each rule.
func findings(r *scan.Report) (all []Finding, err error) {
	if r == nil {
		return nil, nil
	}
	rules, err := inspect.Rules()
	if err != nil {
		return nil, err
	}
	remedies := map[string]string{}
	for _, rule := range rules {
		remedies[rule.ID] = rule.Remedy
	}
	for _, a := range r.Artifacts {
		for _, f := range a.Findings {
			what := strings.Trim(f.Module+"."+f.Name, ".")
			if what != "" {
				what += ": "
			}
			all = append(all, Finding{File: a.Path, Rule: f.Rule, Severity: f.Severity, What: what + f.Why, Remedy: remedies[f.Rule]})
		}
	}
	return all, nil
}

// escaped is a name as a segment of an address.
func escaped(name string) string { return url.PathEscape(path.Clean(name)) }
