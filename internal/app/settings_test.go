package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Sign-in is required where it is asked for and wherever others reach the
// address, whatever form that is written in.
func TestWhoMustSignIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s               Settings
		required, clear bool
	}{
		{Settings{Listen: "127.0.0.1:5000"}, false, false},
		{Settings{Listen: "127.8.8.8:5000"}, false, false},
		{Settings{Listen: "[::1]:5000"}, false, false},
		{Settings{Listen: "localhost:5000"}, false, false},
		{Settings{Listen: "127.0.0.1:5000", Auth: "required"}, true, false},
		{Settings{Listen: ":5000"}, true, true},
		{Settings{Listen: "0.0.0.0:5000"}, true, true},
		{Settings{Listen: "[::]:5000"}, true, true},
		{Settings{Listen: "192.0.2.1:5000"}, true, true},
		{Settings{Listen: "ml.example.org:5000"}, true, true},
		{Settings{Listen: "localhost.example.org:5000"}, true, true},
		{Settings{Listen: "0.0.0.0:5000", PublicURL: "https://ml.example.org"}, true, false},
		{Settings{Listen: "0.0.0.0:5000", PublicURL: "http://ml.example.org"}, true, true},
		{Settings{Listen: "0.0.0.0:5000", TLSCert: "cert.pem", TLSKey: "key.pem"}, true, false},
		{Settings{Listen: "0.0.0.0:443", ACME: ACME{Domain: "ml.example.org"}}, true, false},
	} {
		if got := c.s.RequiresSignIn(); got != c.required {
			t.Errorf("%+v requires sign-in: %v", c.s, got)
		}
		if got := c.s.InTheClear(); got != c.clear {
			t.Errorf("%+v speaks in the clear: %v", c.s, got)
		}
	}
}

func TestListenAddresses(t *testing.T) {
	t.Parallel()
	for listen, ok := range map[string]bool{
		"127.0.0.1:0": true, "127.0.0.1:65535": true, ":5000": true, "localhost:http": true,
		"127.0.0.1:65536": false, "127.0.0.1:-1": false, "127.0.0.1:nowhere": false, "127.0.0.1": false, "5000": false,
	} {
		err := Settings{Dir: UsualDir, Listen: listen}.Check()
		if ok != (err == nil) || err != nil && (!fault.Is(err, fault.Invalid) || fault.HintOf(err) == "") {
			t.Errorf("%s: %v", listen, err)
		}
	}
	for listening, reached := range map[string]string{
		"[::]:5000": "127.0.0.1:5000", "0.0.0.0:5000": "127.0.0.1:5000", "[::1]:5000": "[::1]:5000", "192.0.2.1:5000": "192.0.2.1:5000", "host:5000": "host:5000",
	} {
		if got := Reached(listening); got != reached {
			t.Errorf("who listens on %s is reached at %s, want %s", listening, got, reached)
		}
	}
}

// What cannot be meant is refused before anything is opened, and no refusal
// prints a password.
func TestSettingsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	right := Settings{Dir: UsualDir, Listen: UsualListen, PublicURL: "https://ml.example.org/tacit", OTLP: "http://collector:4318"}
	if err := right.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Settings){
		"a folder without a name":       func(s *Settings) { s.Dir = "" },
		"a collector that is no URL":    func(s *Settings) { s.OTLP = "foo" },
		"a public URL with a password":  func(s *Settings) { s.PublicURL = "http://u:hunter2@h/x" },
		"a public URL with a user":      func(s *Settings) { s.PublicURL = "http://u@h/x" },
		"a public URL with a query":     func(s *Settings) { s.PublicURL = "http://h/x?a=b" },
		"a bucket, half a key pair":     func(s *Settings) { s.Blobs, s.S3SecretKey = "s3://bucket", "hunter2" },
		"a bucket without a key pair":   func(s *Settings) { s.Blobs = "s3://bucket?endpoint=http://127.0.0.1:9" },
		"both, the query and the other": func(s *Settings) { s.PublicURL = "http://u:hunter2@h/x?a=b" },
	} {
		s := right
		change(&s)
		err := s.Check()
		if !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want it refused with a hint", name, err)
		}
	}
}

// TestDoctorAsksForTheKeyPair: that one is missing is said by name, without a
// word to the store or to the machine's role.
func TestDoctorAsksForTheKeyPair(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, secret, what, says, remedy string }{
		{"", "", "blobs", "wants a key pair, and none is set", "TACIT_S3_ACCESS_KEY and TACIT_S3_SECRET_KEY"},
		{"a", "", "settings", "TACIT_S3_ACCESS_KEY is set and TACIT_S3_SECRET_KEY is not.", "set both"},
		{"", "hunter2", "settings", "TACIT_S3_SECRET_KEY is set and TACIT_S3_ACCESS_KEY is not.", "set both"},
	} {
		s := Settings{Dir: t.TempDir(), Listen: UsualListen, Blobs: "s3://bucket?endpoint=http://127.0.0.1:9", S3AccessKey: c.key, S3SecretKey: c.secret,
			Now: time.Now, Random: rand.Reader}
		var told []Finding
		for _, f := range Examine(context.Background(), s, slog.New(slog.DiscardHandler)) {
			if strings.Contains(f.Text, "key pair") || strings.Contains(f.Text, "TACIT_S3_") {
				told = append(told, f)
			}
		}
		if len(told) != 1 || told[0].Verdict != bad || told[0].What != c.what || !strings.Contains(told[0].Text, c.says) || !strings.Contains(told[0].Remedy, c.remedy) {
			t.Errorf("with %q and %q doctor finds %+v, want %s once, under %s", c.key, c.secret, told, c.says, c.what)
		}
	}
}
