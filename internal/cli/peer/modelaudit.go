package peer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
	"github.com/tacit-ml/tacit/ml/pickle"
)

const everyFormat = "tacit reads every file by every format that it may be"

// modelAuditGrammar is the command line of modelaudit 0.2.54's scan.
var modelAuditGrammar = grammar{options: []option{
	{names: []string{"-f", "--format"}, value: "FORMAT", choice: []string{"text", "json", "sarif"}, help: "Form of the report; text for a terminal, else json, unless set."},
	{names: []string{"-o", "--output"}, value: "FILE", help: "Write the report there and not to standard output."},
	{names: []string{"-v", "--verbose"}, help: "Tell of each file how it was read."},
	{names: []string{"-q", "--quiet"}, help: "Print no findings in the text, only the summary."},
	{names: []string{"-b", "--blacklist"}, value: "PATTERN", help: "A file whose path has this in it is a finding. Can be used multiple times."},
	{names: []string{"--strict"}, help: "What nobody has vetted and what was not read completely is exit code 1, too."},
	{names: []string{"--no-whitelist"}, help: "Holds anyway: no finding weighs less because of where a model comes from."},
	{names: []string{"-s", "--suppress"}, value: "RULE", help: "Leave out the findings of a rule of tacit's (modelaudit rules). Can be used multiple times."},
	{names: []string{"-S", "--severity"}, value: "RULE=LEVEL", help: "How much a rule's findings weigh: CRITICAL, HIGH, MEDIUM or LOW (WARNING, INFO). Can be used multiple times."},
	{names: []string{"--scanners"}, value: "IDS", help: "Run some scanners alone.", refuse: everyFormat},
	{names: []string{"--exclude-scanner"}, value: "IDS", help: "Leave out scanners.", refuse: everyFormat},
	{names: []string{"--list-scanners"}, help: "List the scanners.", refuse: everyFormat + "; the rules are listed by: modelaudit rules"},
	{names: []string{"--progress"}, help: "Tell of each path, on standard error, before it is scanned."},
	{names: []string{"--sbom"}, value: "FILE", help: "Write a CycloneDX inventory there."},
	{names: []string{"-t", "--timeout"}, value: "SECONDS", help: "Stop after so many seconds; what was not read by then is incomplete."},
	{names: []string{"--max-size"}, value: "SIZE", help: "Refuse files larger than this, as 10GB or 500MB."},
	{names: []string{"--dry-run"}, help: "List what would be scanned."},
	{names: []string{"--no-cache"}, help: "Holds anyway: nothing is cached."},
	{names: []string{"--cache-dir"}, value: "FOLDER", help: "Where to cache.", refuse: "nothing is cached"},
	{names: []string{"--stream"}, help: "Delete files when they are scanned.", refuse: "tacit deletes no files of yours, and holds none in memory"},
	{names: []string{"--assume-shard-family"}, help: "Take files of several folders as one model.", refuse: "files belong together when they lie in one folder"},
	{names: []string{"--strict-compat"}, help: compatHelp, refuse: noCompat},
	{names: []string{"--version"}, help: "Print the version whose command line this is."},
	{names: []string{"--help"}, help: "Print this."},
}}

const modelAuditUsage = `Usage: modelaudit [scan] [OPTIONS] PATHS...
       modelaudit rules [RULE] [--list] [--format table|json]

This is tacit, called as modelaudit 0.2.54: its command line, its report and its exit codes. Its rules are tacit's own,
and so are the names by which --suppress and --severity call them.

`

const modelAuditCodes = `
Exit codes: 0 no finding · 1 a finding, whatever could not be read beside it · 2 an error, no file, or wrong usage
`

// refusedCommands are modelaudit's that have no sense here.
var refusedCommands = map[string]string{
	"auth": "tacit scan has no account: nothing leaves this machine", "cache": "nothing is cached", "debug": "there is nothing to report to modelaudit's makers",
	"doctor": "all formats are built in", "metadata": "what a file is, tacit scan --json says",
}

func runModelAudit(ctx context.Context, args []string, t Terminal) int {
	if len(args) > 0 {
		if why := refusedCommands[args[0]]; why != "" {
			return t.modelAuditUsage("The command '" + args[0] + "' is not carried out: " + why)
		}
		switch args[0] {
		case "rules":
			return t.rules(args[1:])
		case "scan":
			args = args[1:]
		}
	}
	a, err := modelAuditGrammar.parse(args)
	switch {
	case err != nil:
		return t.modelAuditUsage(err.Error())
	case a.has("help"):
		t.say("%s%s%s", modelAuditUsage, modelAuditGrammar.help(), modelAuditCodes)
		return 0
	case a.has("version"):
		t.say("modelaudit, version 0.2.54 (tacit %s)\n", t.Version)
		return 0
	case len(a.rest) == 0:
		return t.modelAuditUsage("Missing argument 'PATHS...'.")
	}
	w, err := auditWishes(a)
	if err != nil {
		return t.modelAuditUsage(err.Error())
	}
	if a.has("dry-run") {
		return t.dryRun(a.rest)
	}
	return t.audit(ctx, a, w)
}

