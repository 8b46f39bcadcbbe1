package signing

import (
	"encoding/json"
	"fmt"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://model_signing/signature/v1.0"
	// digestsType is the predicate of model_signing 0.2, whose files are the subjects.
	digestsType = "https://model_signing/Digests/v0.1"
)

// statement is an in-toto statement about a model.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	Serialization Serialization `json:"serialization"`
	Resources     []descriptor  `json:"resources"`
}

type descriptor struct {
	Name      string `json:"name"`
	Algorithm string `json:"algorithm"`
	Digest    string `json:"digest"`
}

// statement is the manifest as in-toto has it.
func (m Manifest) statement() ([]byte, error) {
	s := statement{Type: statementType, PredicateType: predicateType,
		Subject:   []subject{{m.Name, map[string]string{sha256Name: m.Root().String()}}},
		Predicate: predicate{Serialization: m.Serialization, Resources: make([]descriptor, len(m.Resources))}}
	for i, r := range m.Resources {
		s.Predicate.Resources[i] = descriptor{m.name(r), m.Serialization.algorithm(), r.Digest.String()}
	}
	return json.Marshal(s)
}

// readStatement reads a payload whose signature holds.
func readStatement(payload []byte) (m Manifest, err error) {
	var head struct {
		Type          string          `json:"_type"`
		Subject       []subject       `json:"subject"`
		PredicateType string          `json:"predicateType"`
		Predicate     json.RawMessage `json:"predicate"`
	}
	if err := json.Unmarshal(payload, &head); err != nil {
		return m, fault.Because(err, fault.Invalid, "What was signed is no statement.")
	}
	if head.Type != statementType {
		return m, fault.New(fault.Invalid, "What was signed is of the type %q, not an in-toto statement.", cut(head.Type))
	}
	switch head.PredicateType {
	case predicateType:
		var p predicate
		if err := json.Unmarshal(head.Predicate, &p); err != nil {
			return m, fault.Because(err, fault.Invalid, "The predicate of the signature cannot be read.")
		}
		return p.manifest(head.Subject)
	case digestsType:
		p := predicate{Serialization: Serialization{Method: Files, HashType: sha256Name, AllowSymlinks: true, IgnorePaths: usuallyIgnored()}}
		for _, s := range head.Subject {
			p.Resources = append(p.Resources, descriptor{s.Name, sha256Name, s.Digest[sha256Name]})
		}
		return p.resources(Manifest{Serialization: p.Serialization})
	}
	return m, fault.New(fault.Invalid, "What was signed has a predicate of the type %q, not that of a model.", cut(head.PredicateType))
}

// manifest reads a predicate and holds it against its subject.
func (p predicate) manifest(subjects []subject) (m Manifest, err error) {
	if len(subjects) != 1 {
		return m, fault.New(fault.Invalid, "The signature has %d subjects, not one.", len(subjects))
	}
	m, err = p.resources(Manifest{Name: subjects[0].Name, Serialization: p.Serialization})
	if err != nil {
		return m, err
	}
	if stated := subjects[0].Digest[sha256Name]; stated != m.Root().String() {
		return m, fault.New(fault.Invalid, "The signature contradicts itself: its files give the digest %s, not %s.", m.Root(), cut(stated))
	}
	return m, nil
}

// resources reads the resources of a predicate, each of which must be there once.
func (p predicate) resources(m Manifest) (Manifest, error) {
	if err := m.Serialization.check(); err != nil {
		return m, err
	}
	if len(p.Resources) == 0 || len(p.Resources) > mostResources {
		return m, fault.New(fault.Invalid, "The signature is of %d files.", len(p.Resources))
	}
	seen := make(map[string]bool, len(p.Resources))
	for i, d := range p.Resources {
		if d.Algorithm != sha256Name && d.Algorithm != m.Serialization.algorithm() {
			return m, fault.New(fault.Invalid, "The signature has a %q digest of %s.", cut(d.Algorithm), cut(d.Name))
		}
		digest, err := ParseDigest(d.Digest)
		if err != nil {
			return m, fmt.Errorf("resource %d: %w", i, err)
		}
		r, err := m.Serialization.resource(d.Name, digest)
		if err != nil {
			return m, err
		}
		if seen[d.Name] {
			return m, fault.New(fault.Invalid, "The signature names %s twice.", cut(d.Name))
		}
		seen[d.Name] = true
		m.Resources = append(m.Resources, r)
	}
	return m, nil
}
