package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// algorithm names AWS Signature Version 4.
const algorithm = "AWS4-HMAC-SHA256"

// ours begins what is a token of tacit.
const ours = "tacit_"

// signature is an Authorization header of that algorithm.
type signature struct {
	key    string
	scope  string // date/region/service/aws4_request
	signed []string
	sum    string
}

func parse(header string) (s signature, ok bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return s, false
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			s.key, s.scope, _ = strings.Cut(value, "/")
		case "SignedHeaders":
			s.signed = strings.Split(value, ";")
		case "Signature":
			s.sum = value
		}
	}
	return s, s.key != "" && strings.Count(s.scope, "/") == 3 && s.sum != "" && slices.Contains(s.signed, "host")
}

// verify checks the signature of a request whose access key is a token of tacit. Who
// stands behind the token was proved before; another key gets here only where nobody
// signs in.
func verify(r *http.Request) error {
	header := r.Header.Get("Authorization")
	if !strings.HasPrefix(header, algorithm) {
		return nil
	}
	s, ok := parse(header)
	if !ok {
		return &refusal{fault.New(fault.Invalid, "The signature of the request cannot be read."), "AuthorizationHeaderMalformed"}
	}
	if !strings.HasPrefix(s.key, ours) || hmac.Equal([]byte(s.of(r)), []byte(s.sum)) {
		return nil
	}
	return &refusal{fault.WithHint(fault.New(fault.Denied, "The signature of the request is another than the secret key gives."), "set secret_access_key to the same token as access_key_id"), "SignatureDoesNotMatch"}
}

// of is the signature that the request should have.
func (s *signature) of(r *http.Request) string {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	var canonical strings.Builder
	canonical.WriteString(r.Method + "\n" + encoded(path, true) + "\n" + sortedQuery(query) + "\n")
	for _, name := range s.signed {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		canonical.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	canonical.WriteString("\n" + strings.Join(s.signed, ";") + "\n" + r.Header.Get("X-Amz-Content-Sha256"))
	sum := sha256.Sum256([]byte(canonical.String()))
	text := algorithm + "\n" + r.Header.Get("X-Amz-Date") + "\n" + s.scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + s.key)
	for part := range strings.SplitSeq(s.scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// sortedQuery is a query as it is signed: each name and value encoded, in order.
func sortedQuery(raw string) string {
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, encoded(name, false)+"="+encoded(value, false))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// encoded is a text of an address as it is signed, whichever characters its sender
// escaped.
func encoded(text string, slashes bool) string {
	plain, err := url.PathUnescape(text)
	if err != nil {
		plain = text
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(plain) {
		c := plain[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.~", c) >= 0, c == '/' && slashes:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
