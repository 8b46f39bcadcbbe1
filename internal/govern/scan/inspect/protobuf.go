package inspect

import (
	"fmt"
	"slices"

	"github.com/tacit-ml/tacit/ml/extent"
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
	var unparsed []Range
	for _, u := range unknown {
		unparsed = append(unparsed, u.Range)
	}
	if len(unknown) > 0 {
		r.Status, r.Reason = pickle.Inconclusive, fmt.Sprintf("at %d: field %d of %s is not known", unknown[0].From, unknown[0].Number, unknown[0].Message)
	}
	parsed := extent.Without([]Range{{From: 0, To: s.Size}}, extent.Merge(slices.Concat(numbers, unparsed)))
	r.Coverage = Coverage{Parsed: parsed, Raw: numbers, Unparsed: unparsed}
}
