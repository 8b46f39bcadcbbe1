package event

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// seal is the code of an event's values, HMAC-SHA-256 over each with its length
// before it; empty where the log has no key. The position is not among them: the
// engine gives it out.
func (l *Log) seal(values []any) []byte {
	if l.key == nil {
		return []byte{}
	}
	code := hmac.New(sha256.New, l.key)
	var text []byte
	for _, v := range values {
		switch v := v.(type) {
		case string:
			text = append(binary.AppendUvarint(text, uint64(len(v))), v...)
		case int64:
			text = binary.AppendVarint(text, v)
		default:
			panic(fmt.Sprintf("event: a value of type %T", v)) // record.values gives no other
		}
	}
	code.Write(text)
	return code.Sum(nil)
}

// sealed reports whether the seal of a record holds.
func (l *Log) sealed(r record) bool {
	return l.key == nil || hmac.Equal(r.seal, l.seal(r.values()))
}
