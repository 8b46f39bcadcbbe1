package compat

import (
	_ "embed"
	"strings"
)

//go:embed modelscan.txt
var modelScanText string

//go:embed picklescan.txt
var pickleScanText string

// names are those of a module that a list has.
type names struct {
	any   bool
	list  []string
	parts string // any part of this word
}

// readList reads a list: for each first word its modules in order.
func readList(text string) map[string]map[string]names {
	out := map[string]map[string]names{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		head, rest, _ := strings.Cut(line, ":")
		class, module, _ := strings.Cut(head, " ")
		n := names{list: strings.Fields(rest)}
		switch {
		case rest == " *":
			n = names{any: true}
		case strings.HasPrefix(rest, " ~"):
			n = names{parts: rest[2:]}
		}
		if out[class] == nil {
			out[class] = map[string]names{}
		}
		out[class][module] = n
	}
	return out
}
