package peer

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// fetchFirst is why no program here reads from the network.
const fetchFirst = "tacit reads what is on this machine: download the files, as with curl or huggingface-cli download, and scan the folder"

// pickleScanGrammar is the command line of picklescan 1.0.5.
var pickleScanGrammar = grammar{abbreviates: true, options: []option{
	{names: []string{"-p", "--path"}, value: "PATH", apart: "source", help: "Path to the file or folder to scan."},
	{names: []string{"-u", "--url"}, value: "URL", apart: "source", help: "Address of a file to scan.", refuse: fetchFirst},
	{names: []string{"-hf", "--huggingface"}, value: "MODEL", apart: "source", help: "Name of a Hugging Face model to scan.", refuse: fetchFirst},
	{names: []string{"-g", "--globals"}, help: "List all globals found."},
	{names: []string{"--strict"}, help: "Suspicious globals are dangerous."},
	{names: []string{"--exclude"}, value: "REGEX", help: "Don't scan files whose path matches. Can be used multiple times."},
	{names: []string{"--include"}, value: "REGEX", help: "Only scan files whose path matches. Can be used multiple times."},
	{names: []string{"--exclude-dir"}, value: "REGEX", help: "Don't enter folders whose path matches. Can be used multiple times."},
	{names: []string{"--include-dir"}, value: "REGEX", help: "Only enter folders whose path matches. Can be used multiple times."},
	{names: []string{"-l", "--log"}, value: "LEVEL", choice: []string{"CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"}, help: "Level of the lines that are printed; INFO unless set."},
	{names: []string{"--strict-compat"}, help: compatHelp},
	{names: []string{"-h", "--help"}, help: "Print this."},
}}

const pickleScanUsage = `usage: picklescan -p PATH [OPTIONS]

This is tacit, called as picklescan 1.0.5: its command line, its report and its exit codes.

`

const pickleScanCodes = `
Exit codes: 0 nothing dangerous · 1 something dangerous, whatever could not be read beside it · 2 an error, or wrong usage
With --strict-compat 2 wins over 1, as it does there.
`

func runPickleScan(ctx context.Context, args []string, t Terminal) int {
	a, err := pickleScanGrammar.parse(args)
	if err == nil && len(a.rest) > 0 {
		err = wrongly("unrecognized arguments: %s", a.rest[0])
	}
	var o compat.PickleScanOptions
	if err == nil {
		o, err = pickleScanOptions(a)
	}
	switch {
	case err != nil:
		t.tell("%spicklescan: error: %s", pickleScanUsage, err)
		return 2
	case a.has("help"):
		t.say("%s%s%s", pickleScanUsage, pickleScanGrammar.help(), pickleScanCodes)
		return 0
	case !a.has("path"):
		t.say("Unhandled exception\nValueError: Command line must include a path\n")
		return 2
	}
	at, err := filepath.Abs(a.last("path"))
	if err == nil {
		_, err = os.Stat(at)
	}
	if err != nil {
		t.say("Unhandled exception\nFileNotFoundError: Path %s does not exist\n", at)
		return 2
	}
	if a.has("strict-compat") {
		p, err := PickleScanCompat(ctx, at, o)
		return t.pickleScanReport(a, p, err, p.ExitCode())
	}
	p, err := t.ownPickleScan(ctx, at, a.has("globals"), o)
	code := 0
	switch {
	case p.Dangerous > 0:
		code = 1
	case p.Failed:
		code = 2
	}
	return t.pickleScanReport(a, p, err, code)
}

func (t Terminal) pickleScanReport(a arguments, p *compat.PickleScan, err error, code int) int {
	if err == nil {
		err = report.WritePickleScan(t.Out, p, a.last("log"), a.has("globals"))
	}
	if err != nil {
		t.say("Unhandled exception\n%s\n", sentence(err))
		return 2
	}
	return code
}

func pickleScanOptions(a arguments) (compat.PickleScanOptions, error) {
	o := compat.PickleScanOptions{Strict: a.has("strict")}
	for name, to := range map[string]*[]*regexp.Regexp{"exclude": &o.Exclude, "include": &o.Include, "exclude-dir": &o.ExcludeDir, "include-dir": &o.IncludeDir} {
		for _, pattern := range a.values[name] {
			r, err := regexp.Compile(pattern)
			if err != nil {
				return o, wrongly("argument --%s: %q is no pattern that is understood (look-around and back references are not): %s", name, pattern, err)
			}
			*to = append(*to, r)
		}
	}
	return o, nil
}

// PickleScanCompat is picklescan's own answer for an absolute path.
func PickleScanCompat(ctx context.Context, at string, o compat.PickleScanOptions) (*compat.PickleScan, error) {
	f, closing, err := compat.Open(at)
	if err != nil {
		return &compat.PickleScan{}, err
	}
	defer closing()
	if f.Folder {
		return compat.PickleScanTree(ctx, filepath.ToSlash(at), compat.Folder(at), o), nil
	}
	return compat.PickleScanFile(ctx, filepath.ToSlash(at), f, o), nil
}

// ownPickleScan is tacit's answer in picklescan's words, of the files that the
// patterns leave.
func (t Terminal) ownPickleScan(ctx context.Context, at string, globals bool, o compat.PickleScanOptions) (*compat.PickleScan, error) {
	wanted := func(name string, folder bool) bool {
		full := path.Join(filepath.ToSlash(at), name)
		if folder {
			return o.EntersFolder(full)
		}
		return o.ReadsFile(full)
	}
	r, err := t.scan(ctx, at, wanted)
	if err != nil {
		return &compat.PickleScan{}, err
	}
	p := report.PickleScanOf(r, o.Strict)
	if globals {
		p.Globals, err = t.globals(ctx, at, wanted, o.Strict)
	}
	return p, err
}

// globals are all that the pickles of a path name, as tacit judges them.
func (t Terminal) globals(ctx context.Context, at string, wanted func(string, bool) bool, strict bool) (all []compat.PickleGlobal, err error) {
	s, err := t.scanner()
	if err != nil {
		return nil, err
	}
	err = eachFile(at, wanted, func(file string) error {
		source, closing, err := openFile(file)
		if err != nil {
			return nil //nolint:nilerr // the scan told of it
		}
		defer closing()
		s.Pickles(ctx, source, func(p scan.Pickle) {
			for _, g := range p.Trace.Globals {
				all = append(all, compat.PickleGlobal{Module: g.Module, Name: g.Name, Safety: safety(g.Class, strict)})
			}
		})
		return nil
	})
	return all, err
}

func safety(c pickle.Class, strict bool) compat.Safety {
	switch {
	case c == pickle.ClassDangerous, c == pickle.ClassUnknown && strict:
		return compat.Dangerous
	case c == pickle.ClassUnknown:
		return compat.Suspicious
	}
	return compat.Innocuous
}
