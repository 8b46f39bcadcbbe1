package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	form "github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// scanCommand is about what models would do when they are loaded.
type scanCommand struct {
	File  scanFile  `cmd:"" default:"withargs" help:"Scan a file, or all files of a folder."`
	Why   scanWhy   `cmd:"" help:"Print what the pickles in a file would do."`
	Fix   scanFix   `cmd:"" help:"Write the same model in a form that holds data alone, with proof of equal predictions."`
	Rules scanRules `cmd:"" help:"Print the rules, or one with its remedy."`

	Override scanOverride `cmd:"" help:"Let a version's files pass the gates as they are, with a reason."`
}

type scanFile struct {
	asking
	Paths  []string `arg:"" name:"path" placeholder:"PATH" help:"File or folder, or several; - for standard input; models:/NAME/3, models:/NAME@alias or runs:/ID/PATH for what a server keeps."`
	FailOn string   `enum:",low,medium,high,critical" default:"" placeholder:"SEVERITY" help:"Least severity of a finding that makes the exit code 1: low, medium, high or critical; medium unless set."`
	Strict bool     `help:"What nobody has vetted and what was not read completely is exit code 1, too."`
	Format string   `placeholder:"FORM" help:"Form of the report: json, sarif, html, cyclonedx, modelscan or picklescan."`
	Output string   `short:"o" placeholder:"FILE" help:"Write the report there, as JSON unless --format says another form."`
	Compat bool     `name:"strict-compat" help:"With --format modelscan or picklescan: answer as that program does, with its exit codes, also where it misses or stops."`
}

// Help teaches.
func (scanFile) Help() string {
	return `Nothing is loaded and nothing is run: pickles are executed by a machine that imports nothing, and files in files are
read by every way in which a loader could read them. Each file has a verdict, a status and a coverage; what was not read completely is never clean.

  tacit scan model.pkl
  tacit scan models/ --json
  tacit scan *.pkl *.pt
  tacit scan --fail-on high --strict model.pt
  curl -s http://127.0.0.1:8000/model.pkl | tacit scan -
  tacit scan models:/flight-delay@champion
  tacit scan models/ --format sarif -o models.sarif

  tacit scan models/ --format modelscan --strict-compat
  tacit scan -p model.pkl -r json -o report.json

The last is modelscan's own line, which is taken as it is; called by the name modelscan, picklescan, fickling or modelaudit, tacit takes the
command line of that program.

A file named why, fix or rules is scanned by "tacit scan -- why". Findings that weigh less than --fail-on are printed as well.
Exit codes: 0 clean · 1 a finding, whatever could not be read beside it · 2 something could not be read completely, or a clean report could not be
written · 3 there was no file · 4 wrong usage, as -o in a folder that is not there. A report that cannot be written changes no other exit code.`
}

// spelled writes "scan -- NAME" as "scan file -- NAME": what follows is a path, also
// where it is the name of a command.
func spelled(args []string) []string {
	end := slices.Index(args, "--")
	if end < 1 || args[0] != "scan" || slices.ContainsFunc(args[1:end], func(a string) bool { return !strings.HasPrefix(a, "-") }) {
		return args
	}
	return slices.Concat([]string{"scan", "file"}, args[1:])
}

// Run scans and prints.
func (c scanFile) Run(ctx context.Context, t *terminal) error {
	from, err := scan.Severity(cmp.Or(c.FailOn, "medium"))
	if err != nil {
		return err
	}
	if err := errors.Join(c.asked(t), c.placed()); err != nil {
		return err
	}
	if c.Compat {
		return c.answerAs(ctx, t)
	}
	service, err := scanner()
	if err != nil {
		return err
	}
	report, failed := c.scanAll(ctx, t, service)
	if report == nil || failed != nil && report.Outcome(from, c.Strict) != scan.Found {
		return failed
	}
	if failed != nil { // a finding goes before what could not be scanned
		t.note("%s", fault.Sentence(failed))
	}
	if more := report.Summary.Findings - form.MostResults; c.Format == form.SARIF && more > 0 {
		t.note("%s, the least grave, are left out: code scanning takes %d of a run; scan fewer files at a time, or take --json", counted(int64(more), "finding"), form.MostResults)
	}
	unwritten := c.write(report)
	return t.despite(errors.Join(unwritten, c.print(t, report)), answerOf(report, report.Outcome(from, c.Strict)))
}

