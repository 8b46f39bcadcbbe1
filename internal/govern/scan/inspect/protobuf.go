package inspect

import (
	"fmt"
	"slices"

	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/protobuf"
)

// looksProtobuf takes a source for a message of Protocol Buffers when its first
// byte can begin a field. That is little: whether it is one, its reader finds.
func looksProtobuf(s *Source) bool {
	if looksPieces(s) {
		return false // its first message is of neither
	}
	if len(s.Head) < 2 || s.Head[0] < 8 {
		return false
	}
	wire := s.Head[0] & 7
	return wire <= 2 || wire == 5
}

// fields sets the coverage of a message: numbers are raw, fields that are not
// known unparsed, and the rest parsed.
func (r *Reading) fields(s *Source, numbers []protobuf.Range, unknown []protobuf.Unknown) {
	var raw, unparsed []Range
	for _, n := range numbers {
		raw = append(raw, Range(n))
	}
	for _, u := range unknown {
		unparsed = append(unparsed, Range(u.Range))
	}
	if len(unknown) > 0 {
		r.Status, r.Reason = pickle.Inconclusive, fmt.Sprintf("at %d: field %d of %s is not known", unknown[0].From, unknown[0].Number, unknown[0].Message)
	}
	parsed := without([]Range{{From: 0, To: s.Size}}, merge(slices.Concat(raw, unparsed)))
	r.Coverage = Coverage{Parsed: parsed, Raw: raw, Unparsed: unparsed}
}
