package files

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Network says how a place is reached over HTTP.
type Network struct {
	Roots       []byte        // of certificates, in PEM; nil means the machine's own
	Unverified  bool          // takes any certificate
	Connect     time.Duration // the longest wait for a connection; 0 means 60 s
	Read        time.Duration // the longest time in which nothing moves; 0 means 60 s
	Connections int           // at once; 0 means 64
}

const (
	usualTimeout     = 60 * time.Second
	usualConnections = 64
)

// Transport is what requests go by. A connection on which nothing moves for the time of
// Read ends, whatever was being done. whose names the place in messages.
func (n Network) Transport(whose string) (*http.Transport, error) {
	if n.Connect == 0 {
		n.Connect = usualTimeout
	}
	if n.Read == 0 {
		n.Read = usualTimeout
	}
	if n.Connections == 0 {
		n.Connections = usualConnections
	}
	security := &tls.Config{InsecureSkipVerify: n.Unverified} //nolint:gosec // who sets it says so
	if n.Roots != nil {
		security.RootCAs = x509.NewCertPool()
		if !security.RootCAs.AppendCertsFromPEM(n.Roots) {
			return nil, fault.New(fault.Invalid, "There are no certificates for %s in the file that is set.", whose)
		}
	}
	dialer := &net.Dialer{Timeout: n.Connect, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: security, TLSHandshakeTimeout: n.Connect, ResponseHeaderTimeout: n.Read, DisableCompression: true,
		MaxIdleConnsPerHost: n.Connections, MaxConnsPerHost: n.Connections, IdleConnTimeout: time.Minute,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &moving{Conn: c, wait: n.Read, late: time.AfterFunc(n.Read, func() { _ = c.Close() })}, nil
		},
	}, nil
}

// moving is a connection that ends when nothing moves on it for a while. What is
// written puts off the end of a read as well: an answer is awaited while a body is sent.
type moving struct {
	net.Conn
	wait time.Duration
	late *time.Timer // ends the connection
}

// Read reads what comes in time.
func (m *moving) Read(b []byte) (int, error) {
	m.late.Reset(m.wait)
	return m.Conn.Read(b)
}

// Write writes what is taken in time.
func (m *moving) Write(b []byte) (int, error) {
	m.late.Reset(m.wait)
	return m.Conn.Write(b)
}

// Close ends the connection.
func (m *moving) Close() error {
	m.late.Stop()
	return m.Conn.Close()
}
