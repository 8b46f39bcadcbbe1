package object

import (
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// mostBehind of the lines of what lies behind the pickle are told.
const mostBehind = 100

// behind tells what lies behind the pickle: how much, and what loading it would
// call and import, as far as it can be read as pickles.
func (x *reader) behind(end, size int64) []Left {
	left := []Left{{What: fmt.Sprintf("%d bytes behind the pickle", size-end), At: x.base + end}}
	r := pickle.Scan(io.NewSectionReader(x.from, end, size-end), size-end, x.vetting, pickle.DefaultBudget())
	rest := &reader{g: &pickle.Graph{Trace: r.Trace}, base: x.base + end}
	var steps []*pickle.Step
	for i := range r.Trace.Steps {
		if s := &r.Trace.Steps[i]; s.Depth == 0 && s.Reading == "" {
			steps = append(steps, s)
		}
	}
	told := rest.told(steps)
	return append(left, told[:min(len(told), mostBehind)]...)
}
