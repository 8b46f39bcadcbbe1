package bucket

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/signer"
)

// below carries requests to an endpoint that has a path, which the client of S3 does not
// know: it asks as if there were none, over HTTPS, so that it leaves bodies as they are and
// out of the signature. The path and the endpoint's own scheme are put in here, and since a
// signature is over the path as well, each request that was signed is signed again.
type below struct {
	to          http.RoundTripper
	scheme      string
	path        string // as it is written in an address, without a slash at the end
	credentials *credentials.Credentials
}

// RoundTrip asks below the path.
func (b *below) RoundTrip(r *http.Request) (*http.Response, error) {
	escaped := b.path + r.URL.EscapedPath()
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Path, r.URL.RawPath = b.scheme, plain, escaped
	if region, signed := signedFor(r.Header.Get("Authorization")); signed {
		who, err := b.credentials.GetWithContext(&credentials.CredContext{Client: &http.Client{Transport: b.to}})
		if err != nil {
			return nil, err
		}
		r = signer.SignV4(*r, who.AccessKeyID, who.SecretAccessKey, who.SessionToken, region)
	}
	return b.to.RoundTrip(r)
}

// signedFor is the region of a signature: what comes behind the key and the day.
func signedFor(header string) (region string, signed bool) {
	_, rest, ok := strings.Cut(header, "Credential=")
	credential, _, _ := strings.Cut(rest, ",")
	parts := strings.Split(credential, "/")
	if !ok || len(parts) < 5 { // key, day, region, service, and how it ends
		return "", false
	}
	return parts[len(parts)-3], true
}
