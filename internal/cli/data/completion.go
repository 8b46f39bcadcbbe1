package data

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `short:"s" enum:"bash,zsh,tcsh" default:"bash" help:"Shell syntax for completions: bash, zsh or tcsh."`
}

// Run prints what a shell needs to complete these command lines.
func (c *completionCommand) Run(s *session) error {
	parser, err := kong.New(&grammar{}, kong.KindMapper(reflect.String, kong.MapperFunc(asItIs)))
	if err != nil {
		return err
	}
	var all []string
	words := map[string]string{}
	for _, n := range parser.Model.Children {
		if n.Hidden {
			continue
		}
		all = append(all, n.Name)
		var own []string
		for _, below := range n.Children {
			own = append(own, below.Name)
		}
		for _, f := range n.Flags {
			own = append(own, "--"+f.Name)
		}
		words[n.Name] = strings.Join(own, " ")
	}
	first := strings.Join(all, " ")
	switch c.Shell {
	case "bash":
		s.say("%s", bash(first, all, words))
	case "zsh":
		s.say("autoload -U +X bashcompinit && bashcompinit\n%s", bash(first, all, words))
	case "tcsh":
		s.say("complete tacit 'p/1/(data)/' 'p/2/(%s)/'\ncomplete dvc 'p/1/(%s)/'", first, first)
	}
	return nil
}

func bash(first string, all []string, words map[string]string) string {
	var b strings.Builder
	b.WriteString("# Completes \"tacit data\", and \"dvc\" where that is a function or an alias of it.\n_tacit_data() {\n" +
		"  local word=${COMP_WORDS[COMP_CWORD]} at=1\n  [ \"${COMP_WORDS[0]}\" = dvc ] || at=2\n" +
		"  if [ $at = 2 ] && [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY=($(compgen -W data -- \"$word\")); return; fi\n" +
		"  if [ $at = 2 ] && [ \"${COMP_WORDS[1]}\" != data ]; then return; fi\n")
	fmt.Fprintf(&b, "  if [ \"$COMP_CWORD\" = $at ]; then COMPREPLY=($(compgen -W \"%s\" -- \"$word\")); return; fi\n  case ${COMP_WORDS[$at]} in\n", first)
	for _, name := range all {
		fmt.Fprintf(&b, "    %s) COMPREPLY=($(compgen -W \"%s\" -- \"$word\")) ;;\n", name, words[name])
	}
	b.WriteString("  esac\n  [ \"${word#-}\" != \"$word\" ] || COMPREPLY+=($(compgen -f -- \"$word\"))\n}\ncomplete -o filenames -F _tacit_data tacit dvc")
	return b.String()
}
