package inspect

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/extent"
	"github.com/tacit-ml/tacit/ml/pickle"
)

func looksCompressed(s *Source) bool { return archive.Compressed(s.Head) != "" }

// readCompressed inspects what a compressed file holds.
func readCompressed(v *visit, s *Source) Reading {
	return v.decompressed(archive.Compressed(s.Head), s)
}

// looksDeflated takes a source for bytes that were deflated and have neither header
// nor sum: they unpack to their very end.
func looksDeflated(s *Source) bool { return archive.Deflated(s.Bytes, s.Size) }

func readDeflated(v *visit, s *Source) Reading { return v.decompressed(archive.DeflateFile, s) }

// decompressed inspects what a compressed file holds, and what stands behind its end.
// Two bytes are all that tell zlib and lzma from others: where they were luck nothing
// sensible comes out.
func (v *visit) decompressed(format archive.Compression, s *Source) Reading {
	weak := slices.Contains([]archive.Compression{archive.ZlibFile, archive.LZMAFile, archive.DeflateFile}, format)
	out := Reading{Format: string(format), Guess: weak}
	v.chain[len(v.chain)-1] = string(format)
	var first *archive.Stream
	part := v.unpacked(s, packed{
		name: unpackedName(s.Name()), size: s.Size, beside: s.Beside,
		heavy: slices.Contains([]archive.Compression{archive.XZFile, archive.LZMAFile, archive.LzipFile, archive.ZstdFile}, format),
		open: func() (io.Reader, error) {
			stream, err := archive.OpenStream(format, s.Bytes, s.Size, v.scratch)
			if err != nil {
				return nil, err
			}
			if first == nil {
				first = stream
			}
			return stream, nil
		},
	})
	if weak && part.Status != pickle.Complete && len(part.Findings) == 0 && (first == nil || first.Consumed() == 0) {
		if needs := archive.NeedsDictionary(format, s.Head); needs && s.Size > 6 {
			out = unfinished(string(format), s, errDictionary)
			out.Guess = true
			return out
		}
		return Reading{Status: pickle.Failure}
	}
	v.keep(&out, part)
	if first == nil {
		out.incomplete(pickle.Inconclusive, part.Reason)
		return out
	}
	covered := contentCover(part, Range{From: 0, To: s.Size})
	if end := first.Consumed(); end > 0 && end < s.Size && first.Ended() {
		covered = contentCover(part, Range{From: 0, To: end})
		rest := v.behind(&out, s, end)
		covered.Parsed, covered.Raw = append(covered.Parsed, rest.Parsed...), append(covered.Raw, rest.Raw...)
	}
	out.Coverage = cover(s.Size, []Coverage{without(covered, first.Passed())})
	return out
}

// without is a coverage in which what decompressors pass over is raw.
func without(c Coverage, passed []archive.Range) Coverage {
	ranges := make([]Range, 0, len(passed))
	for _, r := range passed {
		ranges = append(ranges, Range{From: r.From, To: r.To})
	}
	ranges = extent.Merge(ranges)
	c.Parsed, c.Raw = extent.Without(c.Parsed, ranges), extent.Merge(append(slices.Clone(c.Raw), ranges...))
	return c
}

// contentCover is what became of packed bytes: what became of those that came out
// of them. Where some of these were not understood, nobody knows which they were.
func contentCover(p Part, packed Range) Coverage {
	switch c := p.Coverage; {
	case len(c.Unparsed) > 0 || p.Status != pickle.Complete:
		return Coverage{}
	case len(c.Parsed) == 0 && len(c.Raw) > 0:
		return Coverage{Raw: []Range{packed}}
	}
	return Coverage{Parsed: []Range{packed}}
}

// errDictionary is of a stream that its writer began with bytes that are elsewhere.
var errDictionary = errors.New("it was compressed with a dictionary that is not in it: not read")

// unpackedName is the name of a file without that of its compression.
func unpackedName(name string) string {
	switch extension := path.Ext(name); extension {
	case ".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".lz", ".sz", ".z", ".zlib":
		return strings.TrimSuffix(name, extension)
	case ".tgz", ".txz", ".tbz", ".tbz2", ".tlz", ".tzst":
		return strings.TrimSuffix(name, extension) + ".tar"
	}
	return name
}
