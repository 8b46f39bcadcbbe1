// Package inspection says how a repository found a remote: whether what it needs is
// there. A client tells it to the tacit that keeps the remote.
//
// It reads no files and speaks to nobody.
package inspection

import "github.com/tacit-ml/tacit/internal/foundation/fault"

// Outcome is what an inspection of a remote found. Problems are those that were left.
type Outcome struct {
	Objects int64 `json:"objects"` // that the remote was asked for
	Lost    int64 `json:"lost"`    // objects that are neither in the cache nor in the remote
	Unsent  int64 `json:"unsent"`  // objects of the cache that the remote lacks, and is thought to have
	Mended  int64 `json:"mended"`  // problems that were there
}

// Most bounds each number.
const Most = 1 << 40

// Check is fault.Invalid for what nobody can have found.
func (o Outcome) Check() error {
	for _, n := range []int64{o.Objects, o.Lost, o.Unsent, o.Mended} {
		if n < 0 || n > Most {
			return fault.New(fault.Invalid, "%d is no number of objects that an inspection finds.", n)
		}
	}
	return nil
}

// Problems are how many were left.
func (o Outcome) Problems() int64 { return o.Lost + o.Unsent }
