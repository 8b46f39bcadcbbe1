package route

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// What stands in the head of every answer, unless a face says something
// stricter or, for what it serves on purpose, something else.
var (
	nosniff     = []string{"nosniff"}
	sameOrigin  = []string{"same-origin"}
	deny        = []string{"DENY"}
	noStore     = []string{"no-store"}
	bare        = []string{"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
	permissions = []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}
	transport   = []string{"max-age=31536000"}
)

// guard has the answer be for whoever asked alone: no page of another site reads
// or frames it, it runs nothing, is taken for nothing else, and is kept by no
// cache. CORS is off: no answer allows another origin.
func (h *handler) guard(header http.Header, r *http.Request) {
	header["X-Content-Type-Options"] = nosniff
	header["Cross-Origin-Resource-Policy"] = sameOrigin
	header["Cross-Origin-Opener-Policy"] = sameOrigin
	header["X-Frame-Options"] = deny
	header["Referrer-Policy"] = sameOrigin
	header["Permissions-Policy"] = permissions
	header["Content-Security-Policy"] = bare
	header["Cache-Control"] = noStore
	if h.overTLS(r) {
		header["Strict-Transport-Security"] = transport
	}
}

// overTLS says whether people reach this host by TLS alone. Of this machine's own
// name and of addresses nothing is said: other programs answer there as well.
func (h *handler) overTLS(r *http.Request) bool {
	if r.TLS == nil && (h.PublicURL == nil || h.PublicURL.Scheme != "https" || !h.isPublic(r.Host)) {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err != nil && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}
