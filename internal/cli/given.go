package cli

import (
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// heed looks at what flags and variables give a command, before it runs: a setting
// that is empty is refused, one that nothing reads is warned of. Both are
// findings where they are asked for.
func heed(t *terminal, k *kong.Context) error {
	command, ok := k.Selected().Target.Interface().(interface{ where() place })
	if _, examines := command.(doctorCommand); !ok || examines {
		return nil
	}
	flags := k.Flags()
	if _, checks := command.(configCheck); checks {
		flags = flagsOf(k.Model) // those of the server as well
	}
	if empty := emptySettings(k, flags, command.where()); len(empty) > 0 {
		return wrongUsage(empty[0])
	}
	t.warnOf(command.where().warnings(k))
	return nil
}

// where gives the place of any command that has one.
func (p place) where() place { return p }

// emptySettings refuses each setting among the flags that was given and is empty,
// as "$DB" is where nobody set it: it would pass as one that was not given. The key
// pair of a bucket may be empty where the bytes are in none: nobody reads it then.
func emptySettings(k *kong.Context, flags []*kong.Flag, p place) (all []error) {
	typed := map[*kong.Flag]bool{}
	for _, step := range k.Path {
		typed[step.Flag] = true
	}
	told := map[string]bool{}
	for _, flag := range flags {
		if isSetting := len(flag.Envs) > 0 || flag.Name == "url"; !isSetting {
			continue
		}
		if slices.ContainsFunc(flag.Envs, func(v string) bool { return strings.HasPrefix(v, "TACIT_S3_") }) && !strings.HasPrefix(p.Blobs, "s3://") {
			continue
		}
		if typed[flag] {
			if hasNothing(flag.Target) {
				all = append(all, fault.WithHint(fault.New(fault.Invalid, "--%s is empty.", flag.Name), "give it a value, or leave it away"))
			}
			continue
		}
		for _, variable := range flag.Envs {
			if value, set := os.LookupEnv(variable); set && value == "" && !told[variable] {
				told[variable] = true
				all = append(all, fault.WithHint(fault.New(fault.Invalid, "%s is set and empty.", variable), "unset it, or give it a value"))
			}
		}
	}
	return all
}

// hasNothing says whether a text, or each of a list of texts, is empty.
func hasNothing(v reflect.Value) bool {
	if v.Kind() != reflect.Slice {
		return v.IsZero()
	}
	for i := range v.Len() {
		if !v.Index(i).IsZero() {
			return false
		}
	}
	return true
}

// given are the settings that the command line gave as flags, as another command
// takes them. What variables gave holds for that one anyway; a password in an
// address is not told.
func given(k *kong.Context) string {
	var b strings.Builder
	for _, step := range k.Path {
		if step.Flag == nil || len(step.Flag.Envs) == 0 {
			continue
		}
		value := fmt.Sprint(step.Flag.Target.Interface())
		if u, err := url.Parse(value); err == nil && u.User != nil {
			value = u.Redacted()
		}
		b.WriteString(" --" + step.Flag.Name + " " + app.Quoted(value))
	}
	return b.String()
}
