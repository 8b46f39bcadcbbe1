package peer

import (
	"fmt"
	"strings"
)

// option is one of a program's command line.
type option struct {
	names  []string // as they are typed: "-p", "--path"
	value  string   // what stands for its value in the help; "" for a flag
	choice []string // its values; nil for any
	help   string
	// refuse is why it is not carried out; "" when it is.
	refuse string
	// apart are options of which only one may be given: those with the same word.
	apart string
}

// name is the long one, without dashes.
func (o option) name() string { return strings.TrimLeft(o.names[len(o.names)-1], "-") }

// grammar is a command line.
type grammar struct {
	options []option
	// abbreviates takes any beginning of a long name that only one has, as Python's
	// argparse does.
	abbreviates bool
}

// arguments are what a command line gave.
type arguments struct {
	values map[string][]string
	rest   []string
}

func (a arguments) has(name string) bool { return len(a.values[name]) > 0 }

// last is the value that counts of an option given several times.
func (a arguments) last(name string) string {
	if v := a.values[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// wrong is a command line that cannot be meant.
type wrong struct{ text string }

// Error is the sentence.
func (w *wrong) Error() string { return w.text }

func wrongly(format string, args ...any) error { return &wrong{fmt.Sprintf(format, args...)} }

// parse reads a command line.
func (g grammar) parse(args []string) (arguments, error) {
	out := arguments{values: map[string][]string{}}
	given := map[string]string{}
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			out.rest = append(out.rest, args[i+1:]...)
			return out, nil
		case len(a) < 2 || a[0] != '-':
			out.rest = append(out.rest, a)
			continue
		}
		o, value, joined, tail, err := g.find(a)
		if err != nil {
			return out, err
		}
		if o.refuse != "" {
			return out, wrongly("%s is not carried out: %s", o.names[len(o.names)-1], o.refuse)
		}
		if before := given[o.apart]; o.apart != "" && before != "" && before != o.name() {
			return out, wrongly("argument %s: not allowed with argument --%s", strings.Join(o.names, "/"), before)
		}
		given[o.apart] = o.name()
		switch {
		case o.value == "" && joined:
			return out, wrongly("Option '%s' does not take a value.", o.names[len(o.names)-1])
		case o.value == "":
			value = "true"
			if tail != "" { // further flags of one letter
				args = append(append(append([]string{}, args[:i+1]...), "-"+tail), args[i+1:]...)
			}
		case !joined:
			if i++; i == len(args) {
				return out, wrongly("Option '%s' requires an argument.", a)
			}
			value = args[i]
		}
		if !allowed(o, value) {
			return out, wrongly("Invalid value for '%s': '%s' is not one of %s.", strings.Join(o.names, "' / '"), value, quoted(o.choice))
		}
		out.values[o.name()] = append(out.values[o.name()], value)
	}
	return out, nil
}

func allowed(o option, value string) bool {
	for _, c := range o.choice {
		if c == value {
			return true
		}
	}
	return o.choice == nil
}

func quoted(words []string) string { return "'" + strings.Join(words, "', '") + "'" }

// find is the option that a word is, with the value that stands in it: --o=v or
// -ov. The tail of a flag of one letter is further flags.
func (g grammar) find(word string) (o option, value string, joined bool, tail string, err error) {
	head, value, joined := strings.Cut(word, "=")
	for _, o := range g.options {
		for _, n := range o.names {
			if n == head {
				return o, value, joined, "", nil
			}
		}
	}
	if strings.HasPrefix(word, "--") {
		return g.abbreviated(head, value, joined)
	}
	for _, o := range g.options {
		for _, n := range o.names {
			if len(n) == 2 && n == word[:2] {
				if o.value == "" {
					return o, "", false, word[2:], nil
				}
				return o, word[2:], true, "", nil
			}
		}
	}
	return o, "", false, "", wrongly("No such option '%s'.", head)
}

func (g grammar) abbreviated(head, value string, joined bool) (o option, _ string, _ bool, tail string, err error) {
	found := 0
	for _, c := range g.options {
		for _, n := range c.names {
			if g.abbreviates && strings.HasPrefix(n, head) && strings.HasPrefix(n, "--") && n != "--strict-compat" { // which is tacit's
				o = c
				found++
			}
		}
	}
	switch found {
	case 0:
		return o, "", false, "", wrongly("No such option '%s'.", head)
	case 1:
		return o, value, joined, "", nil
	}
	return o, "", false, "", wrongly("ambiguous option: %s could match several.", head)
}

// help lists the options.
func (g grammar) help() string {
	var b strings.Builder
	for _, o := range g.options {
		head := "  " + strings.Join(o.names, ", ")
		if o.choice != nil {
			head += " [" + strings.Join(o.choice, "|") + "]"
		} else if o.value != "" {
			head += " " + o.value
		}
		fmt.Fprintf(&b, "%s\n        %s\n", head, o.help)
		if o.refuse != "" {
			fmt.Fprintf(&b, "        Not carried out: %s\n", o.refuse)
		}
	}
	return b.String()
}
