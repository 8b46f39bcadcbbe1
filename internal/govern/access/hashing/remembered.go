package hashing

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// verifiedTime is how long a password that was right need not be hashed again.
	verifiedTime = 5 * time.Minute
	mostVerified = 10_000
)

// Remembered remembers which passwords were right, since a client that signs in
// by its password does so with each request, and hashing is slow on purpose. It
// holds no password: the key is a code over name, stored hash, password and the
// network it came from, made with a key of this process; another password in the
// records ends it. What one network proved opens nothing to another: a guess that
// is right must not be told from one that is wrong where both are limited.
type Remembered struct {
	now func() time.Time
	key []byte

	mu   sync.Mutex
	kept map[[sha256.Size]byte]time.Time // until when
}

// NewRemembered remembers nothing yet; key is secret, and of this process alone.
func NewRemembered(now func() time.Time, key []byte) *Remembered {
	return &Remembered{now: now, key: key, kept: map[[sha256.Size]byte]time.Time{}}
}

func (v *Remembered) code(name, stored, password, from string) (code [sha256.Size]byte) {
	h := hmac.New(sha256.New, v.key)
	for _, part := range []string{name, stored, password, from} {
		sum := sha256.Sum256([]byte(part))
		_, _ = h.Write(sum[:])
	}
	copy(code[:], h.Sum(nil))
	return code
}

// Knows reports whether the password was right a short time ago.
func (v *Remembered) Knows(name, stored, password, from string) bool {
	code := v.code(name, stored, password, from)
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now().Before(v.kept[code])
}

// Learn remembers that the password was right.
func (v *Remembered) Learn(name, stored, password, from string) {
	code, now := v.code(name, stored, password, from), v.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.kept) >= mostVerified {
		clear(v.kept)
	}
	v.kept[code] = now.Add(verifiedTime)
}
