package peer

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
	"github.com/tacit-ml/tacit/ml/pickle"
)

const (
	writesNone = "tacit writes no pickle that runs code"
	noCompat   = "tacit reproduces the answers of modelscan and picklescan alone"
	// resultsFile is where fickling keeps what --check-safety found.
	resultsFile = "safety_results.json"
)

// ficklingGrammar is the command line of fickling 0.1.12.
var ficklingGrammar = grammar{abbreviates: true, options: []option{
	{names: []string{"-s", "--check-safety"}, apart: "deed", help: "Test whether the file is unsafe; the exit code says it."},
	{names: []string{"--json-output"}, value: "FILE", help: "Append the results of --check-safety there; " + resultsFile + " unless set."},
	{names: []string{"-p", "--print-results"}, help: "Print the results of --check-safety."},
	{names: []string{"-t", "--trace"}, help: "Print the opcodes before what they do."},
	{names: []string{"-v", "--version"}, help: "Print the version whose command line this is."},
	{names: []string{"-i", "--inject"}, value: "CODE", apart: "deed", help: "Write the pickle anew, with code in it.", refuse: writesNone},
	{names: []string{"--inject-target"}, value: "N", help: "The pickle to put it into.", refuse: writesNone},
	{names: []string{"-c", "--create"}, value: "CODE", apart: "deed", help: "Write a pickle of code.", refuse: writesNone},
	{names: []string{"-l", "--run-last"}, help: "With --inject.", refuse: writesNone},
	{names: []string{"-r", "--replace-result"}, help: "With --inject.", refuse: writesNone},
	{names: []string{"--huggingface", "--hf"}, value: "REPO", apart: "deed", help: "Scan a model of the Hugging Face hub.", refuse: fetchFirst},
	{names: []string{"--hf-revision"}, value: "REVISION", help: "With --huggingface.", refuse: fetchFirst},
	{names: []string{"--hf-token"}, value: "TOKEN", help: "With --huggingface.", refuse: fetchFirst},
	{names: []string{"--strict-compat"}, help: compatHelp, refuse: noCompat},
	{names: []string{"-h", "--help"}, help: "Print this."},
}}

const ficklingUsage = `usage: fickling [OPTIONS] [PICKLE_FILE]

This is tacit, called as fickling 0.1.12: its command line, its report and its exit codes. The file is - for standard
input unless named; a folder is scanned with all that is in it. Without an option, what the pickle would do is printed.

`

const ficklingCodes = `
Exit codes: 0 likely safe, or printed · 1 unsafe, or the file could not be opened · 2 the file could not be read completely, or wrong usage
`

func runFickling(ctx context.Context, args []string, t Terminal) int {
	a, err := ficklingGrammar.parse(args)
	if err == nil && len(a.rest) > 1 {
		err = wrongly("unrecognized arguments: %s", a.rest[1])
	}
	switch {
	case err != nil:
		t.tell("%sfickling: error: %s", ficklingUsage, err)
		return 2
	case a.has("help"):
		t.say("%s%s%s", ficklingUsage, ficklingGrammar.help(), ficklingCodes)
		return 0
	case a.has("version"):
		t.say("0.1.12\n")
		return 0
	case !a.has("check-safety") && (a.has("json-output") || a.has("print-results")):
		t.tell("%sfickling: error: --json-output and --print-results belong to --check-safety", ficklingUsage)
		return 2
	case a.has("check-safety") && a.has("trace"):
		t.tell("%sfickling: error: --trace prints what a pickle does, and --check-safety does not", ficklingUsage)
		return 2
	}
	at := "-"
	if len(a.rest) == 1 {
		at = a.rest[0]
	}
	if a.has("check-safety") {
		return t.checkSafety(ctx, a, at)
	}
	return t.decompile(ctx, at, a.has("trace"))
}

// fickled fails as fickling does of a file that it cannot open or parse.
func (t Terminal) fickled(err error) int {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) { // at which it breaks off with a traceback
		t.tell("fickling: error: %s", sentence(err))
		return 1
	}
	t.tell("Fickling failed to parse this pickle file. Error: %s", sentence(err))
	return 2
}

func (t Terminal) checkSafety(ctx context.Context, a arguments, at string) int {
	r, err := t.scanOrHeld(ctx, at)
	if err != nil {
		return t.fickled(err)
	}
	f := report.FicklingOf(r)
	file := a.last("json-output")
	if file == "" {
		file = resultsFile
	}
	unwritten := appended(file, f)
	if unwritten != nil {
		t.tell("Error: %s", sentence(unwritten)) // hides no finding
	}
	if a.has("print-results") {
		if err := f.Text(t.Out); err != nil {
			return t.fickled(err)
		}
	}
	if f.Unsafe() && a.has("print-results") {
		t.tell("Warning: Fickling detected that the pickle file may be unsafe.\n\nDo not unpickle this file if it is from an untrusted source!\n")
	}
	switch r.Outcome(pickle.Medium, false) {
	case scan.Clean:
		if unwritten == nil {
			return 0
		}
		return 2
	case scan.Found:
		return 1
	}
	if r.Summary.Files > 0 {
		t.tell("Fickling failed to parse this pickle file. Error: %s", f.Analysis)
	}
	return 2
}

func (t Terminal) scanOrHeld(ctx context.Context, at string) (*scan.Report, error) {
	if at != "-" {
		return t.scan(ctx, at, nil)
	}
	s, err := t.scanner()
	if err != nil {
		return nil, err
	}
	source, err := heldSource(t.In)
	if err != nil {
		return nil, err
	}
	return s.File(ctx, source), nil
}

// appended adds a document to the file of results, as fickling does.
func appended(at string, f report.Fickling) error {
	text, err := f.JSON()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(at, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // results are for others to read
	if err != nil {
		return fault.Because(err, fault.Unavailable, "The results cannot be written to %s.", at)
	}
	_, err = file.Write(text)
	if shut := file.Close(); err == nil {
		err = shut
	}
	if err != nil {
		return fault.Because(err, fault.Unavailable, "The results cannot be written to %s.", at)
	}
	return nil
}

// decompile prints what the pickles of a file would do.
func (t Terminal) decompile(ctx context.Context, at string, trace bool) int {
	s, err := t.scanner()
	if err != nil {
		return t.fickled(err)
	}
	var source *inspect.Source
	closing := func() {}
	if at == "-" {
		source, err = heldSource(t.In)
	} else {
		source, closing, err = openFile(at)
	}
	if err != nil {
		return t.fickled(err)
	}
	defer closing()
	read := 0
	s.Pickles(ctx, source, func(p scan.Pickle) {
		read++
		if trace && err == nil {
			err = t.trace(p)
		}
		if err == nil {
			err = report.Source(t.Out, p.Report)
		}
	})
	switch {
	case err != nil:
		return t.fickled(err)
	case read == 0:
		return t.fickled(fault.New(fault.Invalid, "No pickle files detected"))
	}
	return 0
}

// trace prints the opcodes of a pickle with their arguments, up to where they
// break.
func (t Terminal) trace(p scan.Pickle) error {
	err := compat.List(p.Source.Bytes, p.Source.Size, func(_ int64, name, argument string) error {
		t.say("%s\n", name)
		if argument != "" {
			t.say("\t%s\n", argument)
		}
		return nil
	})
	if err != nil {
		t.say("# %s\n", err)
	}
	return nil
}
