package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

// acmeName is the name that the tests' name server leads to this machine.
const acmeName = "tacit.test"

// The certificate comes from an ACME server that proves the name, for that name
// alone, and is kept for the next start, when nobody is asked.
func TestACertificateByACME(t *testing.T) {
	t.Parallel()
	server := os.Getenv("TACIT_TEST_PEBBLE")
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TACIT_TEST_PEBBLE names no ACME server; test/stores.sh installs one")
		}
		t.Skip("TACIT_TEST_PEBBLE names no ACME server")
	}
	folder := t.TempDir()
	own := writePair(t, folder, 1)
	directory, management := freeport.Take(t), freeport.Take(t)
	settings := Settings{
		Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Dir: filepath.Join(folder, "tacit"),
		ACME: ACME{Domain: acmeName, Directory: fmt.Sprintf("https://127.0.0.1:%d/dir", directory), Email: "ml@example.org", CA: filepath.Join(folder, "cert.pem")},
	}
	first := serveACME(t, settings)
	stop := startPebble(t, server, folder, directory, management, first.port)
	roots := pebbleRoots(t, own, management)
	if serial, err := handshake(first.port, acmeName, roots); err != nil {
		t.Fatalf("the name has no certificate: %v", err)
	} else if again, err := handshake(first.port, acmeName, roots); err != nil || again != serial {
		t.Errorf("the second handshake has the certificate %s, %v; the first had %s", again, err, serial)
	}
	for _, other := range []string{"another.test", ""} {
		if _, err := handshake(first.port, other, nil); err == nil {
			t.Errorf("the name %q has a certificate", other)
		}
	}
	first.stop()
	stop()
	second := serveACME(t, settings)
	defer second.stop()
	if _, err := handshake(second.port, acmeName, roots); err != nil {
		t.Errorf("after another start, without the ACME server: %v", err)
	}
}

func TestACMENeedsWhatItCanProve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		acme ACME
		cert string
	}{
		"no name":            {ACME{Email: "ml@example.org"}, ""},
		"an address":         {ACME{Domain: "192.0.2.1"}, ""},
		"a name of one part": {ACME{Domain: "localhost"}, ""},
		"a URL":              {ACME{Domain: "https://ml.example.org"}, ""},
		"all names":          {ACME{Domain: "*.example.org"}, ""},
		"plain HTTP":         {ACME{Domain: "ml.example.org", Directory: "http://acme.example.org"}, ""},
		"files as well":      {ACME{Domain: "ml.example.org"}, "cert.pem"},
	} {
		s := Settings{Listen: "0.0.0.0:443", ACME: c.acme, TLSCert: c.cert, TLSKey: c.cert}
		if err := s.Check(); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := Settings{Listen: "0.0.0.0:443", ACME: ACME{Domain: "ml.example.org"}}
	if u, err := s.publicURL(); err != nil || u.String() != "https://ml.example.org" {
		t.Errorf("the public URL is %v, %v", u, err)
	}
}

// acmeServed is a tacit that answers.
type acmeServed struct {
	port int
	stop func()
}

func serveACME(t *testing.T, settings Settings) acmeServed {
	t.Helper()
	h, err := Open(context.Background(), settings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := h.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, listener) }()
	return acmeServed{listener.Addr().(*net.TCPAddr).Port, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}}
}

// handshake asks for a name, checks the certificate by the roots, asks for
// health over it, and gives its serial number. Without roots nothing is checked.
func handshake(port int, name string, roots *x509.CertPool) (string, error) {
	config := &tls.Config{ServerName: name, RootCAs: roots, InsecureSkipVerify: roots == nil, MinVersion: tls.VersionTLS12}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: config,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", port))
		},
	}}
	defer client.CloseIdleConnections()
	host := name
	if host == "" {
		host = "127.0.0.1"
	}
	answer, err := client.Get("https://" + host + "/health")
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("health answers %s", answer.Status)
	}
	return answer.TLS.PeerCertificates[0].SerialNumber.String(), nil
}

// startPebble starts the ACME server, whose proofs go to a port of this machine.
func startPebble(t *testing.T, server, folder string, directory, management, proofs int) (stop func()) {
	t.Helper()
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": fmt.Sprintf("127.0.0.1:%d", directory), "managementListenAddress": fmt.Sprintf("127.0.0.1:%d", management),
		"certificate": filepath.Join(folder, "cert.pem"), "privateKey": filepath.Join(folder, "key.pem"),
		"httpPort": freeport.Take(t), "tlsPort": proofs, "retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles": map[string]any{"default": map[string]any{"description": "usual", "validityPeriod": 7776000}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "pebble.json")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	pebble := exec.Command(server, "-config", path, "-dnsserver", serveNames(t))
	pebble.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	said, err := os.Create(filepath.Join(folder, "pebble.log"))
	if err != nil {
		t.Fatal(err)
	}
	pebble.Stdout, pebble.Stderr = said, said
	if err := pebble.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = pebble.Process.Kill()
		_ = pebble.Wait()
		_ = said.Close()
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(said.Name())
			t.Logf("the ACME server says:\n%s", log)
		}
		stop()
	})
	return stop
}

// pebbleRoots waits for the ACME server, and gives what it signs with.
func pebbleRoots(t *testing.T, own *x509.CertPool, management int) *x509.CertPool {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: own, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		answer, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d/roots/0", management))
		if err != nil {
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			continue
		}
		root, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		roots := x509.NewCertPool()
		if err != nil || !roots.AppendCertsFromPEM(root) {
			t.Fatalf("the root %q, %v", root, err)
		}
		return roots
	}
}

// serveNames is a name server, by TCP, that leads acmeName to this machine and
// knows no other name.
func serveNames(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerNames(conn)
		}
	}()
	return listener.Addr().String()
}

// answerNames answers the questions of one connection, each behind its length.
func answerNames(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(question) != nil || len(m.Questions) != 1 {
			return
		}
		q := m.Questions[0]
		m.Response, m.Authoritative, m.Additionals = true, true, nil
		if q.Type == dnsmessage.TypeA && q.Name.String() == acmeName+"." {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			}}
		}
		answer, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}
