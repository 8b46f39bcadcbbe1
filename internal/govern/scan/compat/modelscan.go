package compat

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Issue is what modelscan holds against a file.
type Issue struct {
	Module, Operator string
	Source           string // absolute; a member behind a colon
	Scanner          string
	Severity         string
	// Description is how it is told; "" for the words that name the operator.
	Description string
}

// Trouble is an error of modelscan, or a file that it skipped.
type Trouble struct {
	Category    string
	Description string
	Source      string // absolute; "" when it is of none
	// Console is how the console tells of it.
	Console string
}

// ModelScan is what modelscan answers.
type ModelScan struct {
	Issues  []Issue
	Errors  []Trouble
	Skipped []Trouble
	Scanned []string // sources
	Lines   []Line
	// Unhandled is the exception at which it stopped: there is no report then.
	Unhandled string
}

// ExitCode is modelscan's: 3 for nothing scanned wins over 2 for an error, and
// that over 1 for an issue.
func (m *ModelScan) ExitCode() int {
	switch {
	case m.Unhandled != "":
		return 2
	case len(m.Scanned) == 0:
		return 3
	case len(m.Errors) > 0:
		return 2
	case len(m.Issues) > 0:
		return 1
	}
	return 0
}

// The scanners of modelscan, in the order in which they run.
const (
	scanH5         = "modelscan.scanners.H5LambdaDetectScan"
	scanKeras      = "modelscan.scanners.KerasLambdaDetectScan"
	scanSavedKeras = "modelscan.scanners.SavedModelLambdaDetectScan"
	scanSavedModel = "modelscan.scanners.SavedModelTensorflowOpScan"
	scanNumpy      = "modelscan.scanners.NumpyUnsafeOpScan"
	scanPickle     = "modelscan.scanners.PickleUnsafeOpScan"
	scanTorch      = "modelscan.scanners.PyTorchUnsafeOpScan"
)

// Scanners are modelscan's, in the order in which they run, each with its format.
func Scanners() [][2]string {
	return [][2]string{{scanH5, "keras_h5"}, {scanKeras, "keras"}, {scanSavedKeras, "tensorflow"}, {scanSavedModel, "tensorflow"},
		{scanNumpy, "numpy"}, {scanPickle, "pickle"}, {scanTorch, "pytorch"}}
}

// Globals is a list of globals: severity, module, names, where "*" is any.
type Globals map[string]map[string][]string

// DefaultGlobals are those of modelscan itself.
func DefaultGlobals() Globals {
	out := Globals{"CRITICAL": {}, "HIGH": {}, "MEDIUM": {}, "LOW": {}}
	for severity, modules := range readList(modelScanText) {
		for module, n := range modules {
			if n.any {
				n.list = []string{"*"}
			}
			out[severity][module] = n.list
		}
	}
	return out
}

// DefaultFormats are the extensions of each format.
func DefaultFormats() map[string][]string {
	return map[string][]string{"tensorflow": {".pb"}, "keras_h5": {".h5"}, "keras": {".keras"}, "numpy": {".npy"},
		"pytorch": {".bin", ".pt", ".pth", ".ckpt"}, "pickle": {".pkl", ".pickle", ".joblib", ".dill", ".dat", ".data"}}
}

// ModelScanOptions are the settings that count.
type ModelScanOptions struct {
	Globals  Globals
	Formats  map[string][]string
	Disabled map[string]bool // scanners that do not run
}

// DefaultModelScan are the settings without a file.
func DefaultModelScan() ModelScanOptions {
	return ModelScanOptions{Globals: DefaultGlobals(), Formats: DefaultFormats(), Disabled: map[string]bool{}}
}

// modelScan is one run of modelscan.
type modelScan struct {
	ModelScanOptions
	out   *ModelScan
	paths []string
}

// ModelScanFile answers for a file by its absolute path.
func ModelScanFile(ctx context.Context, at string, f File, o ModelScanOptions) *ModelScan {
	m := &modelScan{ModelScanOptions: o, out: &ModelScan{}}
	err := ctx.Err()
	if err == nil {
		err = m.model(at, newStream(f.Bytes, f.Size))
	}
	return m.end(err)
}

// ModelScanTree answers for the files of a folder, root being its absolute path.
func ModelScanTree(ctx context.Context, root string, fsys Files, o ModelScanOptions) *ModelScan {
	m := &modelScan{ModelScanOptions: o, out: &ModelScan{}}
	return m.end(fsys.walk(".", func(string) bool { return true }, func(name string) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f, closing, err := fsys.Follow(name)
		switch {
		case err == nil && f.Folder, errors.Is(err, ErrIrregular), errors.Is(err, fs.ErrNotExist):
			return nil // a link may lead anywhere
		case err != nil:
			return raise(osError, "%s", err)
		}
		defer closing()
		return m.model(path.Join(root, name), newStream(f.Bytes, f.Size))
	}))
}

