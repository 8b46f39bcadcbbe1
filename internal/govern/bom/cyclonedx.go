package bom

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/tacit-ml/tacit/internal/govern/scan"
)

const (
	modelRef = "model"
	runRef   = "run"
)

// CycloneDX writes a model as an ML-BOM of CycloneDX 1.6.
func CycloneDX(m Model, made Made) ([]byte, error) {
	name, version := made.tool()
	b := cdx.NewBOM()
	b.SerialNumber = "urn:uuid:" + made.Serial
	b.Metadata = &cdx.Metadata{
		Timestamp: made.Time.UTC().Format(time.RFC3339),
		Tools:     &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: name, Version: version}}},
		Component: m.component(),
	}
	components, needed := m.parts()
	b.Components = &components
	b.Dependencies = &[]cdx.Dependency{{Ref: modelRef, Dependencies: &needed}}
	found := m.vulnerabilities()
	b.Vulnerabilities = &found
	var out bytes.Buffer
	err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(b, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// component is the model itself.
func (m Model) component() *cdx.Component {
	c := &cdx.Component{
		BOMRef: modelRef, Type: cdx.ComponentTypeMachineLearningModel, Name: m.Name, Version: fmt.Sprint(m.Number), Description: m.Description,
		Licenses: licensesOf(m.licence()), PackageURL: m.purl(), ModelCard: m.card(), Properties: m.properties(),
	}
	if m.User != "" {
		c.Authors = &[]cdx.OrganizationalContact{{Name: m.User}}
	}
	if id, repository := m.commit(); id != "" {
		commit := cdx.Commit{UID: id}
		if isAddress(repository) {
			commit.URL = repository
			c.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeVCS, URL: repository}}
		}
		c.Pedigree = &cdx.Pedigree{Commits: &[]cdx.Commit{commit}}
	}
	return c
}

// purl is the package URL of a model that a server of MLflow's kind keeps.
func (m Model) purl() string {
	l := Library{Name: m.Name, Version: fmt.Sprint(m.Number), Kind: "mlflow"}
	if m.Run == nil {
		return l.purl()
	}
	return l.purl() + "?run_id=" + m.Run.ID
}

func (m Model) card() *cdx.MLModelCard {
	p := &cdx.MLModelParameters{Task: orUnknown(m.task()), ArchitectureFamily: orUnknown(m.family()), ModelArchitecture: orUnknown(m.architecture())}
	p.Inputs, p.Outputs = forms(m.Inputs), forms(m.Outputs)
	card := &cdx.MLModelCard{ModelParameters: p}
	if m.Run == nil {
		return card
	}
	if len(m.Run.Data) > 0 {
		p.Datasets = &[]cdx.MLDatasetChoice{}
		for i := range m.Run.Data {
			*p.Datasets = append(*p.Datasets, cdx.MLDatasetChoice{Ref: dataRef(i)})
		}
	}
	if len(m.Run.Metrics) > 0 {
		metrics := []cdx.MLPerformanceMetric{}
		for _, key := range slices.Sorted(maps.Keys(m.Run.Metrics)) {
			metrics = append(metrics, cdx.MLPerformanceMetric{Type: key, Value: number(m.Run.Metrics[key])})
		}
		card.QuantitativeAnalysis = &cdx.MLQuantitativeAnalysis{PerformanceMetrics: &metrics}
	}
	return card
}

