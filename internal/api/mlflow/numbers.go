package mlflow

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// integer is a 64-bit whole number as requests write it: a number, also as 2.0
// or 2e3, or either as a text. One with a fraction is refused: two steps that
// differ by less than 1 would be one point.
type integer int64

// UnmarshalJSON reads the number.
func (n *integer) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	text := strings.Trim(string(b), `"`)
	// A float64 holds no more than 53 bits: the digits before .0 are read alone.
	if whole, zeros, _ := strings.Cut(text, "."); strings.Trim(zeros, "0") == "" {
		if v, err := strconv.ParseInt(whole, 10, 64); err == nil {
			*n = integer(v)
			return nil
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) >= 1<<63 {
		return &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[int64]()}
	}
	if v != math.Trunc(v) {
		return &json.UnmarshalTypeError{Value: fraction + string(b), Type: reflect.TypeFor[int64]()}
	}
	*n = integer(v)
	return nil
}

// fraction begins the value of an error about a number that is not whole; the
// number as the request has it follows.
const fraction = "fraction "

// notWhole says that a whole number is wanted at path.
func notWhole(path, value string) error {
	return fault.New(fault.Invalid, "Invalid value %s for parameter '%s' supplied: a whole number is wanted, its fraction would be lost."+seeDocs, value, path)
}

// count is how many are asked for: a whole number, or one as a text. What is
// something else, or more than 32 bits hold, is refused.
type count struct {
	raw json.RawMessage // as the request has it
	n   int64
	set bool
}

// UnmarshalJSON reads the number.
func (c *count) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return &json.UnmarshalTypeError{Value: "string", Type: reflect.TypeFor[int64]()}
		}
		*c = count{slices.Clone(b), n, true}
		return nil
	}
	if string(b) == "null" {
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	switch {
	case err != nil || math.Abs(v) >= 1<<31:
		return &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[int64]()}
	case v != math.Trunc(v):
		return &json.UnmarshalTypeError{Value: fraction + string(b), Type: reflect.TypeFor[int64]()}
	}
	*c = count{slices.Clone(b), int64(v), true}
	return nil
}

// or is the number, or normal when it is absent; at most most.
func (c count) or(normal, most int) (int, error) {
	if !c.set {
		return normal, nil
	}
	if c.n > int64(most) {
		return 0, fault.New(fault.Invalid, "Invalid value %s for parameter 'max_results' supplied:  Hint: Value was of type '%s'."+seeDocs, c.raw, pythonType(c.raw))
	}
	return size(integer(c.n)), nil
}

// pointer gives the number as services take it.
func (n *integer) pointer() *int64 { return (*int64)(n) }

// number is a double as requests write it: a number, NaN, Infinity or
// -Infinity as a text, a number as a text, or a truth value.
type number float64

// UnmarshalJSON reads the number.
func (n *number) UnmarshalJSON(b []byte) error {
	switch text := strings.Trim(string(b), `"`); text {
	case "null":
	case "true":
		*n = 1
	case "false":
		*n = 0
	default:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[float64]()}
		}
		*n = number(v)
	}
	return nil
}

// word is the name of an enumeration's value; its number comes as digits.
type word string

// UnmarshalJSON reads the name or number.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = word(strings.Trim(string(b), `"`))
	return nil
}
