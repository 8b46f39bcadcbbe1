package structure

import (
	"errors"
	"fmt"
)

// ErrNot is given for bytes of another format, or that end or break before the
// model does.
var ErrNot = errors.New("structure: not such a model")

// ErrLimit is given for a model of which more would have to be held than is.
var ErrLimit = errors.New("structure: a limit of the reader")

// Limits on one tree.
const (
	mostNodes    = 1 << 19
	mostFaults   = 64
	mostFeatures = 1 << 26
)

// Fault is one way in which a model is not sound.
type Fault struct {
	Offset int64
	What   string
}

// Report is what was verified.
type Report struct {
	Booster      bool // of XGBoost: the document has one, so that it is a model
	Trees, Nodes int64
	Features     int64 // 0 when the file does not say
	Faults       []Fault
	End          int64      // where the model ends in the file
	Raw          [][2]int64 // bytes of tables that were passed over
}

func (r *Report) fault(offset int64, format string, args ...any) {
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, Fault{Offset: offset, What: fmt.Sprintf(format, args...)})
	}
}

// links are the children of a tree's nodes. What child gives is a node, or -1
// for a leaf.
type links struct {
	n     int
	child func(node int32) (left, right int32)
}

// sound reports what is wrong with the links: "" when every node that the root
// reaches is reached once, and is there. reached are those.
func (l links) sound() (reached []bool, wrong string) {
	reached = make([]bool, l.n)
	stack := []int32{0}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if i < 0 || int(i) >= l.n {
			return reached, fmt.Sprintf("names the node %d of %d", i, l.n)
		}
		if reached[i] {
			return reached, fmt.Sprintf("reaches the node %d twice: following it may never end", i)
		}
		reached[i] = true
		left, right := l.child(i)
		if left != -1 {
			stack = append(stack, left)
		}
		if right != -1 {
			stack = append(stack, right)
		}
	}
	return reached, ""
}
