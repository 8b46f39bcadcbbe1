package openid

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Flow is one way to a provider and back.
type Flow struct {
	Provider string // its name
	Then     string // where the person wanted to go
	until    int64  // in s since 1970
	secret   string
}

// secretSize is how many random bytes a flow has.
const secretSize = 32

// NewFlow begins a flow; random gives so many random bytes.
func NewFlow(provider, then string, now time.Time, random func(int) []byte) Flow {
	return Flow{provider, then, now.Add(access.AnswerTime).Unix(), encode(random(secretSize))}
}

// ParseFlow reads what the browser kept; false for what no browser was given.
func ParseFlow(kept string) (f Flow, ok bool) {
	parts := strings.Split(kept, ".")
	if len(kept) > maxKept || len(parts) != 4 {
		return f, false
	}
	then, err := base64.RawURLEncoding.DecodeString(parts[3])
	if err != nil {
		return f, false
	}
	until, err := strconv.ParseInt(parts[1], 10, 64)
	return Flow{parts[0], string(then), until, parts[2]}, err == nil && len(parts[2]) == base64.RawURLEncoding.EncodedLen(secretSize)
}

// maxKept bounds what a browser keeps of a flow, in bytes: browsers take no more.
const maxKept = 4000

// String is what the browser keeps.
func (f Flow) String() string {
	kept := strings.Join([]string{f.Provider, strconv.FormatInt(f.until, 10), f.secret, encode([]byte(f.Then))}, ".")
	if len(kept) > maxKept {
		f.Then = "" // it leads to the first page then
		return f.String()
	}
	return kept
}

// Answers reports whether a state that came back is this flow's, in time.
func (f Flow) Answers(state string, now time.Time) bool {
	return subtle.ConstantTimeCompare([]byte(state), []byte(f.state())) == 1 && now.Unix() < f.until
}

// state goes through the browser's address; it covers all that the flow is, so
// that what the browser keeps cannot be another's in part.
func (f Flow) state() string { return f.derive("state " + f.String()) }

// nonce comes back in the ID token.
func (f Flow) nonce() string { return f.derive("nonce") }

// verifier proves to the provider that who has the code also began the flow.
func (f Flow) verifier() string { return f.derive("verifier") }

// derive makes a value of the secret that does not tell it.
func (f Flow) derive(what string) string {
	sum := sha256.Sum256([]byte(what + " " + f.secret))
	return encode(sum[:])
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
