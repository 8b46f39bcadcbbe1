package inspect

import (
	"fmt"
	"slices"
)

// cover joins the coverages of several readings of the same bytes: a byte counts
// as parsed when one reading parsed it, as raw when one passed over it knowingly,
// and as unparsed when none did either.
func cover(size int64, of []Coverage) Coverage {
	var parsed, raw []Range
	for _, c := range of {
		parsed = append(parsed, c.Parsed...)
		raw = append(raw, c.Raw...)
	}
	parsed = merge(within(parsed, size))
	raw = without(merge(within(raw, size)), parsed)
	rest := without([]Range{{From: 0, To: size}}, merge(append(slices.Clone(parsed), raw...)))
	return Coverage{Parsed: parsed, Raw: raw, Unparsed: rest}
}

// within cuts ranges to a size.
func within(ranges []Range, size int64) []Range {
	out := make([]Range, 0, len(ranges))
	for _, r := range ranges {
		if r = (Range{From: max(r.From, 0), To: min(r.To, size)}); r.From < r.To {
			out = append(out, r)
		}
	}
	return out
}

// merge puts ranges in order and joins those that touch or overlap.
func merge(ranges []Range) []Range {
	slices.SortFunc(ranges, func(a, b Range) int { return int(min(max(a.From-b.From, -1), 1)) })
	out := ranges[:0]
	for _, r := range ranges {
		if n := len(out); n > 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// without takes holes from ranges; both are merged.
func without(ranges, holes []Range) []Range {
	var out []Range
	h := 0
	for _, r := range ranges {
		for h < len(holes) && holes[h].To <= r.From {
			h++
		}
		for i := h; i < len(holes) && holes[i].From < r.To; i++ {
			if r.From < holes[i].From {
				out = append(out, Range{From: r.From, To: holes[i].From})
			}
			r.From = max(r.From, holes[i].To)
		}
		if r.From < r.To {
			out = append(out, r)
		}
	}
	return out
}

// unparsed is a sentence about bytes that nobody understood.
func unparsed(u []Range) string {
	if len(u) == 1 {
		return fmt.Sprintf("%d bytes at %d were not understood", u[0].Size(), u[0].From)
	}
	n := int64(0)
	for _, r := range u {
		n += r.Size()
	}
	return fmt.Sprintf("%d bytes in %d places were not understood, the first at %d", n, len(u), u[0].From)
}

// all is the coverage of a source of which all bytes are known, by a format that
// has no code: parsed, or raw.
func all(size int64, raw bool) Coverage {
	whole := []Range{{From: 0, To: size}}
	if raw {
		return Coverage{Raw: whole}
	}
	return Coverage{Parsed: whole}
}