func (t Terminal) modelAuditUsage(text string) int {
	t.tell("Error: %s", text)
	return 2
}

// wishes are what a command line says of findings and files.
type wishes struct {
	forbidden []*regexp.Regexp
	without   map[string]bool
	weighs    map[string]pickle.Severity
	mostBytes int64 // 0 for any
	timeout   time.Duration
}

func auditWishes(a arguments) (wishes, error) {
	w := wishes{without: map[string]bool{}, weighs: map[string]pickle.Severity{}}
	rules, err := inspect.Rules()
	if err != nil {
		return w, err
	}
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
	}
	for _, p := range a.values["blacklist"] {
		r, err := regexp.Compile("(?i)" + p)
		if err != nil {
			return w, wrongly("Invalid value for '--blacklist': %s", err)
		}
		w.forbidden = append(w.forbidden, r)
	}
	for _, code := range a.values["suppress"] {
		if !known[code] {
			return w, wrongly("Invalid value for '--suppress': tacit has no rule '%s': they are listed by modelaudit rules", code)
		}
		w.without[code] = true
	}
	for _, v := range a.values["severity"] {
		code, level, _ := strings.Cut(v, "=")
		s, ok := map[string]pickle.Severity{"CRITICAL": pickle.Critical, "HIGH": pickle.High, "MEDIUM": pickle.Medium, "WARNING": pickle.Medium, "LOW": pickle.Low, "INFO": pickle.Low}[strings.ToUpper(level)]
		if !known[code] || !ok {
			return w, wrongly("Invalid value for '--severity': '%s' is no RULE=LEVEL: rules are listed by modelaudit rules, and levels are CRITICAL, HIGH, MEDIUM, LOW", v)
		}
		w.weighs[code] = s
	}
	if v := a.last("timeout"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return w, wrongly("Invalid value for '--timeout': '%s' is no number of seconds", v)
		}
		w.timeout = time.Duration(n) * time.Second
	}
	w.mostBytes, err = sizeOf(a.last("max-size"))
	return w, err
}

// sizeOf reads a size with its unit.
func sizeOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	upper := strings.ToUpper(strings.TrimSpace(text))
	factor := int64(1)
	for i, unit := range []string{"TB", "GB", "MB", "KB", "B"} {
		if strings.HasSuffix(upper, unit) {
			upper, factor = strings.TrimSpace(strings.TrimSuffix(upper, unit)), []int64{1 << 40, 1 << 30, 1 << 20, 1 << 10, 1}[i]
			break
		}
	}
	n, err := strconv.ParseFloat(upper, 64)
	if err != nil || n <= 0 || n*float64(factor) > 1<<62 {
		return 0, wrongly("Invalid value for '--max-size': '%s' is no size, as 10GB or 500MB", text)
	}
	return int64(n * float64(factor)), nil
}

func (t Terminal) dryRun(paths []string) int {
	t.say("Would scan:\n")
	n := 0
	for _, p := range paths {
		if _, err := os.Stat(p); err != nil {
			return t.modelAuditUsage("Path does not exist: " + p)
		}
		err := eachFile(p, nil, func(file string) error {
			n++
			t.say("  %s\n", file)
			return nil
		})
		if err != nil {
			return t.modelAuditUsage(sentence(err))
		}
	}
	t.say("%d files\n", n)
	return 0
}

func (t Terminal) audit(ctx context.Context, a arguments, w wishes) int {
	m := report.ModelAudit{Paths: a.rest, Began: t.Now(), Verbose: a.has("verbose"), Quiet: a.has("quiet")}
	if w.timeout > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, w.timeout)
		defer done()
	}
	for _, p := range a.rest {
		if a.has("progress") {
			t.tell("Scanning %s...", p)
		}
		r, err := t.auditPath(ctx, p, w)
		if err != nil {
			m.Troubles = append(m.Troubles, sentence(err))
			t.tell("Error: %s", sentence(err))
			continue
		}
		m.Reports = append(m.Reports, r)
	}
	m.Took = t.Now().Sub(m.Began)
	err := t.auditReport(a, m)
	if err != nil {
		t.tell("Error: %s", sentence(err))
	}
	switch m.Outcome(pickle.Medium, a.has("strict")) {
	case scan.Clean:
		if err == nil {
			return 0
		}
	case scan.Found:
		return 1
	}
	return 2
}

