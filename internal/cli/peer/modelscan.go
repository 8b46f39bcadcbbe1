package peer

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// modelScanGrammar is the command line of modelscan 0.8.8.
var modelScanGrammar = grammar{options: []option{
	{names: []string{"-p", "--path"}, value: "PATH", help: "Path to the file or folder to scan."},
	{names: []string{"-l", "--log"}, value: "LEVEL", choice: []string{"CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"}, help: "Level of the lines that are logged; INFO unless set."},
	{names: []string{"--show-skipped"}, help: "List the files that were skipped."},
	{names: []string{"--settings-file"}, value: "FILE", help: "Settings; ./modelscan-settings.toml when it is there."},
	{names: []string{"-r", "--reporting-format"}, value: "FORMAT", choice: []string{"console", "json", "custom"}, help: "Form of the report; console unless set. custom is the one of modelscan's own that the settings name."},
	{names: []string{"-o", "--output-file"}, value: "FILE", help: "Write the report there as well."},
	{names: []string{"--strict-compat"}, help: compatHelp},
	{names: []string{"-v", "--version"}, help: "Print the version whose command line this is."},
	{names: []string{"-h", "--help"}, help: "Print this."},
}}

const modelScanUsage = `Usage: modelscan [scan] -p PATH [OPTIONS]
       modelscan create-settings-file [-f] [-l FILE]

This is tacit, called as modelscan 0.8.8: its command line, its report and its exit codes.

`

const modelScanCodes = `
Exit codes: 0 no issue · 1 an issue, whatever could not be read beside it · 2 an error · 3 nothing scanned · 4 wrong usage
With --strict-compat 3 wins over 2, and 2 over 1, as they do there.
`

func runModelScan(ctx context.Context, args []string, t Terminal) int {
	if len(args) > 0 && args[0] == "create-settings-file" {
		return createSettings(args[1:], t)
	}
	if len(args) > 0 && args[0] == "scan" {
		args = args[1:]
	}
	a, err := modelScanGrammar.parse(args)
	if err == nil && !a.has("path") && len(a.rest) == 1 && !a.has("strict-compat") {
		// People write "modelscan scan model.pkl", which modelscan does not take.
		a.values["path"], a.rest = a.rest, nil
	}
	switch {
	case err != nil:
		return t.modelScanUsage(err.Error())
	case a.has("help"):
		t.say("%s%s%s", modelScanUsage, modelScanGrammar.help(), modelScanCodes)
		return 0
	case a.has("version"):
		t.say("modelscan, version 0.8.8 (tacit %s)\n", t.Version)
		return 0
	case len(a.rest) > 0:
		return t.modelScanUsage("Got unexpected extra argument (" + a.rest[0] + ")")
	case !a.has("path"):
		return t.modelScanUsage("Command line must include a path")
	}
	if _, err := os.Stat(a.last("path")); err != nil {
		return t.modelScanUsage("Path '" + a.last("path") + "' does not exist.")
	}
	s, banner, err := readSettings(a.last("settings-file"))
	if err != nil {
		return t.modelScanUsage(sentence(err))
	}
	form := a.last("reporting-format")
	if form == "custom" {
		if form, err = s.form(); err != nil {
			return t.modelScanUsage(sentence(err))
		}
	}
	t.say("%s\n\n", banner)
	r, err := t.modelScan(ctx, a, s)
	if err != nil {
		t.say("Exception: %s\n", sentence(err))
		return 2
	}
	return t.modelScanReport(a, form, r)
}

// modelScanUsage tells of a wrong command line where modelscan does.
func (t Terminal) modelScanUsage(text string) int {
	t.say("Error: %s\n%s%s", text, modelScanUsage, modelScanGrammar.help())
	return 4
}

// modelScan scans and gives what modelscan would tell.
func (t Terminal) modelScan(ctx context.Context, a arguments, s settings) (report.ModelScanReport, error) {
	at := a.last("path")
	if !a.has("strict-compat") {
		return t.ownModelScan(ctx, at, s)
	}
	r, err := ModelScanCompat(ctx, at, s.options())
	r.At = t.Now()
	return r, err
}

// ModelScanCompat is modelscan's own answer for a path.
func ModelScanCompat(ctx context.Context, at string, o compat.ModelScanOptions) (report.ModelScanReport, error) {
	r := report.ModelScanReport{Input: at}
	full, err := filepath.Abs(at)
	if err != nil {
		return r, err
	}
	f, closing, err := compat.Open(full)
	if err != nil {
		return r, err
	}
	defer closing()
	if f.Folder {
		r.Root = filepath.ToSlash(full)
		r.ModelScan = compat.ModelScanTree(ctx, r.Root, compat.Folder(full), o)
	} else {
		r.Root = filepath.ToSlash(filepath.Dir(full))
		r.ModelScan = compat.ModelScanFile(ctx, filepath.ToSlash(full), f, o)
	}
	return r, nil
}

// ownModelScan is tacit's answer in modelscan's words. Of the settings what they
// add is heeded: globals that are unsafe by them, and scanners that are switched
// off, whose files are skipped.
func (t Terminal) ownModelScan(ctx context.Context, at string, s settings) (report.ModelScanReport, error) {
	var skipped []string
	wanted := func(name string, folder bool) bool {
		if !folder && s.off(name) {
			skipped = append(skipped, name)
			return false
		}
		return true
	}
	scanned, err := t.scan(ctx, at, wanted)
	if err != nil {
		return report.ModelScanReport{}, err
	}
	r := report.ModelScanOf(scanned)
	for _, name := range skipped {
		source := r.Root + "/" + name
		r.Skipped = append(r.Skipped, compat.Trouble{Category: "SCAN_NOT_SUPPORTED", Description: "The scanner for it is switched off in the settings", Source: source,
			Console: "The following file " + source + " was skipped: \nThe scanner for it is switched off in the settings"})
	}
	if !s.given {
		return r, nil
	}
	more, err := ModelScanCompat(ctx, at, s.added())
	if err != nil {
		return r, err
	}
	for _, i := range more.Issues {
		if !slices.ContainsFunc(r.Issues, func(have compat.Issue) bool {
			return have.Source == i.Source && have.Module == i.Module && have.Operator == i.Operator
		}) {
			r.Issues = append(r.Issues, i)
		}
	}
	return r, nil
}

// modelScanReport prints, writes and gives the exit code.
func (t Terminal) modelScanReport(a arguments, form string, r report.ModelScanReport) int {
	r.ShowSkipped = a.has("show-skipped")
	logger := a.last("log")
	for _, l := range r.Lines {
		if report.Logged(logger, l.Level) {
			t.say("%s\n", l.Text)
		}
	}
	if r.Unhandled != "" {
		t.say("Exception: %s\n", r.Unhandled)
		return 2
	}
	var err error
	if form == "json" {
		err = r.JSON(t.Out)
		if file := a.last("output-file"); err == nil && file != "" {
			err = written(file, r.JSON)
		}
	} else {
		err = r.Console(t.Out)
		if file := a.last("output-file"); err == nil && file != "" {
			err = written(file, r.Console)
		}
	}
	if err != nil {
		t.say("Exception: %s\n", sentence(err))
	}
	switch {
	case a.has("strict-compat") && err == nil:
		return r.ExitCode()
	case len(r.Issues) > 0 && !a.has("strict-compat"):
		return 1 // a report that was not written hides no finding
	case len(r.Errors) > 0 || err != nil:
		return 2
	case len(r.Scanned) == 0:
		return 3
	}
	return 0
}
