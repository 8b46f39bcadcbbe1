package scan

import (
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// Report is what a scan gave. Its JSON is what --json prints.
type Report struct {
	Summary   Summary    `json:"summary"`
	Artifacts []Artifact `json:"artifacts"`
	Began     time.Time  `json:"-"`
}

// Summary counts a report.
type Summary struct {
	Target   string         `json:"target"`
	Files    int            `json:"files"`
	Bytes    int64          `json:"bytes"`
	Findings int            `json:"findings"`
	Severity map[string]int `json:"severity"` // findings of each
	Verdicts map[string]int `json:"verdicts"` // files of each
	Statuses map[string]int `json:"statuses"` // files of each
	Rules    string         `json:"rules"`    // version of the rule set
	Engine   string         `json:"engine"`   // tacit and its version
	TookMS   int64          `json:"took_ms"`
	// Shortened says that the report was too long to keep: files without findings,
	// and some findings, are counted and not listed.
	Shortened bool `json:"shortened,omitempty"`
}

// Artifact is one file.
type Artifact struct {
	Path     string    `json:"path"`
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Format   string    `json:"format"` // from the outside in: zip > pickle p2
	Status   string    `json:"status"`
	Reason   string    `json:"reason,omitempty"` // of a status that is not complete
	Verdict  string    `json:"verdict"`
	Coverage Coverage  `json:"coverage"`
	Findings []Finding `json:"findings"`
	Members  []Member  `json:"members,omitempty"`
}

// Member is a part of a container, and of it what its container does not say.
type Member struct {
	Path     string   `json:"path"`
	Size     int64    `json:"size"`
	Format   string   `json:"format"`
	Status   string   `json:"status"`
	Reason   string   `json:"reason,omitempty"`
	Verdict  string   `json:"verdict"`
	Coverage Coverage `json:"coverage"`
}

// Coverage is what became of each byte; the ranges of all three, in order and
// apart, are the file.
type Coverage struct {
	Parsed   [][2]int64 `json:"parsed"`
	Raw      [][2]int64 `json:"raw"`
	Unparsed [][2]int64 `json:"unparsed"`
}

// Finding is one thing there is to say against a file.
type Finding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Class    string `json:"class,omitempty"`
	Module   string `json:"module,omitempty"`
	Name     string `json:"name,omitempty"`
	Args     string `json:"args,omitempty"`
	Offset   int64  `json:"offset"`
	Length   int64  `json:"length,omitempty"`
	Opcode   string `json:"opcode,omitempty"`
	Member   string `json:"member"`
	Why      string `json:"why"`
	Count    int64  `json:"count"`
}

// Add adds a file.
func (r *Report) Add(p inspect.Part) {
	a := Artifact{
		Path: p.Path, SHA256: p.SHA256, Size: p.Size, Format: strings.Join(chain(p), " > "), Status: p.Status.String(), Reason: p.Reason,
		Verdict: p.Verdict.String(), Coverage: coverage(p.Coverage), Findings: []Finding{}, Members: members(nil, p.Members),
	}
	for _, f := range p.Findings {
		a.Findings = append(a.Findings, Finding{
			Rule: f.Rule, Severity: f.Severity.String(), Class: f.Class, Module: f.Module, Name: f.Name, Args: f.Args, Offset: f.Offset,
			Length: f.Length, Opcode: f.Opcode, Member: f.Member, Why: f.Why, Count: f.Count,
		})
		r.Summary.Severity[f.Severity.String()]++
		r.Summary.Findings++
	}
	r.Summary.Files++
	r.Summary.Bytes += p.Size
	r.Summary.Verdicts[a.Verdict]++
	r.Summary.Statuses[a.Status]++
	r.Artifacts = append(r.Artifacts, a)
}

// Below names all files of a report with the folder that they lie in.
func (r *Report) Below(folder string) {
	folder = strings.TrimSuffix(path.Clean(filepath.ToSlash(folder)), "/") + "/"
	under := func(name string) string { return strings.TrimPrefix(folder+name, "./") }
	for i := range r.Artifacts {
		a := &r.Artifacts[i]
		a.Path = under(a.Path)
		for j := range a.Findings {
			a.Findings[j].Member = under(a.Findings[j].Member)
		}
		for j := range a.Members {
			a.Members[j].Path = under(a.Members[j].Path)
		}
	}
}

// Join adds the files of another report.
func (r *Report) Join(o *Report) {
	s := &r.Summary
	s.Target += " " + o.Summary.Target
	s.Files, s.Bytes, s.Findings, s.TookMS = s.Files+o.Summary.Files, s.Bytes+o.Summary.Bytes, s.Findings+o.Summary.Findings, s.TookMS+o.Summary.TookMS
	s.Shortened = s.Shortened || o.Summary.Shortened
	for of, more := range map[*map[string]int]map[string]int{&s.Severity: o.Summary.Severity, &s.Verdicts: o.Summary.Verdicts, &s.Statuses: o.Summary.Statuses} {
		for word, n := range more {
			(*of)[word] += n
		}
	}
	r.Artifacts = append(r.Artifacts, o.Artifacts...)
}

// newReport is one without files, in which every word has its count.
func newReport(target, engine, rules string, began time.Time) *Report {
	r := &Report{Artifacts: []Artifact{}, Began: began}
	r.Summary = Summary{Target: target, Engine: engine, Rules: rules, Severity: map[string]int{}, Verdicts: map[string]int{}, Statuses: map[string]int{}}
	for s := pickle.Low; s <= pickle.Critical; s++ {
		r.Summary.Severity[s.String()] = 0
	}
	for v := pickle.Clean; v <= pickle.Malicious; v++ {
		r.Summary.Verdicts[v.String()] = 0
	}
	for s := pickle.Complete; s <= pickle.Failure; s++ {
		r.Summary.Statuses[s.String()] = 0
	}
	return r
}

func (r *Report) took(d time.Duration) { r.Summary.TookMS = d.Milliseconds() }

// chain is the format of a part, or that of the member in it with the gravest
// verdict; of equal ones that of the first which is not raw data.
func chain(p inspect.Part) []string {
	var main *inspect.Part
	for i := range p.Members {
		m := &p.Members[i]
		if len(m.Format) == 0 || len(m.Coverage.Parsed) == 0 && m.Verdict == pickle.Clean {
			continue
		}
		if main == nil || m.Verdict > main.Verdict {
			main = m
		}
	}
	if main != nil {
		return chain(*main)
	}
	return p.Format
}

// members are all parts below, each before those in it.
func members(to []Member, of []inspect.Part) []Member {
	for _, p := range of {
		to = append(to, Member{
			Path: p.Path, Size: p.Size, Format: strings.Join(p.Format, " > "), Status: p.Status.String(), Reason: p.Reason,
			Verdict: p.Verdict.String(), Coverage: coverage(p.Coverage),
		})
		to = members(to, p.Members)
	}
	return to
}

func coverage(c inspect.Coverage) Coverage {
	pairs := func(ranges []inspect.Range) [][2]int64 {
		out := make([][2]int64, len(ranges))
		for i, r := range ranges {
			out[i] = [2]int64{r.From, r.To}
		}
		return out
	}
	return Coverage{Parsed: pairs(c.Parsed), Raw: pairs(c.Raw), Unparsed: pairs(c.Unparsed)}
}
