package inspect

import (
	"fmt"
	"slices"

	"github.com/tacit-ml/tacit/ml/extent"
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
	parsed = extent.Merge(within(parsed, size))
	raw = extent.Without(extent.Merge(within(raw, size)), parsed)
	rest := extent.Without([]Range{{From: 0, To: size}}, extent.Merge(append(slices.Clone(parsed), raw...)))
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

// containerCover is the coverage of a container of so many bytes: covered is what
// became of the bytes of its content, and what is no content is headers, directories
// and padding, which were parsed.
func containerCover(size int64, covered Coverage, content []Range) Coverage {
	rest := extent.Without([]Range{{From: 0, To: size}}, extent.Merge(within(content, size)))
	covered.Parsed = append(covered.Parsed, rest...)
	return cover(size, []Coverage{covered})
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
