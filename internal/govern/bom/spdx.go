package bom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	spdxContext  = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
	creation     = "_:creation"
	noAssertion  = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
	unknownAgent = "agent-unknown"
)

// element is one of an SPDX document; keys are sorted when it is written.
type element map[string]any

// spdx collects the elements of a document.
type spdx struct {
	space string // begins every id
	all   []element
	ids   []string
}

// SPDX writes a model as SPDX 3.0.1 in JSON-LD.
func SPDX(m Model, made Made) ([]byte, error) {
	s := &spdx{space: "urn:uuid:" + made.Serial + "#"}
	at := made.Time.UTC().Format(time.RFC3339)
	name, version := made.tool()
	s.all = append(s.all, element{"type": "CreationInfo", "@id": creation, "specVersion": "3.0.1", "created": at, "createdBy": []string{s.space + "tacit"}})
	s.add("tacit", element{"type": "SoftwareAgent", "name": strings.TrimSpace(name + " " + version)})
	supplier := unknownAgent
	if m.User != "" {
		supplier = "agent"
		s.add(supplier, element{"type": "Person", "name": m.User})
	} else {
		s.add(supplier, element{"type": "Agent", "name": Unknown})
	}
	s.add(modelRef, m.aiPackage(s.space+supplier))
	s.license(modelRef, m.licence())
	s.parts(m, s.space+supplier)
	s.findings(m)
	ids := slices.Clone(s.ids)
	s.add("sbom", element{"type": "software_Sbom", "software_sbomType": []string{"analyzed"}, "rootElement": []string{s.space + modelRef}, "element": ids,
		"profileConformance": profiles()})
	s.add("document", element{"type": "SpdxDocument", "name": m.Name + " " + fmt.Sprint(m.Number), "rootElement": []string{s.space + "sbom"}, "element": slices.Clone(s.ids),
		"profileConformance": profiles()})
	var out bytes.Buffer
	w := json.NewEncoder(&out)
	w.SetEscapeHTML(false)
	w.SetIndent("", "  ")
	err := w.Encode(map[string]any{"@context": spdxContext, "@graph": s.all})
	return out.Bytes(), err
}

func profiles() []string {
	return []string{"core", "software", "ai", "dataset", "security", "simpleLicensing"}
}

// add adds an element under an id.
func (s *spdx) add(id string, e element) {
	e["spdxId"], e["creationInfo"] = s.space+id, creation
	s.all, s.ids = append(s.all, e), append(s.ids, s.space+id)
}

// relate relates an element to others.
func (s *spdx) relate(from, relation string, to ...string) {
	if len(to) == 0 {
		return
	}
	s.add("relation-"+from+"-"+relation, element{"type": "Relationship", "from": s.space + from, "relationshipType": relation, "to": to, "completeness": "noAssertion"})
}

// aiPackage is the model itself.
func (m Model) aiPackage(supplier string) element {
	e := element{
		"type": "ai_AIPackage", "name": m.Name, "software_packageVersion": fmt.Sprint(m.Number), "software_primaryPurpose": "model",
		"software_packageUrl": m.purl(), "software_downloadLocation": fmt.Sprintf("models:/%s/%d", strings.ReplaceAll(escaped(m.Name), "%2F", "/"), m.Number),
		"suppliedBy": supplier, "releaseTime": m.Created.UTC().Format(time.RFC3339),
		"ai_typeOfModel": []string{orUnknown(m.architecture())}, "ai_domain": []string{orUnknown(m.task())}, "ai_limitation": Unknown,
		"ai_autonomyType": "noAssertion", "ai_useSensitivePersonalInformation": "noAssertion",
		"comment": "unknown: " + strings.Join(m.missing(), ", ") + "; signature: " + orUnknown(string(m.Signature.State)) + "; scan: " + orUnknown(m.Verdict),
	}
	if m.Description != "" {
		e["description"] = m.Description
	}
	if m.Run == nil {
		e["ai_informationAboutTraining"] = Unknown
		return e
	}
	training := "run " + m.Run.ID
	if id, repository := m.commit(); id != "" {
		training += " of commit " + id
		if repository != "" {
			training += " of " + repository
		}
	}
	e["ai_informationAboutTraining"] = training
	if len(m.Run.Params) > 0 {
		e["ai_hyperparameter"] = entries(m.Run.Params)
	}
	if len(m.Run.Metrics) > 0 {
		metrics := map[string]string{}
		for key, value := range m.Run.Metrics {
			metrics[key] = number(value)
		}
		e["ai_metric"] = entries(metrics)
	}
	if !m.Run.Ended.IsZero() {
		e["builtTime"] = m.Run.Ended.UTC().Format(time.RFC3339)
	}
	return e
}