func (m *modelScan) end(err error) *ModelScan {
	if err != nil {
		m.out.Unhandled = err.Error()
	}
	m.containersSkipped()
	return m.out
}

// containersSkipped drops the skips of containers whose members were looked at.
func (m *modelScan) containersSkipped() {
	skipped := map[string]bool{}
	for _, s := range m.out.Skipped {
		skipped[s.Source] = true
	}
	drop := map[string]bool{}
	for _, p := range m.paths {
		if top, _, member := strings.Cut(p, ":"); member && skipped[top] {
			drop[top] = true
		}
	}
	var kept []Trouble
	for _, s := range m.out.Skipped {
		if !drop[s.Source] {
			kept = append(kept, s)
		}
	}
	m.out.Skipped = kept
}

// model scans a file, and the members of a zip file one level deep.
func (m *modelScan) model(at string, s *stream) error {
	m.source(at, s)
	s.at = 0
	if zip, err := begins(s, "PK\x03\x04"); err != nil || !zip {
		return err
	}
	err := m.members(at, s)
	if isA(err, badZip, runtimeError) {
		m.skip("ModelScan", "BAD_ZIP", "Skipping zip file due to error: "+err.Error(), at)
		return nil
	}
	return err
}

func (m *modelScan) members(at string, s *stream) error {
	z, err := openZip(s)
	if err != nil {
		return err
	}
	for _, member := range z.members {
		inner, err := z.open(member.name, false)
		if err != nil {
			return err
		}
		name := clean(at + ":" + member.name)
		nested, err := begins(inner, "PK\x03\x04")
		if err != nil {
			return err
		}
		if nested {
			const text = "ModelScan does not support nested zip files."
			m.out.Errors = append(m.out.Errors, Trouble{"NESTED_ZIP", text, name, "The following error was raised during scan of file " + name + ": \n" + text})
			continue
		}
		m.source(name, inner)
	}
	return nil
}

// clean writes a path as pathlib does.
func clean(at string) string {
	var parts []string
	for _, p := range strings.Split(at, "/") {
		if p != "" && p != "." {
			parts = append(parts, p)
		}
	}
	out := strings.Join(parts, "/")
	if strings.HasPrefix(at, "/") {
		out = "/" + out
	}
	return out
}

func (m *modelScan) log(level, format string, args ...any) {
	m.out.Lines = append(m.out.Lines, Line{level, fmt.Sprintf(format, args...)})
}

func (m *modelScan) skip(by, category, text, source string) {
	m.out.Skipped = append(m.out.Skipped, Trouble{category, text, source, "The following file " + source + " was skipped during a " + by + " scan: \n" + text})
}

// source runs the scanners that an extension calls for.
func (m *modelScan) source(at string, s *stream) {
	m.paths = append(m.paths, at)
	scanned := false
	for _, scanner := range Scanners() {
		if m.Disabled[scanner[0]] || !m.is(at, scanner[1]) {
			continue
		}
		s.at = 0
		r, err := m.run(scanner[0], at, s)
		switch {
		case err != nil:
			m.log("ERROR", "Error encountered from scanner %s with path %s: %s", scanner[0], at, err)
			m.out.Errors = append(m.out.Errors, Trouble{"MODEL_SCAN", err.Error(), at, raisedBy(scanner[0], err.Error())})
			continue
		case r == nil:
			continue
		}
		scanned = true
		m.log("INFO", "Scanning %s using %s model scan", at, scanner[0])
		m.take(at, r)
	}
	if !scanned && !m.isSkipped(at) {
		m.skip("ModelScan", "SCAN_NOT_SUPPORTED", "Model Scan did not scan file", at)
	}
}

func raisedBy(scan, text string) string {
	return "The following error was raised during a " + scan + " scan: \n" + text
}

func (m *modelScan) is(at, format string) bool {
	for _, e := range m.Formats[format] {
		if e == suffix(at) {
			return true
		}
	}
	return false
}

func (m *modelScan) isSkipped(at string) bool {
	for _, s := range m.out.Skipped {
		if s.Source == at {
			return true
		}
	}
	return false
}

// take counts one scanner's results: errors hide issues, issues hide skips.
func (m *modelScan) take(at string, r *result) {
	switch {
	case len(r.errors) > 0:
		m.out.Errors = append(m.out.Errors, r.errors...)
	case len(r.issues) > 0:
		m.out.Scanned = append(m.out.Scanned, at)
		m.out.Issues = append(m.out.Issues, r.issues...)
	case r.skipped != nil:
		m.skip(r.skipped.by, r.skipped.category, r.skipped.text, at)
	default:
		m.out.Scanned = append(m.out.Scanned, at)
	}
}
