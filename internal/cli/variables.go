package cli

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/config"
)

// prefix is how the variables of settings begin.
const prefix = "TACIT_"

// stray is a variable of the environment that is named as tacit's settings are
// and is none: nothing reads it.
type stray struct {
	name string
	near string // the setting that may be meant, "" for none
}

// String says what is wrong.
func (s stray) String() string { return s.name + " is no setting of tacit: nothing reads it" }

// remedy says what to do.
func (s stray) remedy() string {
	if s.near == "" {
		return "remove it; tacit up --help names the settings"
	}
	return "did you mean " + s.near + "?"
}

// others are variables that begin so and are not for the commands: those of the
// tests, and those that Kubernetes sets in each container for a service whose
// name begins with tacit.
const others = `^TACIT_(TEST|CONFORMANCE)_` +
	`|^TACIT_(\w+_)?SERVICE_(HOST|PORT\w*)=|^TACIT_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)\w*=|^TACIT_(\w+_)?PORT=(tcp|udp|sctp)://`

// strays are those of the environment, in its order. A settings file that cannot
// be read is told elsewhere.
func (p place) strays(k *kong.Context) []stray {
	file, _, _ := load(p)
	known, theirs := append(variables(k.Model), app.VariablesOf(file)...), regexp.MustCompile(others)
	var all []stray
	for _, one := range os.Environ() {
		name, value, _ := strings.Cut(one, "=")
		word, ours := strings.CutPrefix(name, prefix)
		if !ours || value == "" || theirs.MatchString(one) || slices.Contains(known, name) {
			continue
		}
		s := stray{name: name}
		if near := config.Nearest(word, words(known)); near != "" {
			s.near = prefix + near
		}
		all = append(all, s)
	}
	return all
}

// words are what stands behind the prefix of variables.
func words(variables []string) []string {
	all := make([]string, len(variables))
	for i, v := range variables {
		all[i] = strings.TrimPrefix(v, prefix)
	}
	return all
}

// variables are those that the commands read, as their flags name them.
func variables(model *kong.Application) []string {
	var all []string
	for _, flag := range flagsOf(model) {
		all = append(all, flag.Envs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// flagsOf are those of all commands.
func flagsOf(model *kong.Application) (all []*kong.Flag) {
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error { // the visit itself never fails
		if flag, ok := node.(*kong.Flag); ok {
			all = append(all, flag)
		}
		return next(nil)
	})
	return all
}