func forms(types []string) *[]cdx.MLInputOutputParameters {
	if len(types) == 0 {
		types = []string{Unknown}
	}
	all := make([]cdx.MLInputOutputParameters, len(types))
	for i, t := range types {
		all[i].Format = t
	}
	return &all
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func dataRef(i int) string { return fmt.Sprintf("data-%d", i+1) }

func fileRef(i int) string { return fmt.Sprintf("file-%d", i+1) }

// properties are what CycloneDX has no field for.
func (m Model) properties() *[]cdx.Property {
	var all []cdx.Property
	add := func(name, value string) {
		if value != "" {
			all = append(all, cdx.Property{Name: "tacit:" + name, Value: value})
		}
	}
	add("stage", m.Stage)
	add("aliases", strings.Join(m.Aliases, ", "))
	add("created", m.Created.UTC().Format(time.RFC3339))
	add("source", m.Source)
	for _, key := range slices.Sorted(maps.Keys(m.Tags)) {
		add("tag:"+key, m.Tags[key])
	}
	add("scan:verdict", orUnknown(m.Verdict))
	add("signature", string(m.Signature.State))
	add("signature:key", m.Signature.Key)
	add("signature:certificate", m.Signature.Certificate)
	add("signature:why", m.Signature.Why)
	if m.Run != nil {
		add("run", m.Run.ID)
		add("run:name", m.Run.Name)
		add("run:user", m.Run.User)
		for _, key := range slices.Sorted(maps.Keys(m.Run.Params)) {
			add("run:param:"+key, m.Run.Params[key])
		}
		for _, key := range slices.Sorted(maps.Keys(m.Run.Tags)) {
			add("run:tag:"+key, m.Run.Tags[key])
		}
	}
	add("unknown", strings.Join(m.missing(), ", "))
	return &all
}

// parts are the files, the data and the libraries; needed are those that the model
// depends on.
func (m Model) parts() (all []cdx.Component, needed []string) {
	all, needed = []cdx.Component{}, []string{}
	for i, f := range m.Files {
		c := cdx.Component{BOMRef: fileRef(i), Type: cdx.ComponentTypeFile, Name: f.Path, Properties: &[]cdx.Property{{Name: "tacit:size", Value: fmt.Sprint(f.Size)}}}
		if f.SHA256 != "" {
			c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: f.SHA256}}
		}
		all, needed = append(all, c), append(needed, c.BOMRef)
	}
	if m.Run != nil {
		for i, d := range m.Run.Data {
			all, needed = append(all, d.component(dataRef(i))), append(needed, dataRef(i))
		}
	}
	for i, l := range m.Libraries {
		ref := fmt.Sprintf("library-%d", i+1)
		all = append(all, cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeLibrary, Name: l.Name, Version: orUnknown(l.Version), PackageURL: l.purl(),
			Licenses: licensesOf(""), Properties: &[]cdx.Property{{Name: "tacit:requirement", Value: l.Wanted}}})
		needed = append(needed, ref)
	}
	return all, needed
}

// component is data that the run read. Its digest is the client's own, of an
// algorithm that only the client knows.
func (d Data) component(ref string) cdx.Component {
	data := cdx.ComponentData{Type: cdx.ComponentDataTypeDataset, Name: d.Name}
	if isAddress(d.Source) {
		data.Contents = &cdx.ComponentDataContents{URL: d.Source}
	}
	properties := []cdx.Property{{Name: "tacit:digest", Value: orUnknown(d.Digest)}, {Name: "tacit:source", Value: orUnknown(d.Source)},
		{Name: "tacit:source-type", Value: orUnknown(d.SourceType)}, {Name: "tacit:context", Value: orUnknown(d.Context)}}
	return cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeData, Name: d.Name, Version: orUnknown(d.Digest), Licenses: licensesOf(""),
		Data: &[]cdx.ComponentData{data}, Properties: &properties}
}

// known are the licences that are written by their SPDX id; others by their name.
func known() []string {
	return []string{"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "GPL-2.0-only", "GPL-3.0-only", "LGPL-3.0-only", "AGPL-3.0-only", "MPL-2.0", "CC0-1.0", "CC-BY-4.0",
		"CC-BY-SA-4.0", "CC-BY-NC-4.0", "ISC", "Unlicense", "OpenRAIL", "CDLA-Permissive-2.0"}
}

// knownLicence is the SPDX id that a text names, "" for another text.
func knownLicence(text string) string {
	for _, id := range known() {
		if strings.EqualFold(id, text) && id != "OpenRAIL" { // no licence of SPDX's
			return id
		}
	}
	return ""
}

func licensesOf(text string) *cdx.Licenses {
	l := &cdx.License{Name: orUnknown(text)}
	if id := knownLicence(text); id != "" {
		l = &cdx.License{ID: id}
	}
	return &cdx.Licenses{{License: l}}
}

// vulnerabilities are what the scan found.
func (m Model) vulnerabilities() []cdx.Vulnerability {
	all := []cdx.Vulnerability{}
	refs := map[string]string{}
	for i, f := range m.Files {
		refs[f.Path] = fileRef(i)
	}
	for i, f := range m.Findings {
		ref := refs[f.File]
		if ref == "" {
			ref = modelRef
		}
		all = append(all, cdx.Vulnerability{
			BOMRef: fmt.Sprintf("finding-%d", i+1), ID: f.Rule, Source: &cdx.Source{Name: "tacit scan"}, Description: f.What, Recommendation: f.Remedy,
			Ratings: &[]cdx.VulnerabilityRating{{Severity: severityOf(f.Severity), Method: cdx.ScoringMethodOther}}, Affects: &[]cdx.Affects{{Ref: ref}},
		})
	}
	return all
}

func severityOf(word string) cdx.Severity {
	if _, err := scan.Severity(word); err != nil {
		return cdx.SeverityUnknown
	}
	return cdx.Severity(word)
}

// isAddress holds for what may stand where an address must.
func isAddress(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	return ok && scheme != "" && rest != "" && !strings.ContainsAny(s, " \t\n\"<>\\^`{|}")
}