// asked says what of the command line cannot be meant.
func (c scanFile) asked(t *terminal) error {
	usage := func(hint, format string, args ...any) error {
		return wrongUsage(fault.WithHint(fault.New(fault.Invalid, format, args...), "%s", hint))
	}
	if all := form.Names(); c.Format != "" && !slices.Contains(all, c.Format) {
		hint := "one of: " + strings.Join(all, ", ")
		if near := config.Nearest(c.Format, all); near != "" {
			hint = "did you mean: --format " + near
		}
		return usage(hint, "%q is no form of a report.", c.Format)
	}
	if t.json && c.Format != "" && c.Format != form.JSON && c.Output == "" {
		return usage("write one of them to a file: --format "+c.Format+" -o FILE", "--json and --format %s are two forms for one standard output.", c.Format)
	}
	for _, path := range c.Paths {
		switch {
		case path == "":
			return usage("name a file or a folder", "A path is empty.")
		case strings.Trim(strings.TrimPrefix(path, "models:"), "/") == "" && kept(path):
			return usage("models:/NAME/3, models:/NAME@alias or models:/NAME/Production", "%s names no model.", path)
		case strings.Trim(strings.TrimPrefix(path, "runs:"), "/") == "" && kept(path):
			return usage("runs:/ID/PATH", "%s names no run.", path)
		}
	}
	return nil
}

// placed says before the scan whether its report can be kept, and replaces no model: of
// the files that are to be scanned, the report of an earlier scan alone.
func (c scanFile) placed() error {
	for _, path := range c.Paths {
		if _, err := os.Stat(c.Output); err != nil {
			break
		}
		if same(path, c.Output) || onDisk(path) && within(path, c.Output) != nil && !c.earlier(c.Output) {
			return wrongUsage(fault.WithHint(fault.New(fault.Invalid, "The report would replace %s, which is to be scanned.", c.Output), "name another file: -o report.json"))
		}
	}
	return writable(c.Output)
}

// earlier reports whether a file begins as a report of the same form does.
func (c scanFile) earlier(file string) bool {
	const telling = 24 // what comes behind is of the files
	var begins bytes.Buffer
	if err := form.Write(&begins, cmp.Or(c.Format, form.JSON), &scan.Report{}); err != nil {
		return false
	}
	f, err := os.Open(file) //nolint:gosec // the file that was named
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was read
	there := make([]byte, telling)
	_, err = io.ReadFull(f, there)
	return err == nil && bytes.HasPrefix(begins.Bytes(), there)
}

// print has the report on standard output.
func (c scanFile) print(t *terminal, report *scan.Report) error {
	switch {
	case c.Format != "" && c.Output == "":
		return form.Write(t.shown(), c.Format, report)
	case t.json:
		return t.document(report)
	}
	printScan(t, report)
	return nil
}

// answerOf is how a command ends that tells of a report.
func answerOf(report *scan.Report, outcome scan.Outcome) error {
	switch outcome {
	case scan.Clean:
		return nil
	case scan.Nothing:
		return &exit{code: ExitNothing, err: fault.New(fault.NotFound, "There is no file in %s.", report.Summary.Target)}
	}
	return &exit{code: int(outcome)}
}

// scanAll is one report of all paths. Of several folders each file is named with
// its folder.
func (c scanFile) scanAll(ctx context.Context, t *terminal, service *scan.Scanner) (all *scan.Report, err error) {
	for _, path := range c.Paths {
		report, failed := c.scan(ctx, t, service, path)
		if failed != nil {
			err = cmp.Or(err, failed)
			continue
		}
		if onDisk(path) && (len(c.Paths) > 1 || c.Format == form.SARIF) { // whose references are from here
			report.Below(path)
		}
		if all == nil {
			all = report
		} else {
			all.Join(report)
		}
	}
	return all, err
}

// onDisk reports whether a target is a folder of this machine.
func onDisk(target string) bool {
	info, err := os.Stat(target)
	return err == nil && info.IsDir() && !kept(target) && target != "-"
}

