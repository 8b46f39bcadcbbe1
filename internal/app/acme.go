package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/idna"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// acmeFolder, in the folder, keeps the account's key and the certificates that
// an ACME server gave, with their keys, for the owner's eyes alone. They are in
// no backup: another machine asks for its own.
const acmeFolder = "acme"

// acmeTime bounds one request to an ACME server.
const acmeTime = 30 * time.Second

// ACME says from whom tacit gets its certificate by RFC 8555. The server proves
// the name by TLS-ALPN-01 (RFC 8737): it connects to the name's port 443, which
// must lead to the address that tacit listens on.
type ACME struct {
	Domain    string // the name that people use; "" for no ACME
	Directory string // "" for Let's Encrypt
	Email     string // told to the ACME server, "" for none
	CA        string // PEM file with the roots of the directory's certificate, "" for those of the system
}

// check refuses what no ACME server could prove.
func (a ACME) check(s Settings) error {
	if a.Domain == "" {
		if a != (ACME{}) {
			return fault.WithHint(fault.New(fault.Invalid, "What is said of ACME needs a name to get a certificate for."), "give --acme-domain ml.example.org")
		}
		return nil
	}
	if s.TLSCert != "" {
		return fault.WithHint(fault.New(fault.Invalid, "A certificate comes from files or by ACME, not both."), "leave --tls-cert and --tls-key away, or --acme-domain")
	}
	name, err := idna.Lookup.ToASCII(a.Domain)
	if _, number := netip.ParseAddr(a.Domain); err != nil || number == nil || !strings.Contains(name, ".") {
		return fault.WithHint(fault.New(fault.Invalid, "%q is not a name that a certificate could be got for.", a.Domain), "give the whole name that people use, without scheme and port: --acme-domain ml.example.org")
	}
	if a.Directory != "" {
		if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Host == "" {
			return fault.WithHint(fault.New(fault.Invalid, "%q is not the directory of an ACME server.", a.Directory), "write it as in --acme-directory https://acme.example.org/directory")
		}
	}
	return nil
}

// issuer gets certificates and renews them a month, or a third of their time,
// before they end; nil where no ACME server is asked.
func (a ACME) issuer(folder string) (*autocert.Manager, error) {
	if a.Domain == "" {
		return nil, nil
	}
	client := &acme.Client{DirectoryURL: a.Directory, HTTPClient: &http.Client{Timeout: acmeTime}}
	if a.Directory == "" {
		client.DirectoryURL = acme.LetsEncryptURL
	}
	if a.CA != "" {
		roots, err := os.ReadFile(a.CA)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(roots) {
			return nil, fault.WithHint(fault.Because(err, fault.Invalid, "The roots %s cannot be used.", a.CA), "give a PEM file with the certificate that signs the ACME server's own")
		}
		client.HTTPClient.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}}
	}
	return &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(folder, acmeFolder)),
		HostPolicy: only(a.Domain), Client: client, Email: a.Email,
	}, nil
}

// only lets the name alone be asked for: what strangers write into a handshake
// must not use up the limits of the ACME server.
func only(domain string) autocert.HostPolicy {
	listed := autocert.HostWhitelist(domain)
	return func(ctx context.Context, host string) error {
		if listed(ctx, host) != nil {
			return fmt.Errorf("app: no certificate for the name %q", host)
		}
		return nil
	}
}