func entries(of map[string]string) (all []element) {
	for _, key := range slices.Sorted(maps.Keys(of)) {
		all = append(all, element{"type": "DictionaryEntry", "key": key, "value": of[key]})
	}
	return all
}

// license says under which licence an element is.
func (s *spdx) license(of, text string) {
	if text == "" {
		s.relate(of, "hasDeclaredLicense", noAssertion)
		s.relate(of, "hasConcludedLicense", noAssertion)
		return
	}
	id := "license-" + of
	if known := knownLicence(text); known != "" {
		s.add(id, element{"type": "simplelicensing_LicenseExpression", "simplelicensing_licenseExpression": known})
	} else {
		s.add(id, element{"type": "simplelicensing_SimpleLicensingText", "simplelicensing_licenseText": text})
	}
	s.relate(of, "hasDeclaredLicense", s.space+id)
	s.relate(of, "hasConcludedLicense", noAssertion)
}

// parts adds the files, the data and the libraries.
func (s *spdx) parts(m Model, supplier string) {
	var files, data, libraries []string
	for i, f := range m.Files {
		e := element{"type": "software_File", "name": f.Path, "software_primaryPurpose": "file"}
		if f.SHA256 != "" {
			e["verifiedUsing"] = []element{{"type": "Hash", "algorithm": "sha256", "hashValue": f.SHA256}}
		}
		s.add(fileRef(i), e)
		files = append(files, s.space+fileRef(i))
	}
	if m.Run != nil {
		for i, d := range m.Run.Data {
			e := element{"type": "dataset_DatasetPackage", "name": d.Name, "software_packageVersion": orUnknown(d.Digest), "software_primaryPurpose": "data",
				"dataset_datasetType": []string{"noAssertion"}, "dataset_intendedUse": orUnknown(d.Context), "comment": "source: " + orUnknown(d.Source),
				"originatedBy": []string{supplier}}
			if isAddress(d.Source) {
				e["software_downloadLocation"] = d.Source
			}
			s.add(dataRef(i), e)
			s.license(dataRef(i), "")
			data = append(data, s.space+dataRef(i))
		}
	}
	for i, l := range m.Libraries {
		id := fmt.Sprintf("library-%d", i+1)
		s.add(id, element{"type": "software_Package", "name": l.Name, "software_packageVersion": orUnknown(l.Version), "software_packageUrl": l.purl(),
			"software_primaryPurpose": "library", "comment": "wanted: " + l.Wanted})
		s.license(id, "")
		libraries = append(libraries, s.space+id)
	}
	s.relate(modelRef, "contains", files...)
	s.relate(modelRef, "trainedOn", data...)
	s.relate(modelRef, "dependsOn", libraries...)
}

// findings adds what the scan found.
func (s *spdx) findings(m Model) {
	of := map[string][]string{}
	refs := map[string]string{}
	for i, f := range m.Files {
		refs[f.Path] = fileRef(i)
	}
	for i, f := range m.Findings {
		id := fmt.Sprintf("finding-%d", i+1)
		s.add(id, element{"type": "security_Vulnerability", "name": f.Rule, "summary": f.Severity, "description": f.What})
		ref := refs[f.File]
		if ref == "" {
			ref = modelRef
		}
		of[ref] = append(of[ref], s.space+id)
	}
	for _, ref := range slices.Sorted(maps.Keys(of)) {
		s.relate(ref, "hasAssociatedVulnerability", of[ref]...)
	}
}