func (c scanFile) scan(ctx context.Context, t *terminal, service *scan.Scanner, path string) (*scan.Report, error) {
	if kept(path) {
		return c.scanKept(ctx, t, path)
	}
	if path == "-" {
		source, closing, err := standardInput(t.in)
		if err != nil {
			return nil, noInput(err)
		}
		defer closing()
		return service.File(ctx, source), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, noFile(path, err)
	}
	if info.IsDir() {
		return service.Tree(ctx, path, inspect.Disk(path))
	}
	source, closing, err := openSource(path, "pipe its bytes: tacit scan - < "+path)
	if err != nil {
		return nil, err
	}
	defer closing()
	return service.File(ctx, source), nil
}

// write keeps the report in a file.
func (c scanFile) write(report *scan.Report) error {
	return writeFile(c.Output, func(w io.Writer) error { return form.Write(w, cmp.Or(c.Format, form.JSON), report) })
}

// softMemory is how many bytes the garbage collector tries to stay below.
const softMemory = 56 << 20

// scanner is the scanner of the command line, with the rules that tacit ships.
func scanner() (*scan.Scanner, error) {
	budget := inspect.DefaultBudget()
	budget.Workers = min(runtime.GOMAXPROCS(0), 8)
	budget.Held /= int64(budget.Workers)
	// Most of what a scan holds stays to its end: rather collect more often than hold twice as much.
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(softMemory)
	return scan.NewScanner(scan.ScannerConfig{Engine: "tacit " + Version, Now: time.Now, Budget: budget})
}

// mostInput bytes of standard input are held in memory; of more a file without a
// name is made.
const mostInput = 8 << 20

// errNoInput is that of a pipe whose other end wrote nothing: most often it failed.
var errNoInput = errors.New("nothing came")

// standardInput reads all of it, since formats are read from any place.
func standardInput(in io.Reader) (*inspect.Source, func(), error) {
	var held bytes.Buffer
	n, err := io.Copy(&held, io.LimitReader(in, mostInput))
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, errNoInput
	}
	if n < mostInput {
		source, err := inspect.NewSource("-", bytes.NewReader(held.Bytes()), n, nil)
		return source, func() {}, err
	}
	file, err := archive.NewUnlinked()
	if err != nil {
		return nil, nil, err
	}
	closing := func() { _ = file.Close() } // nothing in it is read again
	n, err = io.Copy(file, io.MultiReader(&held, in))
	if err != nil {
		closing()
		return nil, nil, err
	}
	source, err := inspect.NewSource("-", file, n, nil)
	if err != nil {
		closing()
	}
	return source, closing, err
}

// noInput tells why standard input was not scanned.
func noInput(err error) error {
	if errors.Is(err, errNoInput) {
		return &exit{code: ExitNothing, err: fault.WithHint(fault.New(fault.NotFound, "Standard input has no bytes"), "what should write them failed, or had nothing to write")}
	}
	return fault.Because(err, fault.Unavailable, "Standard input cannot be read.")
}

func noFile(path string, err error) error {
	if os.IsNotExist(err) && kept(path) {
		return &exit{code: ExitNothing, err: fault.WithHint(fault.New(fault.NotFound, "%s is kept by a server, and this command reads a file of this machine.", path),
			"mlflow artifacts download -u %s fetches it; tacit scan %s has the server scan it, and the page of a version tells why", path, path)}
	}
	if os.IsNotExist(err) {
		return &exit{code: ExitNothing, err: fault.New(fault.NotFound, "There is no %s.", path)}
	}
	return fault.Because(err, fault.Unavailable, "%s cannot be read.", path)
}

// openSource opens what is a file: a pipe or a device would be waited for, and there
// the hint says what to do.
func openSource(path, hint string) (*inspect.Source, func(), error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, nil, noFile(path, err)
	case info.IsDir():
		return nil, nil, wrongUsage(fault.WithHint(fault.New(fault.Invalid, "%s is a folder.", path), "name a file in it"))
	case !info.Mode().IsRegular():
		return nil, nil, fault.WithHint(fault.New(fault.Invalid, "%s is neither a file nor a folder.", path), "%s", hint)
	}
	at, err := filepath.EvalSymlinks(path) // who names a link means the file
	if err != nil {
		return nil, nil, noFile(path, err)
	}
	source, closing, err := inspect.Open(inspect.Disk(filepath.Dir(at)), filepath.Base(at))
	if err != nil {
		return nil, nil, noFile(path, err)
	}
	source.Path = path
	return source, closing, nil
}
