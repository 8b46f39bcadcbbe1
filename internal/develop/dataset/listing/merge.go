package listing

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxTold is how many paths a conflict tells.
const maxTold = 20

// Merge is what both sides made of the ancestor, which is nil where there was
// none: additions, removals and changes of both. A path that the two made
// different things of, or that one removed and the other changed, is
// fault.Conflict. What both removed is removed; dvc refuses that.
func Merge(ancestor, ours, theirs *Listing) (*Listing, error) {
	if ancestor == nil {
		ancestor = &Listing{plain: true}
	}
	b := NewBuilder(max(ours.Len(), theirs.Len()))
	var bad []string
	var err error
	walk([]*Listing{ancestor, ours, theirs}, func(path []byte, at []int) {
		was, our, their := side(ancestor, at[0]), side(ours, at[1]), side(theirs, at[2])
		merged := our
		switch {
		case our == was:
			merged = their
		case their != was && their != our:
			bad = append(bad, string(path))
		}
		if merged.there && err == nil {
			err = b.Add(path, merged.sum)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(bad) > 0 {
		return nil, conflict(bad)
	}
	merged, err := b.Listing()
	if err != nil {
		return nil, fault.Because(err, fault.Conflict, "Unable to auto-merge: a path is a file on one side and a directory on the other.")
	}
	return merged, nil
}

// state is what a path is in one listing.
type state struct {
	there bool
	sum   [16]byte
}

func side(l *Listing, i int) state {
	if i < 0 {
		return state{}
	}
	return state{there: true, sum: l.at[i].sum}
}

func conflict(paths []string) error {
	told := paths[:min(len(paths), maxTold)]
	text := "unable to auto-merge the following paths:\n" + strings.Join(told, "\n")
	if more := len(paths) - len(told); more > 0 {
		return fault.WithHint(fault.New(fault.Conflict, "%s\nand %d more", text, more), mergeRemedy)
	}
	return fault.WithHint(fault.New(fault.Conflict, "%s", text), mergeRemedy)
}

const mergeRemedy = "check out one side, bring these files into the directory as they should be, and add it again"
