package route

import (
	"net/http"
	"strings"
	"testing"
)

// Whatever stands in an Authorization header, it is one proof or none, and never
// longer than what is taken.
func FuzzCredentials(f *testing.F) {
	for _, header := range []string{"", "Bearer x", "bearer  x ", "Bearer", "Basic YWRhOng=", "Basic OmE=", "Basic !", "Negotiate x", "AWS4-HMAC-SHA256 Credential=k/d/r/s3/aws4_request, Signature=x", "AWS4-HMAC-SHA256 x", "Basic " + strings.Repeat("A", 5000)} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Authorization": {header}}}
		c := credentials(r)
		if c.Bearer != "" && (c.User != "" || c.Password != "") {
			t.Errorf("%q is two proofs: %+v", header, c)
		}
		if c.Bearer == "" && c.User == "" && !c.Unreadable {
			t.Errorf("%q is nothing, and not told to be unreadable", header)
		}
		if len(c.Bearer)+len(c.User)+len(c.Password) > maxCredentials {
			t.Errorf("%d bytes were taken", len(c.Bearer)+len(c.User)+len(c.Password))
		}
		r.Header["Authorization"] = []string{header, header}
		if c := credentials(r); !c.Unreadable || c.Bearer != "" || c.User != "" {
			t.Errorf("%q twice is %+v", header, c)
		}
	})
}
