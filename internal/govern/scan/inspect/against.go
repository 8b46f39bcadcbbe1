package inspect

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tacit-ml/tacit/ml/extent"
	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// against is a finding that is of no global.
func against(s *Source, rule string, severity Severity, offset int64, why string) Finding {
	return Finding{Rule: rule, Severity: severity, Offset: offset, Member: s.Path, Why: why, Count: 1}
}

// whole is a reading of a source of which all bytes were parsed.
func whole(format string, s *Source) Reading {
	return Reading{Format: format, Coverage: all(s.Size, false)}
}

// foreign is the reading of a source that is of another format after all.
func foreign() Reading { return Reading{Status: pickle.Failure} }

// unfinished is the reading of a format's source that could not be read to its
// end: of a limit, or because it breaks.
func unfinished(format string, s *Source, reason error) Reading {
	r := Reading{Format: format, Status: pickle.Inconclusive, Reason: reason.Error()}
	if s.Size > 0 {
		r.Coverage.Unparsed = []Range{{From: 0, To: s.Size}}
	}
	return r
}

// bytesOf reads a source from its start.
func bytesOf(s *Source) io.Reader { return io.NewSectionReader(s.Bytes, 0, s.Size) }

// text is a source as a whole, which must not be longer than most.
func text(s *Source, most int64) ([]byte, error) {
	if s.Size > most {
		return nil, fmt.Errorf("the budget of %d bytes of a text was used up", most)
	}
	b := make([]byte, s.Size)
	n, err := s.Bytes.ReadAt(b, 0)
	if int64(n) == s.Size {
		err = nil
	}
	return b, err
}

// mostValues bounds the JSON that is held as a tree: some 150 bytes each.
const mostValues = 1 << 16

// members gives the values of some keys of the object that a source is, each read
// into memory, and passes over the others.
func members(s *Source, wanted []string, each func(key string, v *jsonstream.Value)) error {
	letters, err := lettersOf(s)
	if err != nil {
		return err
	}
	in := jsonstream.NewReader(letters, jsonstream.DefaultLimits())
	t, err := in.Next()
	if err != nil || t.Kind != jsonstream.Object {
		return err
	}
	for {
		k, err := in.Next()
		if err != nil || k.Kind == jsonstream.EndObject {
			return err
		}
		key := string(k.Text)
		if t, err = in.Next(); err != nil {
			return err
		}
		if !slices.Contains(wanted, key) {
			if err := in.Skip(t); err != nil {
				return err
			}
			continue
		}
		v, err := in.Value(t, mostValues)
		if err != nil {
			return err
		}
		each(key, v)
	}
}

// isLimit reports whether an error is a limit's and not the bytes'.
func isLimit(err error) bool { return errors.Is(err, jsonstream.ErrLimit) }

// spanned is the coverage of a file whose header was parsed and whose spans are
// raw; what lies between was not understood.
func spanned(size, header int64, spans [][2]int64) Coverage {
	parsed := within([]Range{{From: 0, To: header}}, size)
	var raw []Range
	for _, s := range spans {
		raw = append(raw, Range{From: s[0], To: s[1]})
	}
	raw = extent.Without(within(raw, size), parsed)
	known := extent.Merge(append(append([]Range{}, parsed...), raw...))
	return Coverage{Parsed: parsed, Raw: raw, Unparsed: extent.Without([]Range{{From: 0, To: size}}, known)}
}
