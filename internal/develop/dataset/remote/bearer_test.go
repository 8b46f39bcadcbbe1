package remote_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/webdav"

	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
)

// TestTokens: a token comes of a command, which is run once, and again when the token is
// refused; one that stays refused is told as that.
func TestTokens(t *testing.T) {
	folder := t.TempDir()
	count, script := filepath.Join(folder, "count"), filepath.Join(folder, "script")
	if err := os.WriteFile(script, []byte(`echo x >> "$1"; echo " t$(wc -l < "$1" | tr -d " ")"`), 0o700); err != nil {
		t.Fatal(err)
	}
	valid, inner := "Bearer t1", &webdav.Handler{FileSystem: webdav.Dir(t.TempDir()), LockSystem: webdav.NewMemLS()}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != valid {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	defer s.Close()
	open := func(command string) (*remote.Remote, error) {
		return remote.Open(context.Background(), "r", options(t, "url = "+strings.Replace(s.URL, "http", "webdav", 1)+"/data", "user = nobody", "bearer_token_command = "+command),
			remote.Surroundings{Random: draw.Reader(t), Retries: files.Retries{First: time.Millisecond}})
	}
	r, err := open("sh " + script + " " + count)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		filestest.Put(t, r.Place(), "a", "a")
	}
	valid = "Bearer t2"
	filestest.Put(t, r.Place(), "b", "b")
	if runs, err := os.ReadFile(count); err != nil || string(runs) != "x\nx\n" {
		t.Errorf("%q, %v", runs, err)
	}
	for command, kind := range map[string]fault.Kind{"echo other": fault.Denied, "false": fault.Denied, "true": fault.Denied} {
		r, err := open(command)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Place().Stat(context.Background(), "a"); !fault.Is(err, kind) {
			t.Errorf("%s: %v", command, err)
		}
	}
	if _, err := open("sh -c 'open"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestCertificates: a server that asks who it is by a certificate is shown the one of
// cert_path and key_path.
func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(&webdav.Handler{FileSystem: webdav.Dir(t.TempDir()), LockSystem: webdav.NewMemLS()})
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.StartTLS()
	defer s.Close()
	own := s.TLS.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, key := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	both, first, second := filepath.Join(folder, "both"), filepath.Join(folder, "first"), filepath.Join(folder, "second")
	if err := errors.Join(os.WriteFile(both, append(certificate, key...), 0o600), os.WriteFile(first, certificate, 0o600), os.WriteFile(second, key, 0o600)); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		lines []string
		kind  fault.Kind
	}{
		"one file": {[]string{"cert_path = " + both, "ssl_verify = " + first}, fault.NotFound}, "two files": {[]string{"cert_path = " + first, "key_path = " + second, "ssl_verify = false"}, fault.NotFound},
		"none": {[]string{"ssl_verify = false"}, fault.Unavailable},
	} {
		r, err := remote.Open(context.Background(), "r", options(t, append(c.lines, "url = "+strings.Replace(s.URL, "https", "webdavs", 1)+"/data")...), remote.Surroundings{Retries: files.Retries{First: time.Millisecond}})
		if err != nil {
			t.Fatal(what, err)
		}
		if _, err := r.Place().Stat(context.Background(), "absent"); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := remote.Open(context.Background(), "r", options(t, "cert_path = "+first, "url = webdavs://host"), remote.Surroundings{}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
