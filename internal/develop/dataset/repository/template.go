package repository

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Recipe is what dvc.yaml says of how a stage runs, as it stands there.
type Recipe struct {
	Cmd    any   // text, or a list of texts
	Params []any // texts, and maps of files to lists of texts or nothing
	Always bool  // it counts as changed at all times

	each any   // a list or a map, whose items are variables of the stages that come from it; nil for none
	vars []any // of all stages of the file, then of this one
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
// read it is fault.Unsupported: those of matrices, and whole maps and lists.
func (r *Repository) Command(s *Stage) (any, error) {
	fill := r.filling(s)
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

// ReadParams reads a file of params: YAML, or JSON. nil where there is none, and
// fault.Unsupported for files in another language.
func (r *Repository) ReadParams(file string) (pyjson.Map, error) { return readParams(file, r.there) }

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
	if !isParams(file) {
		return nil, fault.New(fault.Unsupported, "params in '%s' are not read", path.Base(file))
	}
	if strings.HasPrefix(file, "../") { // of another's repository, nothing of this machine is looked at
		return nil, fault.New(fault.Unsupported, "params outside of the repository are not read")
	}
	content, err := read(file)
	if content == nil || err != nil {
		return nil, err
	}
	root, err := yamltext.Parse(content) // JSON is YAML
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "unable to read: '%s', YAML file structure is corrupted: %s", file, err)
	}
	values, _ := root.Plain().(pyjson.Map)
	if values == nil {
		values = pyjson.Map{}
	}
	return values, nil
}

// isParams says whether a file may have params that are read.
func isParams(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// Param is a value by its key, with dots between the names of maps.
func Param(values pyjson.Map, key string) (any, bool) {
	if v, ok := values.Get(key); ok {
		return v, true
	}
	first, rest, more := strings.Cut(key, ".")
	v, ok := values.Get(first)
	below, isMap := v.(pyjson.Map)
	if !ok || !more || !isMap {
		return nil, false
	}
	return Param(below, rest)
}

// item has the variables of one stage of many: item, and key where they come from a map.
func (r *Recipe) item(name string) (own pyjson.Map) {
	_, which, _ := strings.Cut(name, "@")
	switch each := r.each.(type) {
	case []any:
		for i, v := range each {
			_, isMap := v.(pyjson.Map)
			if fmt.Sprint(v) == which || isMap && fmt.Sprint(i) == which {
				own.Set("item", v)
			}
		}
	case pyjson.Map:
		if v, ok := each.Get(which); ok {
			own.Set("key", which)
			own.Set("item", v)
		}
	}
	return own
}

// filling fills variables in.
type filling struct {
	open   func(file string) ([]byte, error) // a file, from the root; nil where there is none
	file   string                            // the dvc.yaml
	name   string                            // of the stage
	recipe *Recipe
	values []pyjson.Map // nil until they were read
}

func (r *Repository) filling(s *Stage) *filling {
	return &filling{open: r.there, file: s.File, name: s.Name, recipe: s.Recipe}
}

func variables() *regexp.Regexp { return regexp.MustCompile(`\\?\$\{[^}]*\}`) }

// text is a text with its variables filled in.
func (f *filling) text(text string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var failed error
	filled := variables().ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, `\`) {
			return found[1:]
		}
		value, err := f.value(strings.TrimSpace(found[2 : len(found)-1]))
		failed = errors.Join(failed, err)
		return value
	})
	return filled, failed
}

// value is what a variable stands for.
func (f *filling) value(name string) (string, error) {
	unread := fault.New(fault.Unsupported, "the variable '%s' is not read", name)
	if strings.ContainsAny(name, "[]") {
		return "", unread
	}
	if f.values == nil {
		if err := f.read(); err != nil {
			return "", err
		}
	}
	for _, values := range f.values {
		v, ok := Param(values, name)
		if !ok {
			continue
		}
		switch v := v.(type) {
		case pyjson.Map, []any, nil, float64:
			return "", unread
		default:
			return fmt.Sprint(v), nil
		}
	}
	return "", unread
}

// read reads all that variables are looked up in.
func (f *filling) read() error {
	folder := folderOf(f.file)
	f.values = append(f.values, f.recipe.item(f.name))
	usual, err := readParams(join(folder, usualParams), f.open)
	if err != nil {
		return err
	}
	f.values = append(f.values, usual)
	for _, v := range f.recipe.vars {
		switch v := v.(type) {
		case pyjson.Map:
			f.values = append(f.values, v)
		case string:
			file, keys, some := strings.Cut(v, ":")
			values, err := readParams(join(folder, file), f.open)
			if err != nil {
				return err
			}
			if some {
				values = picked(values, strings.Split(keys, ","))
			}
			f.values = append(f.values, values)
		}
	}
	return nil
}

// picked is a part of some values.
func picked(values pyjson.Map, keys []string) (some pyjson.Map) {
	for _, k := range keys {
		if v, ok := Param(values, strings.TrimSpace(k)); ok {
			some.Set(strings.TrimSpace(k), v)
		}
	}
	return some
}
