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

// sealEmptied is the code of what is left of an event that was emptied, and whether it
// was sealed before. One value more tells it from that of an event that was written so.
func (l *Log) sealEmptied(values []any, before bool) []byte {
	was := Emptied
	if !before {
		was += " " + Unsealed
	}
	return l.seal(append(values, string(was)))
}

// equal compares codes in constant time. An empty one equals none.
func equal(a, b []byte) bool { return len(a) > 0 && hmac.Equal(a, b) }
