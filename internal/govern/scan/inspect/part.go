package inspect

import (
	"cmp"
	"slices"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Status is whether all of a part was understood.
type Status = pickle.Status

// Verdict is what loading a part would do.
type Verdict = pickle.Verdict

// Severity is how much a finding weighs.
type Severity = pickle.Severity

// Range is the bytes From up to To, To not among them.
type Range = pickle.Range

// Coverage is what became of each byte of a part. The ranges of the three kinds,
// in order and apart, are the part.
type Coverage = pickle.Coverage

// Part is what is known of a file, or of a member of one.
type Part struct {
	Path     string   // of the file, then of each member in it: outer.zip:inner.zip:data.pkl
	SHA256   string   // of a file, in hex; members have none
	Size     int64    // in bytes, decompressed
	Format   []string // from the outside in: zip, pickle p2
	Status   Status
	Reason   string // of a status that is not complete
	Verdict  Verdict
	Coverage Coverage
	Findings []Finding // its own and its members', the gravest first
	Members  []Part

	numbers []string // paths of files that hold nothing but the numbers of this one
}

// Finding is one thing there is to say against a part.
type Finding struct {
	Rule         string // the id of a page of rules/
	Severity     Severity
	Class        string // of a global: vetted, data, unknown, dangerous; else ""
	Module, Name string // of a global, a layer, an operator
	Args         string // summary
	Offset       int64  // in the member
	Length       int64  // of the bytes meant, 0 when only the place is known
	Opcode       string // of a pickle
	Member       string // the Path of the part whose it is
	Why          string // a sentence
	Count        int64  // how often, 1 for once
}

// Reading is what one format makes of a part.
type Reading struct {
	Format   string // its own link of the chain
	Status   Status
	Reason   string
	Coverage Coverage
	Findings []Finding
	Members  []Part
	// Guess is set where nothing but luck tells the format from others: beside a
	// reading that is none, it counts only when it found what is malicious.
	Guess bool
	// Numbers are the names of files beside the source that hold nothing but
	// numbers of it.
	Numbers []string
}

// judge is the verdict of a status and findings: malicious from high on, where
// something dangerous stands or what is critical; suspicious from medium on, and
// where an unknown global is used.
func judge(status Status, findings []Finding) Verdict {
	out := pickle.Clean
	if status != pickle.Complete {
		out = pickle.NotKnown
	}
	for _, f := range findings {
		switch {
		case f.Class == pickle.ClassDangerous.String() && f.Severity >= pickle.High && f.Rule != pickle.RuleCode || f.Severity == pickle.Critical:
			return pickle.Malicious
		case f.Severity >= pickle.Medium, f.Class == pickle.ClassUnknown.String() && f.Module != "":
			out = pickle.Suspicious
		}
	}
	return out
}

// gravest puts the gravest finding first, and keeps the order of equal ones.
func gravest(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
}
