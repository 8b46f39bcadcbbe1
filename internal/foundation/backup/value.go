package backup

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// rawText is text that is no UTF-8, which only SQLite keeps.
type rawText struct {
	Base64 []byte `json:"base64"`
}

// appendValue writes one value of a column as JSON.
func appendValue(b []byte, c column, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case int64:
		if c.Kind == integer {
			return strconv.AppendInt(b, v, 10), nil
		}
	case bool:
		if c.Kind == boolean {
			if v {
				return append(b, '1'), nil
			}
			return append(b, '0'), nil
		}
	case float64:
		if c.Kind == float {
			return appendFloat(b, v), nil
		}
	case string:
		if c.Kind == text {
			return appendText(b, v)
		}
	case []byte:
		if c.Kind == octets {
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v)
			return append(b, '"'), nil
		}
	}
	return nil, fmt.Errorf("backup: a value of the Go type %T stands in column %s, which keeps %s", v, c.Name, c.Kind)
}

func appendFloat(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

func appendText(b []byte, v string) ([]byte, error) {
	var value any = v
	if !utf8.ValidString(v) {
		value = rawText{[]byte(v)}
	}
	encoded, err := json.Marshal(value)
	return append(b, encoded...), err
}

// readValue reads what appendValue wrote, for a column of the store.
func readValue(raw json.RawMessage, c column, d rows.Dialect) (any, error) {
	s := string(raw)
	if s == "null" {
		return nil, nil
	}
	switch c.Kind {
	case integer:
		if s == "true" || s == "false" { // an older archive's, of PostgreSQL
			return map[string]int64{"true": 1, "false": 0}[s], nil
		}
		return strconv.ParseInt(s, 10, 64)
	case boolean:
		switch s {
		case "1", "true":
			return true, nil
		case "0", "false":
			return false, nil
		}
		return nil, fmt.Errorf("%.20q is no boolean", s)
	case float:
		return readFloat(s, d)
	case octets:
		var v []byte
		if err := json.Unmarshal(raw, &v); err != nil {
			return nil, err
		}
		return v, nil
	default:
		return readText(raw)
	}
}

func readFloat(s string, d rows.Dialect) (float64, error) {
	switch s {
	case `"NaN"`:
		if d == rows.SQLite {
			return 0, fmt.Errorf("SQLite keeps no NaN")
		}
		return math.NaN(), nil
	case `"Infinity"`:
		return math.Inf(1), nil
	case `"-Infinity"`:
		return math.Inf(-1), nil
	}
	return strconv.ParseFloat(s, 64)
}

func readText(raw json.RawMessage) (string, error) {
	if len(raw) > 0 && raw[0] == '{' {
		var v rawText
		err := json.Unmarshal(raw, &v)
		return string(v.Base64), err
	}
	var v string
	err := json.Unmarshal(raw, &v)
	return v, err
}
