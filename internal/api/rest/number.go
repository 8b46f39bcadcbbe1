package rest

import (
	"encoding/json"
	"math"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Number is a value of a metric: a JSON number, or "NaN", "Infinity" or
// "-Infinity", which JSON has no number for.
type Number float64

// MarshalJSON writes the shortest number that reads back the same.
func (n Number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(v)
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"NaN"`:
		*n = Number(math.NaN())
	case `"Infinity"`:
		*n = Number(math.Inf(1))
	case `"-Infinity"`:
		*n = Number(math.Inf(-1))
	case "null":
		return fault.New(fault.Invalid, "A metric's value is a number, not null.")
	default:
		return json.Unmarshal(b, (*float64)(n))
	}
	return nil
}

// Schema describes the type.
func (Number) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeNumber}, {Type: huma.TypeString, Enum: []any{"NaN", "Infinity", "-Infinity"}},
	}}
}
