package repository

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// filling fills variables in.
type filling struct {
	open   func(file string) ([]byte, error) // a file, from the root; nil where there is none
	file   string                            // the dvc.yaml
	name   string                            // of the stage
	recipe *Recipe
	values []pyjson.Map // nil until they were read
	// command are the settings by which whole maps become options, of a command alone.
	command *dvcconfig.Options
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

// value is what a variable stands for, as text.
func (f *filling) value(name string) (string, error) {
	v, err := f.plain(name)
	if err != nil {
		return "", err
	}
	if m, ok := v.(pyjson.Map); ok && f.command != nil {
		if text, err := options(m, *f.command); err == nil {
			return text, nil
		}
	}
	switch v.(type) {
	case pyjson.Map, []any:
		return "", fault.New(fault.Unsupported, "the variable '%s' is not read", name)
	default:
		return plainText(v)
	}
}

// plain is the value of a variable.
func (f *filling) plain(name string) (any, error) {
	if f.values == nil {
		if err := f.read(); err != nil {
			return nil, err
		}
	}
	for _, values := range f.values {
		if v, ok := Param(values, strings.NewReplacer("[", ".", "]", "").Replace(name)); ok {
			return v, nil
		}
	}
	return nil, fault.New(fault.Unsupported, "the variable '%s' is not read", name)
}

// resolved is a value in which variables that stand alone are replaced by what they stand
// for, and others filled in.
func (f *filling) resolved(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if found := variables().FindString(v); found == v && strings.HasPrefix(v, "${") {
			return f.plain(strings.TrimSpace(v[2 : len(v)-1]))
		}
		return f.text(v)
	case []any:
		all := make([]any, len(v))
		for i := range v {
			var err error
			if all[i], err = f.resolved(v[i]); err != nil {
				return nil, err
			}
		}
		return all, nil
	case pyjson.Map:
		m := pyjson.Map{}
		for _, e := range v {
			value, err := f.resolved(e.Value)
			if err != nil {
				return nil, err
			}
			m = append(m, pyjson.Member{Key: e.Key, Value: value})
		}
		return m, nil
	}
	return v, nil
}

// read reads all that variables are looked up in.
func (f *filling) read() error {
	folder := folderOf(f.file)
	f.values = []pyjson.Map{}
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
	return f.item()
}

// item puts the variables of one stage of many before all others: item, and key.
func (f *filling) item() error {
	_, which, many := strings.Cut(f.name, "@")
	if !many || f.recipe.each == nil && f.recipe.matrix == nil {
		return nil
	}
	each, err := f.resolved(f.recipe.each)
	if err != nil {
		return err
	}
	matrix, err := f.resolved(f.recipe.matrix)
	if err != nil {
		return err
	}
	own := pyjson.Map{}
	switch each := each.(type) {
	case []any:
		for i, name := range numbered(each) {
			if name == which {
				own.Set("item", each[i])
			}
		}
	case pyjson.Map:
		if v, ok := each.Get(which); ok {
			own.Set("key", which)
			own.Set("item", v)
		}
	}
	if m, ok := matrix.(pyjson.Map); ok {
		if chosen := choice(m, which); chosen != nil {
			own.Set("key", which)
			own.Set("item", chosen)
		}
	}
	f.values = append([]pyjson.Map{own}, f.values...)
	return nil
}

// names are the stages that come from the list, the map or the matrix.
func (f *filling) names() (all []string, err error) {
	each, err := f.resolved(f.recipe.each)
	if err != nil {
		return nil, err
	}
	switch each := each.(type) {
	case []any:
		all = numbered(each)
	case pyjson.Map:
		for _, e := range each {
			all = append(all, fmt.Sprint(e.Key))
		}
	}
	matrix, err := f.resolved(f.recipe.matrix)
	if err != nil {
		return nil, err
	}
	if m, ok := matrix.(pyjson.Map); ok && len(m) > 0 {
		all = append(all, choices(m)...)
	}
	for i := range all {
		all[i] = f.name + "@" + all[i]
	}
	return all, nil
}

// numbered are what names the items of a list: all by number where one is no plain value.
func numbered(list []any) (all []string) {
	number := slices.ContainsFunc(list, func(v any) bool { return part("", v) == "" && v != any("") })
	for i, v := range list {
		name := fmt.Sprint(i)
		if !number {
			name = part(name, v)
		}
		all = append(all, name)
	}
	return all
}

// choices are what names the choices of a value out of each list.
func choices(matrix pyjson.Map) (all []string) {
	rest := []string{""}
	if len(matrix) > 1 {
		rest = choices(matrix[1:])
		for i := range rest {
			rest[i] = "-" + rest[i]
		}
	}
	list, _ := matrix[0].Value.([]any)
	for i, v := range list {
		for _, r := range rest {
			all = append(all, part(fmt.Sprint(matrix[0].Key, i), v)+r)
		}
	}
	return all
}

// part is what names a value in a stage's name: a map or a list is named by number.
func part(number string, v any) string {
	switch v.(type) {
	case pyjson.Map, []any:
		return number
	}
	text, err := plainText(v)
	if err != nil {
		return number
	}
	return text
}

// choice is what a stage is made of whose name ends in this: a value out of each list.
// nil where nothing is named so.
func choice(matrix pyjson.Map, name string) pyjson.Map {
	if len(matrix) == 0 {
		return nil
	}
	key, _ := matrix[0].Key.(string)
	list, _ := matrix[0].Value.([]any)
	for i, v := range list {
		rest, ok := strings.CutPrefix(name, part(fmt.Sprint(key, i), v))
		if !ok {
			continue
		}
		own := pyjson.Map{{Key: key, Value: v}}
		if len(matrix) == 1 {
			if rest == "" {
				return own
			}
			continue
		}
		if rest, ok = strings.CutPrefix(rest, "-"); ok {
			if others := choice(matrix[1:], rest); others != nil {
				return append(own, others...)
			}
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
