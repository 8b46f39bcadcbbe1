package pickle

import (
	"fmt"
	"io"
	"slices"
)

// Budget is what a scan or load may use. A budget that is used up ends the
// pickle, and the report names it.
type Budget struct {
	Opcodes     int64 // in all pickles and readings together
	Stack       int   // values on the stack
	Memo        int   // entries of the memo; at most 32 Mi stay in memory, and all where there is no Scratch
	Globals     int   // different names that are kept; twice as many with those that are known
	Steps       int   // of the trace that are kept; more are counted
	Depth       int   // of pickles in pickles
	NestedBytes int64 // of pickles that must be decoded into memory first
	Readings    int   // followed where unpicklers differ
	// Scratch opens a file for the memo of a large pickle. It is closed, and its
	// bytes are of no use, when the scan has ended.
	Scratch func() (Scratch, error)
}

// DefaultBudget lets every honest file of some gigabytes through in less than
// 64 MiB.
func DefaultBudget() Budget {
	return Budget{
		Opcodes: 4e9, Stack: 2 << 20, Memo: 256 << 20, Globals: 1 << 14, Steps: 10_000, Depth: 8, NestedBytes: 8 << 20, Readings: 8,
	}
}

// Status is whether the whole file was understood.
type Status uint8

// The statuses.
const (
	Complete     Status = iota
	Inconclusive        // some of it was not, or not within the budget
	Failure             // it is no pickle, or cannot be read
)

func (s Status) String() string { return [...]string{"complete", "inconclusive", "error"}[s] }

// Verdict is what the file would do.
type Verdict uint8

// The verdicts. Only a file that was read completely is clean.
const (
	Clean Verdict = iota
	NotKnown
	Suspicious
	Malicious
)

func (v Verdict) String() string {
	return [...]string{"clean", "unknown", "suspicious", "malicious"}[v]
}

// Report is what a scan found.
type Report struct {
	Status   Status
	Reason   string // of a status that is not complete
	Verdict  Verdict
	Size     int64
	Coverage Coverage
	Findings []Finding // the gravest first
	Trace    *Trace
	// Open are what the pickle hands to other readers and the machine cannot read,
	// where all else is complete: whoever reads them completely has read the whole.
	Open []Embedded
}

// Scan reads bytes 0 to size of r as pickles, one behind the other, and tells
// what loading them would do. It runs nothing, holds a window of the input in
// memory, and reads every byte of the opcodes once; r may be Memory. An error
// of r is a report with the status error.
func Scan(r io.ReaderAt, size int64, v *Vetting, b Budget) Report {
	return follow(r, size, v, b, true)
}

// Peek is Scan of what an unpickler reads that is called at the first byte, and
// called again where it came to: what lies behind a pickle that breaks, or
// behind bytes that are none, is left unparsed. It is for bytes that are known to
// be of another format.
func Peek(r io.ReaderAt, size int64, v *Vetting, b Budget) Report {
	return follow(r, size, v, b, false)
}

func follow(r io.ReaderAt, size int64, v *Vetting, b Budget, hidden bool) Report {
	if size > mostIndex {
		return Report{Status: Failure, Verdict: NotKnown, Size: size, Reason: "the file has more than 512 GiB", Coverage: Coverage{Unparsed: []Range{{From: 0, To: size}}}}
	}
	t := newTrace(v, b)
	s := &stream{trace: t, machine: newMachine(r, t, false), plain: !hidden}
	defer s.machine.memo.file.close()
	s.readAll(0, size)
	t.judgeReferences()
	return s.report(size)
}

func (s *stream) report(size int64) Report {
	t := s.trace
	out := Report{Size: size, Trace: t}
	out.Coverage = s.coverage(size)
	out.Status, out.Reason = s.status()
	if out.Status == Complete {
		out.Open = s.open()
	}
	if len(out.Open) > 0 {
		e := out.Open[0]
		out.Status, out.Reason = Inconclusive, fmt.Sprintf("%s is given %d bytes at %d that are no pickle", e.Through, e.Size, e.Offset)
	}
	out.Findings = slices.Clone(t.Findings)
	slices.SortStableFunc(out.Findings, func(a, b Finding) int { return int(b.Severity) - int(a.Severity) })
	out.Verdict = verdict(out.Status, out.Findings)
	return out
}

// coverage puts the ranges together; what a file that turned out shorter does
// not have is unparsed.
func (s *stream) coverage(size int64) Coverage {
	raw := make([]Range, 0, len(s.trace.raw)+len(s.raw))
	for _, r := range slices.Concat(s.trace.raw, s.raw) {
		raw = join(raw, r)
	}
	c := Coverage{Parsed: without(s.parsed, raw), Raw: raw, Unparsed: s.unparsed}
	if missing := size - c.Size(); missing > 0 {
		c.Unparsed = join(c.Unparsed, Range{From: size - missing, To: size})
	}
	return c
}

func (s *stream) status() (Status, string) {
	t := s.trace
	for _, e := range t.Endings {
		if e.Kind == Failed {
			return Failure, e.Reason
		}
	}
	if len(s.parsed) == 0 {
		return Failure, "it begins like no pickle"
	}
	for _, e := range t.Endings {
		if e.Kind == Exhausted {
			return Inconclusive, fmt.Sprintf("the budget for %s was used up at %d", e.Reason, e.Offset)
		}
		if e.Kind != Stopped {
			return Inconclusive, fmt.Sprintf("%s, at %d", e.Reason, e.Offset)
		}
	}
	if len(t.Budgets) > 0 {
		return Inconclusive, "the budget for " + t.Budgets[0] + " was used up"
	}
	if t.unread != "" {
		return Inconclusive, t.unread
	}
	if len(s.unparsed) > 0 {
		u := s.unparsed[0]
		return Inconclusive, fmt.Sprintf("%d bytes at %d are no pickle", u.Size(), u.From)
	}
	return Complete, ""
}

// open are the embedded ranges that no machine read.
func (s *stream) open() (open []Embedded) {
	for _, e := range s.trace.Embedded {
		if !e.Read {
			open = append(open, e)
		}
	}
	return open
}

func verdict(s Status, findings []Finding) Verdict {
	out := Clean
	if s != Complete {
		out = NotKnown
	}
	for _, f := range findings {
		switch {
		case f.Class == ClassDangerous && f.Severity >= High && f.Rule != RuleCode || f.Severity == Critical:
			return Malicious // what the pickle's own code does when it is used, nobody can say
		case f.Severity >= Medium, f.Class == ClassUnknown && f.Module != "":
			out = Suspicious
		}
	}
	return out
}
