package fix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/ubjson"
)

// number is one of a document, with what tells a float from an integer.
type number struct {
	of      float64
	integer bool
}

// MarshalJSON writes all digits of a float64.
func (n number) MarshalJSON() ([]byte, error) { return json.Marshal(n.of) }

// tokens is what the readers of UBJSON and of JSON share.
type tokens interface {
	Next() (jsonstream.Token, error)
}

// snapshot is the model in a booster's handle: the value Model beside Config,
// which has what training was told.
func snapshot(raw []byte) (any, error) {
	limits := jsonstream.DefaultLimits()
	var in tokens = ubjson.NewReader(bytes.NewReader(raw), int64(len(raw)), limits)
	if bytes.HasPrefix(raw, []byte(`{"`)) {
		in = jsonstream.NewReader(bytes.NewReader(raw), limits)
	}
	first, err := in.Next()
	if err != nil {
		return nil, err
	}
	all, err := value(in, first)
	if err != nil {
		return nil, err
	}
	whole, ok := all.(map[string]any)
	if !ok {
		return nil, errors.New("the booster is no object")
	}
	if model, ok := whole["Model"]; ok {
		return model, nil
	}
	if _, ok := whole["learner"]; ok {
		return whole, nil
	}
	return nil, errors.New("the booster has neither a Model nor a learner")
}

// value reads the value that a token begins.
func value(in tokens, t jsonstream.Token) (any, error) {
	switch t.Kind {
	case jsonstream.Null:
		return nil, nil
	case jsonstream.Bool:
		return t.True, nil
	case jsonstream.Number:
		return number{t.Number, t.Integer}, nil
	case jsonstream.String:
		if t.Cut {
			return nil, errors.New("a text is too long")
		}
		return string(t.Text), nil
	case jsonstream.Array:
		out := []any{}
		for {
			next, err := in.Next()
			if err != nil || next.Kind == jsonstream.EndArray {
				return out, err
			}
			v, err := value(in, next)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
	case jsonstream.Object:
		return members(in)
	}
	return nil, fmt.Errorf("a %s where a value is due", t.Kind)
}

func members(in tokens) (any, error) {
	out := map[string]any{}
	for {
		next, err := in.Next()
		if err != nil || next.Kind == jsonstream.EndObject {
			return out, err
		}
		key := string(next.Text)
		if next.Kind != jsonstream.Key || next.Cut || next.Duplicate {
			return nil, fmt.Errorf("the key %q is too long, or stands twice", key)
		}
		if next, err = in.Next(); err != nil {
			return nil, err
		}
		if out[key], err = value(in, next); err != nil {
			return nil, err
		}
	}
}

// writeJSON writes a document as XGBoost reads it: floats of 32 bits with the
// shortest digits that are the same, and never without a point or exponent, as
// XGBoost takes 1 for an integer. Keys are in order.
func writeJSON(to io.Writer, v any) error {
	var out bytes.Buffer
	if err := appendJSON(&out, v); err != nil {
		return err
	}
	_, err := to.Write(out.Bytes())
	return err
}

func appendJSON(out *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case number:
		return appendNumber(out, v)
	case []any:
		out.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := appendJSON(out, item); err != nil {
				return err
			}
		}
		out.WriteByte(']')
		return nil
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		out.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := appendJSON(out, k); err != nil {
				return err
			}
			out.WriteByte(':')
			if err := appendJSON(out, v[k]); err != nil {
				return err
			}
		}
		out.WriteByte('}')
		return nil
	}
	text, err := json.Marshal(v)
	out.Write(text)
	return err
}

func appendNumber(out *bytes.Buffer, n number) error {
	switch {
	case n.integer && math.Abs(n.of) < 1<<53:
		out.WriteString(strconv.FormatInt(int64(n.of), 10))
		return nil
	case n.integer || math.IsNaN(n.of) || math.IsInf(n.of, 0):
		return fmt.Errorf("the number %v has no form", n.of)
	}
	bits := 64
	if float64(float32(n.of)) == n.of {
		bits = 32
	}
	text := strconv.FormatFloat(n.of, 'g', -1, bits)
	if !bytes.ContainsAny([]byte(text), ".e") {
		text += ".0"
	}
	out.WriteString(text)
	return nil
}
