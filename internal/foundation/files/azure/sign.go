package azure

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// version is that of the service whose protocol is spoken.
const version = "2021-12-02"

// sign proves who asks.
func (p *Place) sign(r *http.Request) error {
	r.Header.Set("x-ms-version", version)
	r.Header.Set("x-ms-date", p.Now().UTC().Format(http.TimeFormat))
	switch {
	case p.key != nil:
		r.Header.Set("Authorization", "SharedKey "+p.Account+":"+p.signature(r))
	case p.sas != nil:
		query := r.URL.Query()
		for name, values := range p.sas {
			query[name] = values
		}
		r.URL.RawQuery = query.Encode()
	case p.tokens != nil:
		token, err := p.tokens.Token()
		if err != nil {
			return err
		}
		token.SetAuthHeader(r)
	}
	return nil
}

// signature is that of a request by the account's key.
// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
func (p *Place) signature(r *http.Request) string {
	length := ""
	if r.ContentLength > 0 {
		length = strconv.FormatInt(r.ContentLength, 10)
	}
	lines := []string{r.Method}
	for _, name := range []string{"Content-Encoding", "Content-Language", "", "Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"} {
		if name == "" {
			lines = append(lines, length)
			continue
		}
		lines = append(lines, r.Header.Get(name))
	}
	var own []string
	for name, values := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
			own = append(own, name+":"+strings.TrimSpace(values[0]))
		}
	}
	slices.Sort(own)
	lines = append(lines, own...)
	lines = append(lines, "/"+p.Account+r.URL.EscapedPath())
	var asked []string
	for name, values := range r.URL.Query() {
		slices.Sort(values)
		asked = append(asked, strings.ToLower(name)+":"+strings.Join(values, ","))
	}
	slices.Sort(asked)
	lines = append(lines, asked...)
	sum := hmac.New(sha256.New, p.key)
	_, _ = sum.Write([]byte(strings.Join(lines, "\n"))) // a hash takes all
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}
