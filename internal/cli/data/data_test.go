package data

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestSpelled: lines that the parser does not know as they are mean what dvc means by them.
func TestSpelled(t *testing.T) {
	for line, want := range map[string]string{
		"":                                   "--help",
		"help add":                           "add --help",
		"status --granular":                  "data status --granular",
		"-q status --unchanged x":            "-q data status --unchanged x",
		"data status --granular":             "data status --granular",
		"status":                             "status",
		"add status --untracked-files":       "add status --untracked-files=all",
		"data status --untracked-files no":   "data status --untracked-files=no",
		"data status --untracked-files d":    "data status --untracked-files=all d",
		"diff --targets a b --json HEAD":     "diff --targets=a --targets=b --json HEAD",
		"add -- --targets --untracked-files": "add -- --targets --untracked-files",
	} {
		if got := strings.Join(spelled(strings.Fields(line)), " "); got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

// TestJSON writes what Python writes: in ASCII, in the order of the keys, also of names
// that are no UTF-8.
func TestJSON(t *testing.T) {
	value := document{{"b", []any{"é\xff", document{}}}, {"a", []string{"x\"\n"}}, {"none", nil}, {"n", 3}}
	if got := string(appendJSON(nil, value, "", "")); got != `{"b": ["\u00e9\udcff", {}], "a": ["x\"\n"], "none": null, "n": 3}` {
		t.Error(got)
	}
	if got := string(appendJSON(nil, value[:1], "  ", "")); got != "{\n  \"b\": [\n    \"\\u00e9\\udcff\",\n    {}\n  ]\n}" {
		t.Error(got)
	}
}

// TestQuote writes words as a shell reads them.
func TestQuote(t *testing.T) {
	for word, want := range map[string]string{"a/b.csv": "a/b.csv", "": "''", "a b": "'a b'", "it's": `'it'"'"'s'`, "é": "'é'"} {
		if got := quote(word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
}

// run runs a line where the test stands.
func run(t *testing.T, ask bool, answer string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(context.Background(), Terminal{In: strings.NewReader(answer), Out: &o, Errs: &e, Version: "1", Program: "tacit data", Ask: ask}, args)
	return code, o.String(), e.String()
}

// TestNoCommand fails as dvc does: a script that lost its command is told so.
func TestNoCommand(t *testing.T) {
	if code, out, errs := run(t, false, ""); code != 254 || !strings.Contains(out, "checkout") || !strings.Contains(errs, "are required: command") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if code, out, errs := run(t, false, "", "--help"); code != 0 || !strings.Contains(out, "checkout") || errs != "" {
		t.Errorf("%d %s %s", code, out, errs)
	}
}

// TestFullDisk is told in words, with what to do, whoever wrote.
func TestFullDisk(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("stage: %w", &fs.PathError{Op: "write", Path: "/a/b", Err: syscall.ENOSPC}), "ERROR: There is no room in /a: the disk is full.\n  hint: make room, and say the command again\n"},
		{fault.WithHint(fault.Because(syscall.EACCES, fault.Unavailable, "'f' cannot be written."), "see who may"), "ERROR: 'f' cannot be written: permission denied\n  hint: see who may\n"},
	} {
		var errs bytes.Buffer
		s := &session{ctx: context.Background(), Terminal: Terminal{Errs: &errs}, globals: &globals{}}
		if code := s.fail(c.err); code == 0 || errs.String() != c.want {
			t.Errorf("%d %q, want %q", code, errs.String(), c.want)
		}
	}
}

// TestAsking: a person who is there is asked, and a no changes nothing.
func TestAsking(t *testing.T) {
	t.Chdir(t.TempDir())
	datasettest.Write(t, "f", "1")
	for _, args := range [][]string{{"init", "-q", "--no-scm"}, {"add", "f"}} {
		if code, _, errs := run(t, false, "", args...); code != 0 {
			t.Fatalf("%q: %d, %s", args, code, errs)
		}
	}
	was := datasettest.Read(t, "f.dvc")
	datasettest.Write(t, "f", "2")
	for _, c := range []struct {
		ask    bool
		answer string
		code   int
	}{{false, "y\n", 1}, {true, "", 1}, {true, "n\n", 1}, {true, "perhaps\nYES\n", 0}} {
		code, _, errs := run(t, c.ask, c.answer, "commit", "f")
		if code != c.code || (datasettest.Read(t, "f.dvc") != was) != (c.code == 0) {
			t.Errorf("asked: %v, answered %q: %d, %s", c.ask, c.answer, code, errs)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	var errs bytes.Buffer
	if code := Run(ended, Terminal{Out: &bytes.Buffer{}, Errs: &errs}, []string{"status"}); code != 252 || !strings.Contains(errs.String(), "interrupted by the user") {
		t.Errorf("called off: %d, %s", code, errs.String())
	}
	if code, _, _ := run(t, true, "no\n", "destroy"); code != 1 {
		t.Errorf("destroy that was refused: %d", code)
	}
	if _, err := os.Stat("f.dvc"); err != nil {
		t.Error(err)
	}
}

// TestCompletion names all commands that help lists.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "tcsh"} {
		code, out, errs := run(t, false, "", "completion", "-s", shell)
		for _, word := range []string{"checkout", "unprotect", "data-status"} {
			if found := slices.Contains(strings.FieldsFunc(out, func(r rune) bool { return strings.ContainsRune(" \"()'\n", r) }), word); code != 0 || found == (word == "data-status") {
				t.Errorf("%s: %s is there: %v; %d, %s", shell, word, found, code, errs)
			}
		}
	}
	if code, _, _ := run(t, false, "", "completion", "-s", "fish"); code != 254 {
		t.Errorf("a shell that is not known: %d", code)
	}
}

// TestVersion is told beside the flags that every command takes, and of a command's own
// options is none.
func TestVersion(t *testing.T) {
	for _, line := range []string{"--version", "-V", "--version -q", "-q --version", "-vq --cd nowhere -V"} {
		if code, out, errs := run(t, false, "", strings.Fields(line)...); code != 0 || out != As+"\n" || errs != "" {
			t.Errorf("%s: %d, %s%s", line, code, out, errs)
		}
	}
	if code, _, _ := run(t, false, "", "add", "--version"); code != 254 {
		t.Errorf("add --version: %d", code)
	}
}
