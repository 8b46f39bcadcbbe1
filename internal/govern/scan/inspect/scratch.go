package inspect

import (
	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// pickleBudget is the budget of a pickle, whose memo may take of the bytes of
// files that the visit has.
func (v *visit) pickleBudget() pickle.Budget {
	b := v.budget.Pickle
	b.Scratch = func() (pickle.Scratch, error) { return v.scratch() }
	return b
}

// scratch makes a file for what memory does not allow.
func (v *visit) scratch() (archive.Scratch, error) {
	file, err := archive.NewUnlinked()
	if err != nil {
		return nil, err
	}
	return &scratch{Unlinked: file, visit: v}, nil
}

// scratch is an unlinked file whose bytes count as those that members take.
type scratch struct {
	archive.Unlinked
	visit *visit
	size  int64
}

// WriteAt is of io.WriterAt. A file past the budget is full.
func (s *scratch) WriteAt(p []byte, off int64) (int, error) {
	if more := off + int64(len(p)) - s.size; more > 0 {
		if s.visit.spilled+more > s.visit.budget.Spilled {
			return 0, s.visit.noSpace()
		}
		s.visit.spilled += more
		s.size += more
	}
	return s.Unlinked.WriteAt(p, off)
}

// Close lets go of the file.
func (s *scratch) Close() error {
	s.visit.spilled -= s.size
	return s.Unlinked.Close()
}
