// Package params reads files of params: YAML and JSON, TOML, and Python, of which DVC
// takes what is assigned to names: literals alone, those of a class below its name, and
// those that its __init__ assigns to self.
//
// It runs nothing. Values are those of package pyjson, in the order of the file. Of a file
// of Python what is no such assignment is passed over, whatever it says: whether it is
// Python at all is not judged.
package params

import (
	"path"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Read says whether files of a name may have params.
func Read(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json", ".toml", ".py":
		return true
	}
	return false
}

// Parse reads a file by what its name ends in: fault.Invalid for what it is not,
// fault.Unsupported for values that have no form in dvc.lock.
func Parse(name string, content []byte) (pyjson.Map, error) {
	switch path.Ext(name) {
	case ".toml":
		return parseTOML(name, content)
	case ".py":
		return parsePython(name, content)
	}
	root, err := yamltext.Parse(content) // JSON is YAML
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "unable to read: '%s', YAML file structure is corrupted: %s", name, err)
	}
	values, _ := root.Plain().(pyjson.Map)
	if values == nil {
		values = pyjson.Map{}
	}
	return values, nil
}
