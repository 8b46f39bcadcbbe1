package security

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// finding is one row of a version's findings.
type finding struct {
	Severity kit.Tone
	Word     string // of the severity
	Where    string
	Href     string // to why it is one
	What     string
	Rule     string
	Why      string
}

// tone is how a verdict looks.
func tone(word string) kit.Tone {
	switch word {
	case "clean":
		return kit.Good
	case "malicious":
		return kit.Bad
	case "suspicious":
		return kit.Warned
	}
	return kit.Idle
}

// word is a verdict, or that there is none.
func word(v scan.Verdict) string {
	switch {
	case v.Elsewhere != "":
		return "not scanned"
	case v.Judgement.Verdict == "":
		return "unknown"
	}
	return v.Judgement.Verdict
}

// scanned says what was read: files, bytes, and whether all of it was understood.
func scanned(v scan.Verdict) string {
	j := v.Judgement
	switch {
	case v.Elsewhere != "":
		return "its files lie where tacit does not read"
	case j.Judged.IsZero() && v.Waiting:
		return "being scanned"
	case j.Judged.IsZero():
		return "its files are gone"
	case j.Files == 0:
		return "there are no files"
	}
	files := "files"
	if j.Files == 1 {
		files = "file"
	}
	line := fmt.Sprintf("%s %s, %s, %s", format.Count(j.Files), files, format.Bytes(j.Bytes), j.Status)
	if v.Waiting {
		line += "; they changed since and are being scanned again"
	}
	return line
}

// aside is what else there is to say of a verdict in a list.
func aside(v scan.Verdict) string {
	text := ""
	if v.Failing != nil {
		text += "; in use as " + format.Shorten(strings.Join(v.Failing.At, ", "), 100) + ", and does not pass: " + format.Shorten(v.Failing.Why, 200)
	}
	if v.Judgement.Reason != "" {
		text += "; not understood: " + format.Shorten(v.Judgement.Reason, 200)
	}
	if v.Override != nil {
		text += "; overridden: " + format.Shorten(v.Override.Reason, 200)
	}
	return text
}

// failing says that a version is used as what it may not be.
func failing(f scan.Failing) string {
	return "In use, and does not pass (" + strings.Join(f.At, ", ") + "): " + strings.TrimSuffix(f.Why, ".") + "."
}

// failingRemedy is what can be done about that.
const failingRemedy = "Point the alias at another version or move this one to another stage, put its files right, or override the verdict with a reason. tacit takes nothing away by itself"

// covers says in how many versions an override holds.
func covers(versions int64) string {
	if versions < 2 {
		return "It holds for these files."
	}
	return "It holds for these files, which " + format.Count(versions) + " versions have."
}

// coverage is what became of the bytes of all files.
type coverage struct {
	Parsed, Raw, Unparsed int64
}

func coverageOf(v scan.Verdict) (c coverage, ok bool) {
	if v.Report == nil || v.Report.Summary.Shortened {
		return c, false
	}
	length := func(ranges [][2]int64) (n int64) {
		for _, r := range ranges {
			n += r[1] - r[0]
		}
		return n
	}
	for _, a := range v.Report.Artifacts {
		c.Parsed += length(a.Coverage.Parsed)
		c.Raw += length(a.Coverage.Raw)
		c.Unparsed += length(a.Coverage.Unparsed)
	}
	return c, c.all() > 0
}

func (c coverage) all() int64 { return c.Parsed + c.Raw + c.Unparsed }

// share of all bytes, in thousandths; what is there has one at least.
func (c coverage) share(n int64) int64 {
	if n == 0 {
		return 0
	}
	return max(1, int64(float64(n)/float64(c.all())*1000))
}

// bar are the parts of the coverage bar, 1000 wide, in order: what was not
// understood stands last and is never hidden.
func (c coverage) bar() []part {
	unparsed := c.share(c.Unparsed)
	parsed := min(c.share(c.Parsed), 1000-unparsed)
	return []part{
		{"parsed", "kok", 0, parsed, c.Parsed},
		{"raw numbers", "kref", parsed, 1000 - unparsed - parsed, c.Raw},
		{"not understood", "kbad", 1000 - unparsed, unparsed, c.Unparsed},
	}
}

// part is one part of the coverage bar.
type part struct {
	Name, Class string
	From, Width int64
	Bytes       int64
}

func (p part) x() string     { return strconv.FormatInt(p.From, 10) }
func (p part) width() string { return strconv.FormatInt(p.Width, 10) }

// said is the coverage in words.
func (c coverage) said() string {
	var all []string
	for _, p := range c.bar() {
		if p.Bytes > 0 {
			all = append(all, format.Bytes(p.Bytes)+" "+p.Name)
		}
	}
	return strings.Join(all, ", ")
}

// findings are those of a version's files, the gravest of each file first, at most
// so many, and how many more there are.
func findings(ctx context.Context, name string, number int64, v scan.Verdict, most int) (shown []finding, more int64) {
	if v.Report == nil {
		return nil, 0
	}
	for _, a := range v.Report.Artifacts {
		for _, f := range a.Findings {
			if len(shown) == most {
				return shown, int64(v.Report.Summary.Findings - most)
			}
			tone := map[string]kit.Tone{"critical": kit.Bad, "high": kit.Bad, "medium": kit.Warned}[f.Severity]
			what := strings.Trim(f.Module+"."+f.Name, ".")
			if what == "" {
				what = f.Rule
			} else if f.Args != "" {
				what += "(" + f.Args + ")"
			}
			shown = append(shown, finding{
				Severity: tone, Word: f.Severity, Where: fmt.Sprintf("%s, byte %d", report.Shown(f.Member), f.Offset), What: report.Shown(format.First(what, 300)), Rule: f.Rule, Why: report.Shown(f.Why),
				Href: kit.With(kit.To(ctx, "models", name, "versions", strconv.FormatInt(number, 10), "why"), url.Values{"file": {a.Path}}),
			})
		}
	}
	return shown, 0
}

// signed says how a signature stands.
func signed(s scan.Signature) (kit.Tone, string) {
	switch {
	case s.Waiting:
		return kit.Idle, "not known yet"
	case s.State == scan.Verified:
		return kit.Good, "verified"
	case s.State == scan.Unverified:
		return kit.Warned, "does not verify"
	}
	return kit.Idle, "unsigned"
}

// bomOf is where a version's bill of materials is.
func bomOf(ctx context.Context, s Standing, form string) templ.SafeURL {
	return templ.SafeURL(kit.With(kit.To(ctx, "models", s.Name, "versions", strconv.FormatInt(s.Number, 10), "bom"), url.Values{"format": {form}}))
}
