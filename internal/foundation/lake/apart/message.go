package apart

import (
	"math"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// question is what is asked: one of Portrait and Compare.
type question struct {
	Folder   string           `json:"folder"` // for what is spilled; it is there and empty
	Memory   int64            `json:"memory"`
	Portrait *portrait        `json:"portrait,omitempty"`
	Compare  *lake.Comparison `json:"compare,omitempty"`
}

type portrait struct {
	Source lake.Source `json:"source"`
	Rows   int         `json:"rows"`
	Limits lake.Limits `json:"limits"`
}

// answer is what is said, or why nothing is.
type answer struct {
	Portrait   *lake.Portrait   `json:"portrait,omitempty"`
	Difference *lake.Difference `json:"difference,omitempty"`
	Failure    *failure         `json:"failure,omitempty"`
}

// failure is a fault as it goes from one process to another.
type failure struct {
	Kind    fault.Kind `json:"kind"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
}

func failureOf(err error) *failure {
	return &failure{fault.KindOf(err), fault.Sentence(err), fault.HintOf(err)}
}

func (f *failure) fault() error {
	err := fault.New(f.Kind, "%s", f.Message)
	if f.Hint != "" {
		err = fault.WithHint(err, "%s", f.Hint)
	}
	return err
}

// writable takes from a profile the numbers that JSON has no form for: what lies beyond
// all numbers becomes the last one, and what is none 0.
func writable(p *lake.Profile) {
	for i := range p.Values {
		v := &p.Values[i]
		for _, x := range []*float64{&v.Mean, &v.Deviation, &v.Low, &v.High} {
			if math.IsNaN(*x) {
				*x = 0
			}
			*x = min(max(*x, -math.MaxFloat64), math.MaxFloat64)
		}
	}
}
