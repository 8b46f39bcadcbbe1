package inspect

import (
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/numpy"
	"github.com/tacit-ml/tacit/ml/pickle"
)

const npyMagic = "\x93NUMPY"

func looksNpy(s *Source) bool { return s.Starts(npyMagic) }

// readNpy reads arrays that numpy.save wrote, one or several in a row: numbers
// are passed over, objects are a pickle.
func readNpy(v *visit, s *Source) Reading {
	out := Reading{Format: "npy"}
	var covered Coverage
	for at := int64(0); at < s.Size; {
		in := io.NewSectionReader(s.Bytes, at, s.Size-at)
		if at > 0 && !beginsNpy(in) {
			rest := v.behind(&out, s, at)
			covered.Parsed, covered.Raw = append(covered.Parsed, rest.Parsed...), append(covered.Raw, rest.Raw...)
			break
		}
		h, err := numpy.ReadHeader(in)
		if err != nil {
			out.incomplete(pickle.Inconclusive, err.Error())
			behind := v.behindHeader(&out, s, at)
			covered.Parsed, covered.Raw = append(covered.Parsed, behind.Parsed...), append(covered.Raw, behind.Raw...)
			break
		}
		covered.Parsed = append(covered.Parsed, Range{From: at, To: at + h.Offset})
		from := at + h.Offset
		if h.Type.HasObject {
			inner := v.objects(&out, s, from)
			covered.Parsed, covered.Raw = append(covered.Parsed, inner.Parsed...), append(covered.Raw, inner.Raw...)
			break
		}
		if at = from + h.Size; at > s.Size {
			out.incomplete(pickle.Inconclusive, fmt.Sprintf("an array of %d bytes begins at %d, and the file has %d", h.Size, from, s.Size))
		}
		covered.Raw = append(covered.Raw, Range{From: from, To: min(at, s.Size)})
	}
	out.Coverage = cover(s.Size, []Coverage{covered})
	return out
}

// objects reads the pickle of an array of objects, which begins at an offset.
func (v *visit) objects(out *Reading, s *Source, from int64) Coverage {
	p := v.member(s, "objects", io.NewSectionReader(s.Bytes, from, s.Size-from), s.Size-from, nil)
	v.keep(out, p)
	return shifted(p.Coverage, from)
}

// behindHeader reads what stands behind a header at an offset that is not
// understood: numpy may find the type of objects in it, and load the rest as a pickle.
func (v *visit) behindHeader(out *Reading, s *Source, at int64) Coverage {
	end, err := numpy.HeaderEnd(io.NewSectionReader(s.Bytes, at, s.Size-at))
	if err != nil || at+end >= s.Size {
		return Coverage{}
	}
	return v.objects(out, s, at+end)
}

// incomplete makes a reading's status worse, and keeps the first reason.
func (r *Reading) incomplete(status Status, reason string) {
	if status > r.Status {
		r.Status, r.Reason = status, reason
	}
}

func beginsNpy(r io.ReaderAt) bool {
	b := make([]byte, len(npyMagic))
	n, _ := r.ReadAt(b, 0)
	return n == len(b) && string(b) == npyMagic
}
