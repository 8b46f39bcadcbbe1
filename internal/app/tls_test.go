package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// writePair writes a certificate of this machine with a serial number, and its
// key, and gives the pool that trusts it.
func writePair(t *testing.T, folder string, serial int64) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, content := range map[string][]byte{"cert.pem": certificate, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return pool
}

// HTTPS is spoken with the certificate of the settings, and with a new one
// after the settings are read again; a broken one changes nothing.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	pool := writePair(t, folder, 1)
	settings := Settings{
		Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Dir: filepath.Join(folder, "tacit"),
		TLSCert: filepath.Join(folder, "cert.pem"), TLSKey: filepath.Join(folder, "key.pem"),
	}
	half := settings
	half.TLSKey = ""
	if err := half.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a certificate without key: %v", err)
	}
	h, err := Open(context.Background(), settings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := h.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- h.Serve(ctx, listener) }()
	serial := func(pool *x509.CertPool) int64 {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
		defer client.CloseIdleConnections()
		answer, err := client.Get("https://" + listener.Addr().String() + "/health")
		if err != nil {
			t.Error(err)
			return 0
		}
		_ = answer.Body.Close()
		return answer.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if n := serial(pool); n != 1 {
		t.Errorf("the certificate has the number %d", n)
	}
	next := writePair(t, folder, 2)
	if err := h.Reload(); err != nil {
		t.Fatal(err)
	}
	if n := serial(next); n != 2 {
		t.Errorf("after reading again the certificate has the number %d", n)
	}
	if err := os.WriteFile(settings.TLSKey, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := h.Reload(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a broken key: %v", err)
	}
	if n := serial(next); n != 2 {
		t.Errorf("after a broken key the certificate has the number %d", n)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}
