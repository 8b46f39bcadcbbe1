package hashing

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Parameters are the parameters of argon2id. They stand in every hash, so that
// they can change: a password is hashed anew at the next sign-in.
type Parameters struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// Usual are OWASP's: 19 MiB, two passes, one thread.
var Usual = Parameters{Memory: 19 << 10, Time: 2, Threads: 1}

const (
	SaltSize = 16 // bytes
	KeySize  = 32 // bytes
	// minPassword is the least length of a password, in characters (NIST SP
	// 800-63B); MaxPassword bounds it, in bytes.
	minPassword = 8
	MaxPassword = 1024
	// most bound what a stored hash may ask for.
	mostMemory, mostTime, mostThreads = 1 << 20, 16, 16
)

// CheckPassword refuses what is no password. fault.Invalid.
func CheckPassword(p string) error {
	if utf8.RuneCountInString(p) < minPassword || len(p) > MaxPassword || !utf8.ValidString(p) {
		return fault.New(fault.Invalid, "A password has at least %d characters and at most %d bytes.", minPassword, MaxPassword)
	}
	return nil
}

// Hash makes the text that is stored of a password, in the form that the
// reference implementation of argon2 prints.
func (h Parameters) Hash(password string, salt []byte) string {
	return h.Stored(salt, argon2.IDKey([]byte(password), salt, h.Time, h.Memory, h.Threads, KeySize))
}

// Stored is the text of a hash.
func (h Parameters) Stored(salt, key []byte) string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Time, h.Threads, encode(salt), encode(key))
}

// Parsed is a stored hash taken apart.
type Parsed struct {
	Parameters
	Salt, Key []byte
}

// Parse takes a stored hash apart; it fails for one that was made by hand.
func Parse(stored string) (p Parsed, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, fmt.Errorf("access: the stored hash of a password is not argon2id's")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return p, fmt.Errorf("access: parameters of a password's hash: %w", err)
	}
	if p.Memory == 0 || p.Time == 0 || p.Threads == 0 || p.Memory > mostMemory || p.Time > mostTime || p.Threads > mostThreads {
		return p, fmt.Errorf("access: parameters of a password's hash are out of range: %s", parts[3])
	}
	if p.Salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, fmt.Errorf("access: salt of a password's hash: %w", err)
	}
	if p.Key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.Key) != KeySize {
		return p, fmt.Errorf("access: key of a password's hash is damaged")
	}
	return p, nil
}

// Matches reports whether password is the one of a stored hash, in a time that
// does not depend on where they differ.
func (p Parsed) Matches(password string) bool {
	key := argon2.IDKey([]byte(password), p.Salt, p.Time, p.Memory, p.Threads, KeySize)
	return subtle.ConstantTimeCompare(key, p.Key) == 1
}
