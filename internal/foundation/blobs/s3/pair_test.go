package s3

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestPairs(t *testing.T) {
	t.Parallel()
	const own, amazon = "s3://bucket?endpoint=http://127.0.0.1:9000", "s3://bucket"
	for _, c := range []struct {
		address string
		pair    Credentials
		says    string // "" where it is taken
	}{
		{own, pair, ""}, {amazon, pair, ""}, {amazon, Credentials{}, ""},
		{"s3://bucket?endpoint=https://s3.eu-1.amazonaws.com", Credentials{}, ""}, {"s3://bucket?endpoint=https://S3.cn-1.amazonaws.com.cn:443", Credentials{}, ""},
		{own, Credentials{}, "The store at 127.0.0.1:9000 wants a key pair, and none is set."},
		{"s3://bucket?endpoint=https://amazonaws.com.example.org", Credentials{}, "wants a key pair"},
		{own, Credentials{AccessKey: "a"}, "TACIT_S3_ACCESS_KEY is set and TACIT_S3_SECRET_KEY is not."},
		{amazon, Credentials{SecretKey: "a"}, "TACIT_S3_SECRET_KEY is set and TACIT_S3_ACCESS_KEY is not."},
	} {
		_, err := Open(c.address, c.pair)
		if c.says == "" && err != nil || c.says != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), c.says) || fault.HintOf(err) == "") {
			t.Errorf("%s with %+v: %v; want %q", c.address, c.pair, err, c.says)
		}
	}
}

// roleless is a machine without a role.
type roleless struct{}

// Retrieve finds none.
func (roleless) Retrieve() (credentials.Value, error) {
	return credentials.Value{}, errors.New("no route to 169.254.169.254")
}

// RetrieveWithCredContext finds none.
func (r roleless) RetrieveWithCredContext(*credentials.CredContext) (credentials.Value, error) {
	return r.Retrieve()
}

// IsExpired has it asked.
func (roleless) IsExpired() bool { return true }

// TestNoRole: where no pair is set and no role found, the pair is asked for by
// its names.
func TestNoRole(t *testing.T) {
	t.Parallel()
	s, err := Open("s3://bucket", Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = credentials.New(&role{credentials.New(roleless{})}).GetWithContext(nil)
	err = s.explain("k", fmt.Errorf("put: %w", err))
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.HintOf(err), "TACIT_S3_ACCESS_KEY and TACIT_S3_SECRET_KEY") {
		t.Errorf("got %v with the hint %q", err, fault.HintOf(err))
	}
}
