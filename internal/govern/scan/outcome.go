package scan

import (
	"fmt"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// Outcome is a report in one word.
type Outcome int

// The outcomes; the numbers are the exit codes of tacit scan.
const (
	Clean       Outcome = 0 // every file was read completely, and nothing weighs enough
	Found       Outcome = 1 // a finding weighs enough, whatever could not be read beside it
	Unscannable Outcome = 2 // something could not be read completely
	Nothing     Outcome = 3 // there was no file
)

// Severity reads the word for a severity. fault.Invalid.
func Severity(word string) (pickle.Severity, error) {
	for s := pickle.Low; s <= pickle.Critical; s++ {
		if s.String() == word {
			return s, nil
		}
	}
	return 0, fault.New(fault.Invalid, "%q is no severity: low, medium, high or critical.", word)
}

// Outcome judges a report: findings from a severity on weigh enough. Strictly,
// so does everything that was not read completely or that nobody has vetted.
func (r *Report) Outcome(from pickle.Severity, strict bool) Outcome {
	if r.Summary.Files == 0 {
		return Nothing
	}
	for s := from; s <= pickle.Critical; s++ {
		if r.Summary.Severity[s.String()] > 0 {
			return Found
		}
	}
	whole := r.Summary.Statuses[pickle.Complete.String()] == r.Summary.Files
	if strict && (!whole || r.Summary.Verdicts[pickle.Clean.String()] < r.Summary.Files) {
		return Found
	}
	if !whole {
		return Unscannable
	}
	return Clean
}

// String is the word.
func (o Outcome) String() string {
	switch o {
	case Clean:
		return "clean"
	case Found:
		return "found"
	case Unscannable:
		return "unscannable"
	case Nothing:
		return "nothing"
	}
	return fmt.Sprintf("outcome %d", int(o))
}
