package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Judgement is what is known of the files of a model: of all below a folder of the
// artifacts, as they were when they were judged.
type Judgement struct {
	Root    string // the folder
	Listing string // hash over names, sizes and tags of the files, by which a change is seen
	Digest  string // hash over names and contents of the files
	Rules   string // the rule set
	Status  string
	Reason  string // of a status that is not complete
	Verdict string
	Files   int64
	Bytes   int64
	// Findings of each severity.
	Critical, High, Medium, Low int64
	Judged                      time.Time
	// Gravest is the first finding in words, "" without one.
	Gravest string
}

// Findings are how many there are.
func (j Judgement) Findings() int64 { return j.Critical + j.High + j.Medium + j.Low }

// same reports whether two say the same of the same files, whenever that was.
func (j Judgement) same(o Judgement) bool {
	j.Judged, o.Judged = time.Time{}, time.Time{}
	return j == o
}

// Warning is what there is to say against the files, for a tag; "" for clean ones.
func (j Judgement) Warning() string {
	switch {
	case j.Verdict == pickle.Clean.String():
		return ""
	case j.Gravest != "":
		return j.Verdict + ": " + j.Gravest
	case j.Reason != "":
		return j.Verdict + ": " + j.Reason
	}
	return j.Verdict
}

// judgementOf sums a report up. A folder without files is unknown, since nothing
// was there to judge.
func judgementOf(root, listing string, r *Report, judged time.Time) Judgement {
	s := r.Summary
	count := func(severity pickle.Severity) int64 { return int64(s.Severity[severity.String()]) }
	j := Judgement{
		Root: root, Listing: listing, Digest: digestOf(r), Rules: s.Rules, Status: pickle.Complete.String(), Verdict: pickle.Clean.String(),
		Files: int64(s.Files), Bytes: s.Bytes, Critical: count(pickle.Critical), High: count(pickle.High), Medium: count(pickle.Medium), Low: count(pickle.Low),
		Judged: judged,
	}
	if s.Files == 0 {
		j.Status, j.Verdict, j.Reason = pickle.Inconclusive.String(), pickle.NotKnown.String(), "there are no files"
	}
	for v := pickle.NotKnown; v <= pickle.Malicious; v++ {
		if s.Verdicts[v.String()] > 0 {
			j.Verdict = v.String()
		}
	}
	worst := pickle.Low
	for _, a := range r.Artifacts {
		if a.Status != pickle.Complete.String() && j.Reason == "" {
			j.Status, j.Reason = pickle.Inconclusive.String(), a.Path+": "+a.Reason
		}
		if len(a.Findings) == 0 {
			continue
		}
		f := a.Findings[0] // the gravest of the file
		severity, err := Severity(f.Severity)
		if err == nil && (j.Gravest == "" || severity > worst) {
			worst, j.Gravest = severity, fmt.Sprintf("%s: %s", f.Member, sentence(f))
		}
	}
	return j
}

// sentence is a finding in words.
func sentence(f Finding) string {
	if f.Module == "" && f.Name == "" {
		return f.Why
	}
	return strings.Trim(f.Module+"."+f.Name, ".") + ": " + f.Why
}

// digestOf is a hash over the names and contents of all files of a report.
func digestOf(r *Report) string {
	lines := make([]string, len(r.Artifacts))
	for i, a := range r.Artifacts {
		lines[i] = a.Path + "\x00" + a.SHA256 + "\n"
	}
	slices.Sort(lines)
	sum := sha256.New()
	for _, line := range lines {
		_, _ = sum.Write([]byte(line))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
