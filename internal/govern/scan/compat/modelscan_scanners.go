package compat

import (
	"fmt"
	"strings"
)

// result is what one scanner of modelscan gives.
type result struct {
	issues  []Issue
	errors  []Trouble
	skipped *skipped
}

type skipped struct{ by, category, text string }

// run runs a scanner on a source. No result is one that passed the source on.
func (m *modelScan) run(scanner, at string, s *stream) (*result, error) {
	switch scanner {
	case scanH5:
		return lacks(scanner, "hdf5", "h5py", at), nil
	case scanKeras:
		return lacks(scanner, "keras", "tensorflow", at), nil
	case scanSavedKeras, scanSavedModel:
		return lacks(scanner, "saved_model", "tensorflow", at), nil
	case scanNumpy:
		return m.numpy(at, s)
	case scanTorch:
		return m.torch(at, s)
	}
	return m.pickle(at, s, "pickle", scanPickle, true)
}

// lacks is the result of a scanner whose extra is not installed.
func lacks(scanner, name, extra, at string) *result {
	text := fmt.Sprintf("To use %s, please install modelscan with %s extras. `pip install 'modelscan[ %s ]'` if you are using pip.", scanner, extra, extra)
	return &result{errors: []Trouble{{"DEPENDENCY", text, at, raisedBy(name, text)}}}
}

func (m *modelScan) numpy(at string, s *stream) (*result, error) {
	head, err := s.bytesAt(0, 8)
	switch {
	case err != nil:
		return nil, err
	case strings.HasPrefix(string(head), "PK\x03\x04"), strings.HasPrefix(string(head), "PK\x05\x06"):
		return &result{skipped: &skipped{"numpy", "NOT_IMPLEMENTED", "Scanning of .npz files is not implemented yet"}}, nil
	case !strings.HasPrefix(string(head), "\x93NUMPY"):
		return m.pickle(at, s, "numpy", scanNumpy, true)
	}
	if len(head) < 8 {
		return nil, shortNumpy(head)
	}
	// modelscan reads the header by a function that numpy has no more from 2.4 on.
	return nil, raise(otherError, "module 'numpy.lib.format' has no attribute '_check_version'")
}

// shortNumpy is what numpy raises of a file that ends in its first bytes.
func shortNumpy(head []byte) error {
	return raise(valueError, "EOF: reading magic string, expected 8 bytes got %d", len(head))
}

func (m *modelScan) torch(at string, s *stream) (*result, error) {
	if zip, err := begins(s, "PK\x03\x04"); err != nil || zip {
		return nil, err
	}
	magic, err := magicNumber(s)
	if err != nil {
		return nil, err
	}
	if magic != torchMagic {
		return &result{skipped: &skipped{"pytorch", "MAGIC_NUMBER", "Invalid magic number"}}, nil
	}
	s.at = 0
	return m.pickle(at, s, "pytorch", scanTorch, false)
}

// pickle lists the globals of a pickle, or of all that stand one behind the other.
// An error that comes behind a global of an earlier pickle is not told.
func (m *modelScan) pickle(at string, s *stream, name, scanner string, all bool) (*result, error) {
	globals, err := listing{first: 1}.globals(s, all)
	if g, ok := asGenops(err); ok {
		if len(g.globals) == 0 {
			text := "Parsing error: " + g.Error()
			return &result{errors: []Trouble{{"PICKLE_GENOPS", text, at, raisedBy(name, text)}}}, nil
		}
		globals, err = g.globals, nil
	}
	if err != nil {
		return nil, err
	}
	r := &result{}
	for _, g := range globals {
		severity, err := m.Globals.severity(g)
		if err != nil {
			return nil, err
		}
		if severity != "" {
			r.issues = append(r.issues, Issue{Module: pythonText(g.module), Operator: pythonText(g.name), Source: at, Scanner: scanner, Severity: severity})
		}
	}
	return r, nil
}

func pythonText(v value) string {
	if v.kind == none {
		return "None"
	}
	return v.text
}

// severity is that of the first list that has a global, from critical down; a name
// counts wherever it stands in the global's.
func (list Globals) severity(g global) (string, error) {
	out := ""
	for _, severity := range []string{"CRITICAL", "HIGH", "MEDIUM", "LOW"} {
		names, listed := list[severity][g.module.text]
		if g.module.kind != text || !listed {
			continue
		}
		found, err := named(names, g.name)
		if err != nil {
			return "", err
		}
		if found {
			out = severity
			break
		}
	}
	for _, v := range []value{g.module, g.name} {
		found, err := contains(v, "unknown")
		if err != nil {
			return "", err
		}
		if found {
			return "CRITICAL", nil
		}
	}
	return out, nil
}

func named(names []string, v value) (bool, error) {
	for _, n := range names {
		if n == "*" && len(names) == 1 {
			return true, nil
		}
		if found, err := contains(v, n); err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// contains is Python's "word in v".
func contains(v value, word string) (bool, error) {
	switch v.kind {
	case text:
		return strings.Contains(v.text, word), nil
	case octets:
		return false, raise(otherError, "a bytes-like object is required, not 'str'")
	}
	return false, raise(otherError, "argument of type '%s' is not iterable", v.kind.typeName())
}