func (t Terminal) auditPath(ctx context.Context, at string, w wishes) (*scan.Report, error) {
	if scheme, _, remote := strings.Cut(at, "://"); remote && !strings.ContainsAny(scheme, `/\`) {
		return nil, fault.New(fault.Invalid, "%s is not on this machine: %s.", at, fetchFirst)
	}
	if strings.HasPrefix(at, "models:/") || strings.HasPrefix(at, "runs:/") {
		return nil, fault.New(fault.Invalid, "%s is what a server keeps: tacit scan %s", at, at)
	}
	if _, err := os.Stat(at); err != nil {
		return nil, fault.New(fault.NotFound, "Path does not exist: %s", at)
	}
	large := map[string]bool{}
	if w.mostBytes > 0 {
		err := eachFile(at, nil, func(file string) error {
			info, err := os.Stat(file)
			if err == nil && info.Size() > w.mostBytes {
				large[file] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(large) > 0 {
		return nil, fault.New(fault.Invalid, "%s has %d files of more than %d bytes, the first %s: raise --max-size.", at, len(large), w.mostBytes, first(large))
	}
	r, err := t.scan(ctx, at, nil)
	if err != nil {
		return nil, err
	}
	return w.heeded(r), nil
}

func first(of map[string]bool) string {
	least := ""
	for f := range of {
		if least == "" || f < least {
			least = f
		}
	}
	return least
}

// heeded is a report with the wishes heeded, counted anew.
func (w wishes) heeded(r *scan.Report) *scan.Report {
	r.Summary.Findings = 0
	for s := range r.Summary.Severity {
		r.Summary.Severity[s] = 0
	}
	for i := range r.Artifacts {
		a := &r.Artifacts[i]
		kept := a.Findings[:0]
		for _, f := range a.Findings {
			if s, set := w.weighs[f.Rule]; set {
				f.Severity = s.String()
			}
			if !w.without[f.Rule] {
				kept = append(kept, f)
			}
		}
		for _, p := range w.forbidden {
			if p.MatchString(a.Path) {
				kept = append(kept, scan.Finding{Rule: "blacklist", Severity: pickle.Critical.String(), Member: a.Path, Why: fmt.Sprintf("the path matches the blacklisted pattern %q", p.String()[4:]), Count: 1})
			}
		}
		a.Findings = kept
		for _, f := range kept {
			r.Summary.Severity[f.Severity]++
			r.Summary.Findings++
		}
	}
	return r
}

func (t Terminal) auditReport(a arguments, m report.ModelAudit) error {
	write := m.JSON
	switch form := cmp.Or(a.last("format"), t.form()); form {
	case "text":
		write = m.Text
	case "sarif":
		write = m.SARIF
	}
	var unwritten error
	if file := a.last("sbom"); file != "" {
		unwritten = written(file, m.SBOM)
	}
	if file := a.last("output"); file != "" {
		err := written(file, write)
		if err == nil {
			return unwritten
		}
		unwritten = errors.Join(unwritten, err) // and the report is told where it can be
	}
	return errors.Join(unwritten, write(t.Out))
}

// form is the one without --format: text for a person.
func (t Terminal) form() string {
	if t.Live {
		return "text"
	}
	return "json"
}

func (t Terminal) rules(args []string) int {
	a, err := grammar{options: []option{
		{names: []string{"--list"}, help: "List all rules."},
		{names: []string{"--format"}, value: "FORMAT", choice: []string{"table", "json"}, help: "Form."},
		{names: []string{"--category"}, value: "RANGE", help: "Rules in a range of numbers.", refuse: "the rules of tacit have names and no numbers"},
		{names: []string{"--help"}, help: "Print this."},
	}}.parse(args)
	if err != nil {
		return t.modelAuditUsage(err.Error())
	}
	all, err := inspect.Rules()
	if err != nil {
		return t.modelAuditUsage(sentence(err))
	}
	var wanted []inspect.Rule
	for _, r := range all {
		if len(a.rest) == 0 || a.rest[0] == r.ID {
			wanted = append(wanted, r)
		}
	}
	switch {
	case a.has("help"):
		t.say("%s", modelAuditUsage)
		return 0
	case len(wanted) == 0:
		return t.modelAuditUsage("there is no rule " + a.rest[0])
	}
	if a.last("format") == "json" {
		err = report.Document(t.Out, wanted)
	} else {
		err = ruleTable(t.Out, wanted, len(a.rest) > 0)
	}
	if err != nil {
		return t.modelAuditUsage(sentence(err))
	}
	return 0
}

func ruleTable(w io.Writer, rules []inspect.Rule, whole bool) error {
	for _, r := range rules {
		line := fmt.Sprintf("%-8s  %-28s  %s\n", r.Severity, r.ID, r.Title)
		if whole {
			line += fmt.Sprintf("\n%s\n\n%s\n\nRemedy: %s\n", r.What, r.Why, r.Remedy)
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}
