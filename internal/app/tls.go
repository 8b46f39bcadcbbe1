package app

import (
	"crypto/tls"
	"strings"

	"golang.org/x/crypto/acme"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Scheme is that of the address that tacit listens on.
func (s Settings) Scheme() string {
	if s.speaksTLS() {
		return "https"
	}
	return "http"
}

func (s Settings) speaksTLS() bool { return s.TLSCert != "" || s.ACME.Domain != "" }

// InTheClear says whether passwords and tokens may pass readable between
// machines: others reach the address, and neither tacit nor, as far as it is
// told, a proxy speaks TLS.
func (s Settings) InTheClear() bool {
	return !s.loopback() && !s.speaksTLS() && !strings.HasPrefix(s.PublicURL, "https://")
}

// checkTLS refuses half of a pair.
func (s Settings) checkTLS() error {
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return fault.WithHint(fault.New(fault.Invalid, "A certificate needs its key, and a key its certificate."), "give both --tls-cert and --tls-key")
	}
	return s.ACME.check(s)
}

// certificate reads the certificate and its key; nil where tacit speaks HTTP.
func (s Settings) certificate() (*tls.Certificate, error) {
	if s.TLSCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	if err != nil {
		return nil, fault.WithHint(fault.Because(err, fault.Invalid, "The certificate %s and its key %s cannot be used.", s.TLSCert, s.TLSKey),
			"give PEM files, the certificate followed by those between it and the root")
	}
	return &pair, nil
}

// overTLS is how the server speaks TLS: with the certificate as it was last
// read, so that a new one needs no new start, or with that of the ACME server.
func (h *House) overTLS() *tls.Config {
	if h.issuer != nil {
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: h.issuer.GetCertificate, NextProtos: []string{"http/1.1", acme.ALPNProto}}
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return h.pair.Load(), nil
		},
	}
}
