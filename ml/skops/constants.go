package skops

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/ml/numpy"
	"github.com/tacit-ml/tacit/ml/object"
)

// constant reads what Python's json wrote: also NaN and the infinities.
func (n *schemaNode) constant() (object.Value, error) {
	var text string
	if err := json.Unmarshal(n.Content, &text); err != nil {
		return nil, n.wrong("has no text")
	}
	switch text {
	case "null":
		return nil, nil
	case "true", "false":
		return text == "true", nil
	case "NaN":
		return math.NaN(), nil
	case "Infinity", "-Infinity":
		return math.Inf(len("-") - strings.Count(text, "-")*2), nil
	}
	if strings.HasPrefix(text, `"`) {
		var s string
		err := json.Unmarshal([]byte(text), &s)
		return s, err
	}
	return numeral(text)
}

func numeral(text string) (object.Value, error) {
	if strings.ContainsAny(text, ".eE") {
		return strconv.ParseFloat(text, 64)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	if n, ok := new(big.Int).SetString(text, 10); ok && len(text) < 4300 {
		return n, nil
	}
	return nil, fmt.Errorf("skops: %q is no constant", text)
}

// keyOf is a dict's key by its text and its type.
func keyOf(text string, of object.Value) (object.Value, error) {
	c, ok := of.(*object.Class)
	if !ok {
		return nil, fmt.Errorf("skops: the key %q has no type", text)
	}
	switch c.Full() {
	case "builtins.str":
		return text, nil
	case "builtins.int":
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err
	case "builtins.float":
		return strconv.ParseFloat(text, 64)
	}
	if s := scalarOf(text, c); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("skops: the key %q is of the type %s", text, c.Full())
}

// scalarOf is a key that is one of numpy's scalars, nil when it is none.
func scalarOf(text string, c *object.Class) *object.Scalar {
	if c.Module != "numpy" {
		return nil
	}
	if c.Name == "str_" {
		var data []byte
		for _, r := range text {
			data = binary.LittleEndian.AppendUint32(data, uint32(r))
		}
		return &object.Scalar{Type: numpy.Dtype{Kind: 'U', Order: '<', Size: int64(len(data))}, Data: data}
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && c.Name == "float64" {
		return &object.Scalar{Type: numpy.Dtype{Kind: 'f', Order: '<', Size: 8}, Data: binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	data := binary.LittleEndian.AppendUint64(nil, uint64(n))
	for size := 1; size <= 8; size *= 2 {
		for kind, name := range map[byte]string{'i': "int", 'u': "uint"} {
			if c.Name == name+strconv.Itoa(8*size) {
				return &object.Scalar{Type: numpy.Dtype{Kind: kind, Order: '<', Size: int64(size)}, Data: data[:size]}
			}
		}
	}
	return nil
}
