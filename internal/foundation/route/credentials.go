package route

import (
	"net/http"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
)

// maxCredentials bounds an Authorization header, in bytes: a password of the
// greatest length, in base64, is shorter.
const maxCredentials = 4 << 10

// credentials are what r proves itself by: its Authorization header, else the
// cookie of a session. Two of either are unreadable: a proxy before tacit may
// have looked at the other one.
func credentials(r *http.Request) caller.Credentials {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return sessionOf(r)
	}
	if len(headers) > 1 || len(headers[0]) > maxCredentials {
		return caller.Credentials{Unreadable: true}
	}
	scheme, rest, _ := strings.Cut(headers[0], " ")
	if strings.EqualFold(scheme, "Bearer") {
		token := strings.TrimSpace(rest)
		return caller.Credentials{Bearer: token, Unreadable: token == ""}
	}
	if key, signed := signedBy(scheme, rest); signed {
		return caller.Credentials{Bearer: key, Unreadable: key == ""}
	}
	user, password, ok := r.BasicAuth()
	return caller.Credentials{User: user, Password: password, Unreadable: !ok || user == ""}
}

// signedBy is the access key of a request that is signed as S3 wants it, which is a token:
// who has it could send it as such. The face that speaks to such clients checks the
// signature.
func signedBy(scheme, rest string) (key string, signed bool) {
	if scheme != "AWS4-HMAC-SHA256" {
		return "", false
	}
	_, credential, _ := strings.Cut(rest, "Credential=")
	key, _, _ = strings.Cut(credential, "/")
	return key, true
}

// Challenge tells by which credentials a client that proved nobody may come
// again. A browser asks its user for a name and a password.
func Challenge(h http.Header) {
	h.Add("WWW-Authenticate", `Basic realm="tacit", charset="UTF-8"`)
	h.Add("WWW-Authenticate", `Bearer realm="tacit"`)
}
