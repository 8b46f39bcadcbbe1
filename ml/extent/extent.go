// Package extent is ranges of a file's bytes: put in order, joined, and taken from
// one another, as whoever accounts for each byte of a file needs them.
//
// It is not for sets of other numbers, and it reads no bytes.
package extent

import (
	"cmp"
	"slices"
)

// Range is bytes From..To of a file, To not among them.
type Range struct{ From, To int64 }

// Size is how many bytes there are.
func (r Range) Size() int64 { return r.To - r.From }

// Merge puts ranges in order and joins those that touch or overlap. It uses the
// memory of all.
func Merge(all []Range) []Range {
	slices.SortFunc(all, func(a, b Range) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := all[:0]
	for _, r := range all {
		if n := len(out); n > 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Without takes holes from ranges; both are merged.
func Without(all, holes []Range) []Range {
	var out []Range
	h := 0
	for _, r := range all {
		for h < len(holes) && holes[h].To <= r.From {
			h++
		}
		for i := h; i < len(holes) && holes[i].From < r.To; i++ {
			if r.From < holes[i].From {
				out = append(out, Range{r.From, holes[i].From})
			}
			r.From = max(r.From, holes[i].To)
		}
		if r.From < r.To {
			out = append(out, r)
		}
	}
	return out
}
