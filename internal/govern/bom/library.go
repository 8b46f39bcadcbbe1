package bom

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Library is what a version needs to be loaded.
type Library struct {
	Name    string
	Version string // "" where none is pinned
	Wanted  string // as it is written: numpy>=1.20
	Kind    string // pypi or conda
}

// purl is the package URL (https://github.com/package-url/purl-spec).
func (l Library) purl() string {
	p := "pkg:" + l.Kind + "/" + url.PathEscape(l.Name)
	if l.Version != "" {
		p += "@" + url.QueryEscape(l.Version)
	}
	return p
}

const mostLibraries = 10_000

// The forms of a requirement: a name, extras, and what is wanted of the version
// (PEP 508); what conda has writes = where pip has ==.
var (
	requirement = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$`)
	separators  = regexp.MustCompile(`[-_.]+`)
)

// readRequirement reads one line.
func readRequirement(line, kind string) (l Library, ok bool) {
	line, _, _ = strings.Cut(line, " #")
	line, _, _ = strings.Cut(line, ";")
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-") || strings.Contains(line, "://") || len(line) > 1000 {
		return l, false // an option or an address says no name
	}
	if kind == "conda" {
		if _, after, ok := strings.Cut(line, "::"); ok {
			line = after // the channel
		}
	}
	found := requirement.FindStringSubmatch(line)
	if found == nil {
		return l, false
	}
	l = Library{Name: found[1], Wanted: line, Kind: kind}
	wanted := strings.TrimSpace(found[2])
	pinned, exact := strings.CutPrefix(wanted, "==")
	if kind == "pypi" {
		l.Name = strings.ToLower(separators.ReplaceAllString(l.Name, "-"))
	} else if !exact {
		pinned, exact = strings.CutPrefix(wanted, "=")
		pinned, _, _ = strings.Cut(pinned, "=") // the build
	}
	if pinned = strings.TrimSpace(strings.TrimPrefix(pinned, "=")); exact && !strings.ContainsAny(pinned, ",*<>=! ") {
		l.Version = pinned
	}
	return l, true
}

// requirementsOf reads requirements.txt.
func requirementsOf(text []byte) (all []Library) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() && len(all) < mostLibraries {
		if l, ok := readRequirement(lines.Text(), "pypi"); ok {
			all = append(all, l)
		}
	}
	return all
}

// condaOf reads conda.yaml; what is none gives nothing.
func condaOf(text []byte) (all []Library) {
	var conda struct {
		Dependencies []any `yaml:"dependencies"`
	}
	if yaml.Unmarshal(text, &conda) != nil {
		return nil
	}
	for _, d := range conda.Dependencies {
		switch d := d.(type) {
		case string:
			if l, ok := readRequirement(d, "conda"); ok && len(all) < mostLibraries {
				all = append(all, l)
			}
		case map[string]any:
			pip, _ := d["pip"].([]any)
			for _, line := range pip {
				text, _ := line.(string)
				if l, ok := readRequirement(text, "pypi"); ok && len(all) < mostLibraries {
					all = append(all, l)
				}
			}
		}
	}
	return all
}

// joined are libraries without those that are there twice, by name.
func joined(lists ...[]Library) []Library {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b Library) int { return strings.Compare(a.Kind+" "+a.Name, b.Kind+" "+b.Name) })
	return slices.CompactFunc(all, func(a, b Library) bool {
		return a.Kind == b.Kind && a.Name == b.Name && (a.Version == b.Version || b.Version == "")
	})
}

// description is what an MLmodel file says.
type description struct {
	flavors         []string
	inputs, outputs []string
}

// describe reads an MLmodel; what is none says nothing.
func describe(text []byte) (d description) {
	var m struct {
		Flavors   map[string]any `yaml:"flavors"`
		Signature struct {
			Inputs  string `yaml:"inputs"`
			Outputs string `yaml:"outputs"`
		} `yaml:"signature"`
	}
	if yaml.Unmarshal(text, &m) != nil {
		return d
	}
	for name := range m.Flavors {
		d.flavors = append(d.flavors, name)
	}
	slices.Sort(d.flavors)
	d.inputs, d.outputs = types(m.Signature.Inputs), types(m.Signature.Outputs)
	return d
}

// types are the columns or tensors of one side of a model's signature, as name: type.
func types(text string) (all []string) {
	var columns []struct {
		Name   string `json:"name"`
		Type   any    `json:"type"`
		Tensor *struct {
			Type  string `json:"dtype"`
			Shape []any  `json:"shape"`
		} `json:"tensor-spec"`
	}
	if json.Unmarshal([]byte(text), &columns) != nil {
		return nil
	}
	for _, c := range columns[:min(len(columns), 1000)] {
		kind, _ := c.Type.(string)
		if c.Tensor != nil {
			shape, err := json.Marshal(c.Tensor.Shape)
			if err == nil {
				kind = c.Tensor.Type + " " + string(shape)
			}
		}
		if c.Name != "" {
			kind = c.Name + ": " + orUnknown(kind)
		}
		all = append(all, orUnknown(kind))
	}
	return all
}
