package bom

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// Unknown is what a document says of what nobody said.
const Unknown = "unknown"

// Model is all that is known of a version.
type Model struct {
	Version
	Files     []File
	Libraries []Library
	Flavors   []string // of the MLmodel, by name
	Inputs    []string // types of what it takes, as its MLmodel has them
	Outputs   []string
	Verdict   string // of the scan, "" for none yet
	Findings  []Finding
	Signature scan.Signature
}

// Version is what the registry and the tracking say.
type Version struct {
	Name        string
	Number      int64
	Description string
	Stage       string
	Aliases     []string
	Tags        map[string]string
	Created     time.Time
	User        string // who made it, "" for unknown
	Source      string // where its files are, as a client gave it
	Run         *Run   // nil for none
}

// Run is what made the files.
type Run struct {
	ID, Name string
	User     string
	Ended    time.Time // zero while it runs
	Params   map[string]string
	Metrics  map[string]float64 // the latest of each
	Tags     map[string]string
	Data     []Data
}

// Data is what a run read.
type Data struct {
	Name, Digest string
	SourceType   string
	Source       string
	Context      string // training, validation; "" for none
}

// File is a file of the version.
type File struct {
	Path   string
	Size   int64
	SHA256 string // "" for one that could not be read
}

// Finding is what there is to say against a file.
type Finding struct {
	File, Rule, Severity, What, Remedy string
}

// said gives what a tag of the version, or else of its run, says.
func (m Model) said(keys ...string) string {
	for _, key := range keys {
		if v := m.Tags[key]; v != "" {
			return v
		}
		if m.Run != nil && m.Run.Tags[key] != "" {
			return m.Run.Tags[key]
		}
	}
	return ""
}

// licence is what a tag says; no file is searched for one.
func (m Model) licence() string { return m.said("license", "licence", "mlflow.license") }

// task is what the model is for.
func (m Model) task() string { return m.said("task", "mlflow.task") }

// architecture is the class of the model, as autologging names it.
func (m Model) architecture() string {
	return m.said("architecture", "estimator_class", "estimator_name")
}

// family are the libraries whose model it is.
func (m Model) family() string {
	own := slices.DeleteFunc(slices.Clone(m.Flavors), func(f string) bool { return f == "python_function" })
	return strings.Join(own, ", ")
}

// commit is the source that the run names, and where it lies.
func (m Model) commit() (id, repository string) {
	return m.said("mlflow.source.git.commit"), m.said("mlflow.source.git.repoURL")
}

// missing are the words for all that nobody said.
func (m Model) missing() (all []string) {
	commit, _ := m.commit()
	for _, w := range []struct {
		word  string
		known bool
	}{
		{"licence", m.licence() != ""}, {"task", m.task() != ""}, {"architecture", m.architecture() != ""}, {"architecture family", m.family() != ""},
		{"run", m.Run != nil}, {"data", m.Run != nil && len(m.Run.Data) > 0}, {"metrics", m.Run != nil && len(m.Run.Metrics) > 0},
		{"source commit", commit != ""}, {"files", len(m.Files) > 0}, {"libraries", len(m.Libraries) > 0}, {"inputs", len(m.Inputs) > 0}, {"outputs", len(m.Outputs) > 0},
		{"verdict", m.Verdict != ""}, {"intended use", false}, {"limitations", false},
	} {
		if !w.known {
			all = append(all, w.word)
		}
	}
	return all
}

// Serial is a UUID made of what is known of a model: the same model gives the same.
func (m Model) Serial() (string, error) {
	text, err := CycloneDX(m, Made{})
	sum := sha256.Sum256(text)
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8, of our own making (RFC 9562)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16]), err
}

// Made says when and by what a document is made.
type Made struct {
	Time   time.Time
	Serial string // a UUID
	Engine string // tacit and its version
}

func (m Made) tool() (name, version string) {
	name, version, _ = strings.Cut(m.Engine, " ")
	return name, version
}

func orUnknown(s string) string {
	if s == "" {
		return Unknown
	}
	return s
}
