package s3

import (
	"fmt"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Credentials are a key pair; both empty means that of the machine's role, which
// only Amazon's own stores know.
type Credentials struct{ AccessKey, SecretKey string }

// Check refuses a half of a pair.
func (c Credentials) Check() error {
	switch {
	case c.AccessKey == "" && c.SecretKey != "":
		return halfPair("TACIT_S3_SECRET_KEY", "TACIT_S3_ACCESS_KEY")
	case c.AccessKey != "" && c.SecretKey == "":
		return halfPair("TACIT_S3_ACCESS_KEY", "TACIT_S3_SECRET_KEY")
	}
	return nil
}

// open refuses no pair where the store knows no roles: to ask for one would take
// its time and lead nowhere.
func (c Credentials) open(host string) error {
	if err := c.Check(); err != nil {
		return err
	}
	if c.AccessKey == "" && !isAmazon(host) {
		return fault.WithHint(fault.New(fault.Invalid, "The store at %s wants a key pair, and none is set.", host), "set TACIT_S3_ACCESS_KEY and TACIT_S3_SECRET_KEY")
	}
	return nil
}

func halfPair(set, missing string) error {
	return fault.WithHint(fault.New(fault.Invalid, "%s is set and %s is not.", set, missing), "set both, or neither for the role that Amazon gives the machine")
}

// isAmazon reports whether the stores at a host know the roles of machines.
func isAmazon(host string) bool {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	return strings.HasSuffix(name, ".amazonaws.com") || strings.HasSuffix(name, ".amazonaws.com.cn")
}

// role is the machine's role; that there is none is a noRole.
type role struct{ credentials *credentials.Credentials }

// noRole says that no credentials came of the machine's role.
type noRole struct{ cause error }

// Error is the cause's.
func (n noRole) Error() string { return n.cause.Error() }

// Unwrap gives the cause.
func (n noRole) Unwrap() error { return n.cause }

// RetrieveWithCredContext asks for the role's key pair.
func (r *role) RetrieveWithCredContext(c *credentials.CredContext) (credentials.Value, error) {
	v, err := r.credentials.GetWithContext(c)
	if err != nil {
		return v, noRole{err}
	}
	return v, nil
}

// Retrieve asks for the role's key pair.
func (r *role) Retrieve() (credentials.Value, error) { return r.RetrieveWithCredContext(nil) }

// IsExpired tells whether the pair is to be asked for again.
func (r *role) IsExpired() bool { return r.credentials.IsExpired() }

// unopened says that there is neither a key pair nor a role.
func (s *Store) unopened(cause error) error {
	return fault.WithHint(fault.Because(fmt.Errorf("%s: %w", s.where, cause), fault.Unavailable, "No key pair is set, and no role of this machine opens %s.", s.where),
		"set TACIT_S3_ACCESS_KEY and TACIT_S3_SECRET_KEY, or give the machine a role at Amazon")
}
