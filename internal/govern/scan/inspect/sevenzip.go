package inspect

import (
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// sevenDirectory bounds the directory of a 7z file.
const sevenDirectory = 16 << 20

func looksSevenZip(s *Source) bool { return archive.IsSevenZip(s.Head) }

// readSevenZip inspects the members of a 7z file. Those that are packed as one
// are unpacked as one.
func readSevenZip(v *visit, s *Source) Reading {
	out := Reading{Format: "7z"}
	z, err := archive.ReadSevenZip(s.Bytes, s.Size, archive.SevenZipLimits{Members: max(v.budget.Members-v.members, 1), Directory: sevenDirectory})
	if err != nil {
		out.Status, out.Reason = pickle.Inconclusive, err.Error()
		return out
	}
	var covered Coverage
	content := make([]Range, 0, len(z.Folders)+len(z.Gaps))
	for i, f := range z.Folders {
		p := v.unpacked(s, packed{
			name: fmt.Sprintf("(stream %d)", i), size: f.Data.Len(), heavy: true,
			open: func() (io.Reader, error) { return f.Open(s.Bytes, v.scratch) },
			read: func(stream *Source) Part { return v.slices(s, stream, f) },
		})
		if len(p.Members) == 0 {
			p.Path = s.Path + ":" + printable(nameOf(f))
		}
		v.keep(&out, p)
		r := Range{From: f.Data.From, To: f.Data.To}
		c := contentCover(p, r)
		covered.Parsed, covered.Raw = append(covered.Parsed, c.Parsed...), append(covered.Raw, c.Raw...)
		content = append(content, r)
	}
	for _, g := range z.Gaps {
		p := v.member(s, fmt.Sprintf("(bytes at %d)", g.From), io.NewSectionReader(s.Bytes, g.From, g.Len()), g.Len(), nil)
		v.keep(&out, p)
		c := shifted(p.Coverage, g.From)
		covered.Parsed, covered.Raw = append(covered.Parsed, c.Parsed...), append(covered.Raw, c.Raw...)
		content = append(content, Range{From: g.From, To: g.To})
	}
	out.Coverage = containerCover(s.Size, covered, content)
	return out
}

func nameOf(f archive.Packed) string {
	if len(f.Members) == 0 {
		return "(nothing)"
	}
	return f.Members[0].Name
}

// slices inspects the members that lie one behind the other in an unpacked
// stream.
func (v *visit) slices(of, stream *Source, f archive.Packed) Part {
	reading := Reading{Format: "stream"}
	var covered Coverage
	at := int64(0)
	for _, m := range f.Members {
		from := at
		at += m.Size
		if m.Size == 0 {
			continue
		}
		size := min(m.Size, stream.Size-from)
		if size <= 0 {
			reading.incomplete(pickle.Inconclusive, fmt.Sprintf("the stream ends before %s", printable(m.Name)))
			break
		}
		beside := func(name string) (*Source, error) {
			name, at := path.Join(path.Dir(m.Name), name), int64(0)
			for _, other := range f.Members {
				if other.Name == name && at+other.Size <= stream.Size {
					return NewSource(of.Path+":"+printable(name), io.NewSectionReader(stream.Bytes, at, other.Size), other.Size, nil)
				}
				at += other.Size
			}
			return nil, fs.ErrNotExist
		}
		p := v.member(of, printable(m.Name), io.NewSectionReader(stream.Bytes, from, size), size, beside)
		if size < m.Size {
			p.Status, p.Reason = max(p.Status, pickle.Inconclusive), "it is cut off"
			p.Verdict = judge(p.Status, p.Findings)
		}
		v.keep(&reading, p)
		c := shifted(p.Coverage, from)
		covered.Parsed, covered.Raw = append(covered.Parsed, c.Parsed...), append(covered.Raw, c.Raw...)
	}
	reading.Coverage = cover(stream.Size, []Coverage{covered})
	return join(stream, v.chain, []Reading{reading})
}
