package access

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// The first letters of each sort of secret that tacit makes. They tell a person
// what was found where it should not be, and keep one sort from being taken
// for another.
const (
	personalPrefix = "tacit_pat_"
	bearerPrefix   = "tacit_at_"
	refreshPrefix  = "tacit_rt_"
	servicePrefix  = "tacit_sec_"
	cookiePrefix   = "tacit_ses_"
	invitePrefix   = "tacit_inv_"
)

const (
	secretSize = 32 // random bytes of a secret
	// maxSecret is more than the longest secret has, in bytes.
	maxSecret = 128
)

// newSecret makes a secret of a sort and the hash that is stored of it.
func (s *Service) newSecret(prefix string) (secret, hash string) {
	secret = prefix + base64.RawURLEncoding.EncodeToString(s.IDs.Bytes(secretSize))
	return secret, hashOf(secret)
}

// hashOf is what is stored of a secret that tacit made: it has 256 random bits,
// so a fast hash tells nothing, and looking it up needs no comparison.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// isSecret reports whether a text looks like a secret of a sort.
func isSecret(text, prefix string) bool {
	return len(text) <= maxSecret && strings.HasPrefix(text, prefix)
}
