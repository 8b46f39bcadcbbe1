package repository

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// options are a map of variables as options of a command, as dvc writes them: maps within
// it by their keys with dots, by the settings of the section "parsing" true and false alone
// or as --no-…, and lists behind one option or one for each item.
func options(m pyjson.Map, parsing dvcconfig.Options) (string, error) {
	var all []string
	err := flatten("", m, func(key string, value any) error {
		switch v := value.(type) {
		case bool:
			switch {
			case v:
				all = append(all, "--"+key)
			case parsing.Text("bool") == "boolean_optional":
				all = append(all, "--no-"+key)
			}
			return nil
		case []any:
			for i, one := range v {
				word, err := word(one)
				if err != nil {
					return err
				}
				if i == 0 || parsing.Text("list") == "append" {
					word = "--" + key + " " + word
				}
				all = append(all, word)
			}
			return nil
		}
		word, err := word(value)
		all = append(all, "--"+key+" "+word)
		return err
	})
	return strings.Join(all, " "), err
}

// flatten calls a function with each value of a map and of those within it.
func flatten(before string, m pyjson.Map, do func(key string, value any) error) error {
	for _, e := range m {
		key := before + fmt.Sprint(e.Key)
		below, isMap := e.Value.(pyjson.Map)
		if isMap && len(below) > 0 {
			if err := flatten(key+".", below, do); err != nil {
				return err
			}
			continue
		}
		if err := do(key, e.Value); err != nil {
			return err
		}
	}
	return nil
}

// word is a value as a word of a shell's command line.
func word(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return quoted(v), nil
	case pyjson.Map, []any:
		return "", fault.New(fault.Unsupported, "lists within lists are not read")
	}
	return plainText(v)
}

// plainText is a value that is no text, map or list as Python prints it.
func plainText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "None", nil
	case float64:
		text, err := pyjson.Marshal(v)
		return string(text), err
	}
	return fmt.Sprint(v), nil
}

// quoted is a word as Python's shlex.quote writes it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./-_", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
}
