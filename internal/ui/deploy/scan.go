package deploy

import (
	"context"
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// Scans answers what a version's files would do when they are loaded.
type Scans interface {
	OfVersion(ctx context.Context, name string, number int64) (scan.Verdict, error)
}

// mostFindings are shown on a version's page; of more the rest is counted.
const mostFindings = 20

// finding is one row of a version's findings.
type finding struct {
	Severity kit.Tone
	Word     string // of the severity
	Where    string
	What     string
	Why      string
}

// verdictTone is how a verdict looks.
func verdictTone(word string) kit.Tone {
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

// verdictWord is a verdict, or that there is none.
func verdictWord(v scan.Verdict) string {
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

// covered is the share of bytes that were understood, in percent.
func covered(v scan.Verdict) string {
	if v.Report == nil || v.Report.Summary.Bytes == 0 {
		return ""
	}
	left := int64(0)
	for _, a := range v.Report.Artifacts {
		for _, r := range a.Coverage.Unparsed {
			left += r[1] - r[0]
		}
	}
	all := v.Report.Summary.Bytes
	return fmt.Sprintf("%d %% of bytes read", (all-left)*100/all)
}

// findings are those of a version's files, the gravest of each file first, and how
// many more there are.
func findings(v scan.Verdict) (shown []finding, more int64) {
	if v.Report == nil {
		return nil, 0
	}
	for _, a := range v.Report.Artifacts {
		for _, f := range a.Findings {
			if len(shown) == mostFindings {
				return shown, int64(v.Report.Summary.Findings - mostFindings)
			}
			tone := map[string]kit.Tone{"critical": kit.Bad, "high": kit.Bad, "medium": kit.Warned}[f.Severity]
			what := strings.Trim(f.Module+"."+f.Name, ".")
			if what == "" {
				what = f.Rule
			} else if f.Args != "" {
				what += "(" + f.Args + ")"
			}
			shown = append(shown, finding{Severity: tone, Word: f.Severity, Where: fmt.Sprintf("%s, byte %d", f.Member, f.Offset), What: format.First(what, 300), Why: f.Why})
		}
	}
	return shown, 0
}
