package repository

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/params"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Recipe is what dvc.yaml says of how a stage runs, as it stands there.
type Recipe struct {
	Cmd    any   // text, or a list of texts
	Deps   []any // texts: what it is made of
	Params []any // texts, and maps of files to lists of texts or nothing
	Always bool  // it counts as changed at all times

	each   any        // a list or a map, whose items are variables of the stages that come from it; nil for none
	matrix pyjson.Map // of lists, each choice out of which makes a stage; nil for none
	outs   int        // how many dvc.yaml names
	vars   []any      // of all stages of the file, then of this one
}

// Asked are the params that a stage takes from one file.
type Asked struct {
	File string   // from the root
	Keys []string // with dots; nil for all of the file
}

// maxParams is how long a file of params is that is read, in bytes.
const maxParams = 64 << 20

// usualParams is the file of params that need not be named.
const usualParams = "params.yaml"

// Command is the command of a stage with its variables filled in. Where some are not
// read it is fault.Unsupported: whole lists.
func (r *Repository) Command(s *Stage) (any, error) {
	fill := r.filling(s)
	parsing := r.config.Section("parsing")
	fill.command = &parsing
	switch cmd := s.Recipe.Cmd.(type) {
	case string:
		return fill.text(cmd)
	case []any:
		all := make([]any, len(cmd))
		for i, one := range cmd {
			text, ok := one.(string)
			if !ok {
				return nil, fault.New(fault.Invalid, "The command of '%s' is no text.", s.Name)
			}
			var err error
			if all[i], err = fill.text(text); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return s.Recipe.Cmd, nil
}

// Params are what a stage takes from files of params, by file.
func (r *Repository) Params(s *Stage) (all []Asked, err error) {
	fill := r.filling(s)
	add := func(file string, key string, whole bool) error {
		if file, err = fill.text(file); err != nil {
			return err
		}
		if key, err = fill.text(key); err != nil {
			return err
		}
		at := join(s.wdir, file)
		for i := range all {
			if all[i].File == at {
				if all[i].Keys != nil && !whole {
					all[i].Keys = append(all[i].Keys, key)
				} else {
					all[i].Keys = nil
				}
				return nil
			}
		}
		a := Asked{File: at}
		if !whole {
			a.Keys = []string{key}
		}
		all = append(all, a)
		return nil
	}
	for _, p := range s.Recipe.Params {
		if key, ok := p.(string); ok {
			if err := add(usualParams, key, false); err != nil {
				return nil, err
			}
			continue
		}
		files, _ := p.(pyjson.Map)
		for _, f := range files {
			file, _ := f.Key.(string)
			keys, _ := f.Value.([]any)
			if len(keys) == 0 {
				if err := add(file, "", true); err != nil {
					return nil, err
				}
			}
			for _, k := range keys {
				if err := add(file, fmt.Sprint(k), false); err != nil {
					return nil, err
				}
			}
		}
	}
	return all, nil
}

// ReadParams reads a file of params, as package params does. nil where there is none, and
// fault.Unsupported for files in another language.
func (r *Repository) ReadParams(file string) (pyjson.Map, error) {
	values, err := readParams(file, r.there)
	if fault.Is(err, fault.Invalid) {
		err = fault.Because(err, fault.Invalid, "Unable to read parameters from '%s': %s", file, fault.Sentence(err))
	}
	return values, err
}

// there reads a file of the working copy, nil where there is none.
func (r *Repository) there(file string) ([]byte, error) {
	content, err := readLimited(r.Path(file), maxParams)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// readParams reads a file of params by read, which gives nil where there is none.
func readParams(file string, read func(string) ([]byte, error)) (pyjson.Map, error) {
	if !params.Read(file) {
		return nil, fault.New(fault.Unsupported, "params in '%s' are not read", path.Base(file))
	}
	if strings.HasPrefix(file, "../") { // of another's repository, nothing of this machine is looked at
		return nil, fault.New(fault.Unsupported, "params outside of the repository are not read")
	}
	content, err := read(file)
	if content == nil || err != nil {
		return nil, err
	}
	return params.Parse(file, content)
}

// Param is a value by its key, with dots between the names of maps and the numbers of
// items of lists.
func Param(values pyjson.Map, key string) (any, bool) {
	if v, ok := values.Get(key); ok {
		return v, true
	}
	first, rest, more := strings.Cut(key, ".")
	v, ok := values.Get(first)
	if !ok || !more {
		return nil, false
	}
	return lookUp(v, rest)
}

// lookUp is what a map or a list has under a key.
func lookUp(v any, key string) (any, bool) {
	switch v := v.(type) {
	case pyjson.Map:
		return Param(v, key)
	case []any:
		first, rest, more := strings.Cut(key, ".")
		i, err := strconv.Atoi(first)
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		if more {
			return lookUp(v[i], rest)
		}
		return v[i], true
	}
	return nil, false
}
