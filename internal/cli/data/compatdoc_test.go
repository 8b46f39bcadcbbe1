package data

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// compatibility is what the page tells of dvc's commands.
type compatibility struct {
	commands []dvcCommand
	own      map[string]map[string]bool // tacit's options by command
	said     map[string]*said
	compared map[string][]string
	used     map[string]bool // lines of said that the page has
	wrong    []string
}

// compatRow is one command or option.
type compatRow struct{ what, verdict, how, by string }

func compatibilityOf(t *testing.T) *compatibility {
	c := &compatibility{commands: dvcCommands(t), said: differences(t), compared: comparisons(t), own: map[string]map[string]bool{}, used: map[string]bool{}}
	for command, flags := range ownGrammar(t) {
		c.own[command] = map[string]bool{}
		for name := range flags {
			c.own[command][name] = true
		}
	}
	// Read before the grammar is.
	for _, name := range []string{"--version", "-V"} {
		if code, out, _ := run(t, false, "", name); code == 0 && out == As+"\n" {
			c.own[""][name] = true
		}
	}
	return c
}

// rows are those of a command; none for one that stands in the line of another.
func (c *compatibility) rows(d dvcCommand) (all []compatRow) {
	if group := c.absent(d.Command); group != "" {
		if group != d.Command {
			return nil
		}
		c.used[group] = true
		return []compatRow{{"`" + d.Command + "`", c.said[group].verdict, c.said[group].how, ""}}
	}
	if _, there := c.own[d.Command]; !there {
		c.wrong = append(c.wrong, d.Command+" is not there, and testdata/differs.txt does not say why")
		return nil
	}
	for _, alias := range d.Aliases {
		if c.own[alias] == nil {
			c.wrong = append(c.wrong, d.Command+" is not there under its other name, "+alias)
		}
	}
	if d.Command != "" {
		all = append(all, c.row(strings.Join(append([]string{"`" + d.Command + "`"}, quoted(d.Aliases)...), ", "), d.Command, true))
	}
	for _, f := range d.Flags {
		there := true
		for _, name := range f.Names {
			there = there && c.own[d.Command][name]
		}
		r := c.row(strings.Join(quoted(f.Names), ", "), strings.TrimSpace(d.Command+" "+f.name()), there)
		all = append(all, r)
	}
	return all
}

// absent is the line of differs.txt by which a command is not there: its own, or that of
// the group it is in.
func (c *compatibility) absent(command string) string {
	for path := command; path != ""; {
		if s := c.said[path]; s != nil && s.verdict == "not there" && c.own[path] == nil {
			return path
		}
		i := strings.LastIndexByte(path, ' ')
		path = path[:max(i, 0)]
	}
	return ""
}

func (c *compatibility) row(shown, what string, there bool) compatRow {
	r := compatRow{what: shown, verdict: "same"}
	key := what
	if strings.HasPrefix(what, "--") {
		key = " " + what
	}
	r.by = some(c.compared[key])
	s := c.said[what]
	if s == nil && !there {
		c.wrong = append(c.wrong, what+" is not there, and testdata/differs.txt does not say why")
	}
	if s == nil {
		return r
	}
	c.used[what] = true
	if (s.verdict == "not there") == there {
		c.wrong = append(c.wrong, fmt.Sprintf("%s is called %q in testdata/differs.txt, and that is not so", what, s.verdict))
	}
	r.verdict, r.how = s.verdict, s.how
	return r
}

// some are the first of a list of tests, and how many there are besides.
func some(tests []string) string {
	const most = 3
	if len(tests) <= most+1 {
		return strings.Join(tests, " · ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(tests[:most], " · "), len(tests)-most)
}

func quoted(names []string) (all []string) {
	for _, n := range names {
		all = append(all, "`"+n+"`")
	}
	return all
}

// more are the commands and options of tacit that dvc has not.
func (c *compatibility) more() (all []string) {
	theirs := map[string]map[string]bool{}
	for _, d := range c.commands {
		flags := map[string]bool{"--help": true, "-h": true}
		for _, f := range d.Flags {
			for _, n := range f.Names {
				flags[n] = true
			}
		}
		theirs[d.Command] = flags
		for _, a := range d.Aliases {
			theirs[a] = flags
		}
	}
	for command, flags := range c.own {
		if theirs[command] == nil {
			all = append(all, "`"+command+"`")
			continue
		}
		for name := range flags {
			if !theirs[command][name] && strings.HasPrefix(name, "--") {
				all = append(all, strings.TrimSpace("`"+command+" "+name+"`"))
			}
		}
	}
	return all
}

// TestGeneratedDocuments: docs/compat/dvc.md says of every command and option of dvc what
// becomes of it here, as the grammar and the conformance tests have it.
func TestGeneratedDocuments(t *testing.T) {
	c := compatibilityOf(t)
	document := c.document()
	for _, w := range c.wrong {
		t.Error(w)
	}
	for what := range c.said {
		if !c.used[what] {
			t.Errorf("testdata/differs.txt has a line for %q, which dvc has not", what)
		}
	}
	path := filepath.Join("..", "..", "..", "docs", "compat", "dvc.md")
	if update() {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, document) {
		t.Error("docs/compat/dvc.md is not what the grammar says: make generate")
	}
}

// What a command refuses by name, its line says so, and the reverse.
func TestRefusedOptionsAreTold(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`Unsupported, "([a-z -]+ --[a-z-]+) is not there`).FindAllStringSubmatch(string(text), -1) {
			refused[m[1]] = true
		}
	}
	said := differences(t)
	for what, s := range said {
		if s.verdict == "refused" && !refused[what] {
			t.Errorf("testdata/differs.txt says that %s is refused, and nothing refuses it", what)
		}
	}
	for what := range refused {
		if s := said[what]; s == nil || s.verdict != "refused" {
			t.Errorf("%s is refused, and testdata/differs.txt does not say so", what)
		}
	}
}
