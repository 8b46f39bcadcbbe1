package data

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// update writes docs/compat/dvc.md anew: make generate.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the generated documents anew")
	flag.Parse()
	os.Exit(m.Run())
}

// dvcCommand is a command as dvc's own parser has it; testdata/grammar.py reads it.
type dvcCommand struct {
	Command string
	Aliases []string
	Hidden  bool
	Flags   []dvcFlag
}

// dvcFlag is an option of it.
type dvcFlag struct {
	Names   []string
	Takes   string // one, "one or none", many; "" for nothing
	Choices []string
	Hidden  bool
}

// name is how pages call the option.
func (f dvcFlag) name() string { return f.Names[0] }

func dvcCommands(t *testing.T) []dvcCommand {
	t.Helper()
	text, err := os.ReadFile("testdata/grammar.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		DVC      string
		Commands []dvcCommand
	}
	if err := json.Unmarshal(text, &all); err != nil || all.DVC != As || len(all.Commands) < 80 {
		t.Fatalf("testdata/grammar.json has %d commands of dvc %s: %v", len(all.Commands), all.DVC, err)
	}
	return all.Commands
}

// said is what testdata/differs.txt says of a command, or of an option of it.
type said struct {
	verdict string // better, differs, refused, not there
	how     string
}

// differences are the lines of testdata/differs.txt by "command" and "command --flag". A
// line of a group stands for all below it.
func differences(t *testing.T) map[string]*said {
	t.Helper()
	text, err := os.ReadFile("testdata/differs.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*said{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, "|", 3)
		if len(parts) != 3 {
			t.Fatalf("testdata/differs.txt:%d: a line is COMMAND | VERDICT | HOW OR WHY", i+1)
		}
		what, s := strings.TrimSpace(parts[0]), &said{verdict: strings.TrimSpace(parts[1]), how: strings.TrimSpace(parts[2])}
		if !slices.Contains([]string{"better", "differs", "refused", "not there"}, s.verdict) || s.how == "" || all[what] != nil {
			t.Fatalf("testdata/differs.txt:%d: %q is no verdict with a reason, or the second one", i+1, line)
		}
		all[what] = s
	}
	return all
}

// own is tacit's grammar: options by command, the command itself being "".
func ownGrammar(t *testing.T) map[string]map[string]*kong.Flag {
	t.Helper()
	parser, err := kong.New(&grammar{}, kong.Name("tacit data"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]*kong.Flag{}
	var walk func(n *kong.Node, paths []string, outer map[string]*kong.Flag)
	walk = func(n *kong.Node, paths []string, outer map[string]*kong.Flag) {
		flags := map[string]*kong.Flag{}
		for _, f := range n.Flags {
			for _, name := range append([]string{f.Name}, f.Aliases...) {
				flags["--"+name] = f
				if f.Tag.Negatable != "" {
					flags["--no-"+name] = f
				}
			}
			if f.Short != 0 {
				flags["-"+string(f.Short)] = f
			}
		}
		for name := range outer {
			delete(flags, name)
		}
		for _, p := range paths {
			all[p] = flags
		}
		if n.Type == kong.ApplicationNode {
			outer = flags
		}
		for _, c := range n.Children {
			var below []string
			for _, p := range paths {
				for _, name := range append([]string{c.Name}, c.Aliases...) {
					below = append(below, strings.TrimSpace(p+" "+name))
				}
			}
			walk(c, below, outer)
		}
	}
	walk(parser.Model.Node, []string{""}, nil)
	return all
}

// comparisons are the command lines that the conformance tests give to both tools: for
// each command and option the tests that do.
func comparisons(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "test", "conformance", "test_dvc_*.py"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d tests of the real dvc: %v", len(files), err)
	}
	found := map[string][]string{}
	commands := dvcCommands(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs(string(text)) {
			noteRun(found, commands, r)
		}
	}
	return found
}

// commandLine is one that a test runs.
type commandLine struct {
	test  string
	words []string
}

var (
	testOf = regexp.MustCompile(`(?m)^def (\w+)\(`)
	callOf = regexp.MustCompile(`\.(?:run|said|dvc|tacit)\(((?:[^()]|\([^()]*\))*)\)`)
	loopOf = regexp.MustCompile(`(?s)for args in \((.*?)\):\n`)
	listOf = regexp.MustCompile(`\[([^\]]*)\]`)
	wordOf = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
)

func words(s string) (all []string) {
	for _, m := range wordOf.FindAllStringSubmatch(s, -1) {
		all = append(all, m[1])
	}
	return all
}

// runs reads the command lines of a test in Python, also of those that stand in a list.
func runs(text string) (all []commandLine) {
	for _, at := range callOf.FindAllStringSubmatchIndex(text, -1) {
		before, call := text[:at[0]], text[at[2]:at[3]]
		tests := testOf.FindAllStringSubmatch(before, -1)
		if len(tests) == 0 {
			continue
		}
		test := strings.ReplaceAll(strings.TrimPrefix(tests[len(tests)-1][1], "test_"), "_", " ")
		if test == "base" || test == "repository" { // what others begin with
			continue
		}
		all = append(all, commandLine{test, words(call)})
		if loops := loopOf.FindAllStringSubmatch(before, -1); strings.Contains(call, "*args") && len(loops) > 0 {
			for _, list := range listOf.FindAllStringSubmatch(loops[len(loops)-1][1], -1) {
				all = append(all, commandLine{test, append(words(call), words(list[1])...)})
			}
		}
	}
	return all
}

// noteRun finds the command of a line and its options.
func noteRun(found map[string][]string, commands []dvcCommand, r commandLine) {
	note := func(what string) {
		if !slices.Contains(found[what], r.test) {
			found[what] = append(found[what], r.test)
		}
	}
	line := r.words
	for len(line) > 0 && strings.HasPrefix(line[0], "-") {
		if line = line[1:]; r.words[0] == "--cd" && len(line) > 0 {
			note(" --cd")
			line = line[1:]
		}
	}
	best := dvcCommand{}
	for _, c := range commands {
		for _, name := range append([]string{c.Command}, c.Aliases...) {
			path := strings.Fields(name)
			if parent := strings.Fields(c.Command); len(c.Aliases) > 0 && name != c.Command {
				path = append(slices.Clone(parent[:len(parent)-1]), name)
			}
			if len(path) > len(strings.Fields(best.Command)) && len(line) >= len(path) && slices.Equal(line[:len(path)], path) {
				best = c
			}
		}
	}
	if best.Command == "" {
		return
	}
	note(best.Command)
	for _, w := range r.words {
		name, _, _ := strings.Cut(w, "=")
		for _, c := range []dvcCommand{commands[0], best} {
			for _, f := range c.Flags {
				if slices.Contains(f.Names, name) {
					note(c.Command + " " + f.name())
				}
			}
		}
	}
}
