package pickle

import "github.com/tacit-ml/tacit/ml/extent"

// Range is bytes From..To of a file, To not among them.
type Range = extent.Range

// Coverage is what became of each byte of a file: read as opcodes, passed over
// as the raw data that the opcodes announce, or not understood. The ranges of
// the three, in order and apart, are the file.
type Coverage struct {
	Parsed, Raw, Unparsed []Range
}

// Size is how many bytes the three cover.
func (c Coverage) Size() (n int64) {
	for _, ranges := range [][]Range{c.Parsed, c.Raw, c.Unparsed} {
		for _, r := range ranges {
			n += r.Size()
		}
	}
	return n
}

// join adds a range behind ranges in order; one that begins where the last ends
// makes that longer.
func join(ranges []Range, r Range) []Range {
	if r.From >= r.To {
		return ranges
	}
	if n := len(ranges); n > 0 && ranges[n-1].To == r.From {
		ranges[n-1].To = r.To
		return ranges
	}
	return append(ranges, r)
}

// without takes from ranges what lies in holes; both are in order, and each
// hole lies in one range.
func without(ranges, holes []Range) (out []Range) {
	h := 0
	for _, r := range ranges {
		for h < len(holes) && holes[h].From < r.To {
			out = join(out, Range{From: r.From, To: holes[h].From})
			r.From = max(r.From, holes[h].To)
			h++
		}
		out = join(out, r)
	}
	return out
}
