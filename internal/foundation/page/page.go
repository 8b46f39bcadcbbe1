// Package page makes the tokens that lead from one page of a list to the next.
//
// Words. A position is where a page ended, one key for each order of the list.
// A token is a position sealed with a secret under a scope: the list's words,
// filter and orders. A token that was changed, or that comes with another
// filter or order, is refused; what it holds is not secret.
package page

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

const (
	version  = 2
	maxToken = 64 << 10 // bytes: sort keys are params and tags, 8,000 characters each at most
)

// The types of values in a token.
const (
	none byte = iota
	integer
	float
	text
)

// Scope joins what a token belongs to: the list and all that was asked of it.
// Equal parts give equal scopes, and no others do.
func Scope(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d:%s;", len(p), p)
	}
	return b.String()
}

// Signer signs what is handed out, and knows it again.
type Signer interface {
	Sign(message []byte) (signature []byte)
	// Check answers nil when signature is one of message, fault.Conflict when
	// it was and holds no longer, and else fault.Invalid.
	Check(message, signature []byte) error
}

// Next makes the token of the page behind a position, "" when nothing follows.
func Next(signer Signer, scope string, end []filter.Key) string {
	if end == nil {
		return ""
	}
	return Seal(signer, scope, end)
}

// Seal makes the token of a position. Values are string, int64, float64 or nil.
func Seal(signer Signer, scope string, at []filter.Key) string {
	b := []byte{version}
	b = binary.AppendUvarint(b, uint64(len(at)))
	for _, k := range at {
		b = append(b, byte(k.Class))
		switch v := k.Value.(type) {
		case int64:
			b = binary.AppendVarint(append(b, integer), v)
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, float), math.Float64bits(v))
		case string:
			b = binary.AppendUvarint(append(b, text), uint64(len(v)))
			b = append(b, v...)
		default:
			b = append(b, none)
		}
	}
	signature := signer.Sign(signed(scope, b))
	b = append(b, signature...)
	return base64.RawURLEncoding.EncodeToString(append(b, byte(len(signature))))
}

// Open gives the position of a token, nil for "". A token that was not sealed
// so is fault.Invalid.
func Open(signer Signer, scope, token string) ([]filter.Key, error) {
	if token == "" {
		return nil, nil
	}
	if len(token) > maxToken {
		return nil, refused(nil)
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < 2 || b[0] != version {
		return nil, refused(err)
	}
	end := len(b) - 1 - int(b[len(b)-1])
	if end < 2 {
		return nil, refused(nil)
	}
	b, signature := b[:end], b[end:len(b)-1]
	if err := signer.Check(signed(scope, b), signature); err != nil {
		return nil, refused(err)
	}
	n, size := binary.Uvarint(b[1:])
	if size <= 0 || n > uint64(len(b)) {
		return nil, refused(nil)
	}
	b = b[1+size:]
	keys := make([]filter.Key, n)
	for i := range keys {
		if keys[i], b, err = read(b); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func read(b []byte) (k filter.Key, rest []byte, err error) {
	if len(b) < 2 {
		return k, nil, refused(nil)
	}
	k.Class = filter.Class(b[0])
	kind, b := b[1], b[2:]
	switch kind {
	case none:
		return k, b, nil
	case integer:
		v, n := binary.Varint(b)
		if n <= 0 {
			return k, nil, refused(nil)
		}
		k.Value = v
		return k, b[n:], nil
	case float:
		if len(b) < 8 {
			return k, nil, refused(nil)
		}
		k.Value = math.Float64frombits(binary.BigEndian.Uint64(b))
		return k, b[8:], nil
	case text:
		v, n := binary.Uvarint(b)
		if n <= 0 || v > uint64(len(b)-n) {
			return k, nil, refused(nil)
		}
		k.Value = string(b[n : n+int(v)])
		return k, b[n+int(v):], nil
	}
	return k, nil, refused(nil)
}

func refused(cause error) error {
	reason := "it does not belong to this search"
	if fault.Is(cause, fault.Conflict) {
		reason = "it is too old"
	}
	return fault.Because(cause, fault.Invalid, "Invalid page token: %s. Start again without one.", reason)
}

// signed is what is signed of a token.
func signed(scope string, b []byte) []byte {
	return append(append([]byte(scope), 0), b...)
}
