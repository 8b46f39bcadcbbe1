package signing_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	pkcs8, sec1, public := pemOf(t, key)
	want := must[signing.PublicKey](t)(signing.ReadPublicKey(public)).ID()
	for _, text := range [][]byte{pkcs8, sec1, append([]byte("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"), sec1...)} {
		if k, err := signing.ReadPrivateKey(text); err != nil || k.Public().ID() != want {
			t.Errorf("%v, %v", k.Public().ID(), err)
		}
	}
	p224, _, public224 := pemOf(t, must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)))
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}})
	legacy := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte{1}})
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"encrypted": {encrypted, "encrypted"}, "encrypted of old": {legacy, "encrypted"}, "public": {public, "public one"}, "nothing": {nil, "no private key"}, "P-224": {p224, "P-224"},
		"garbage": {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), "cannot be read"},
	} {
		if _, err := signing.ReadPrivateKey(c.text); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), c.want) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string][]byte{"private": pkcs8, "P-224": public224, "nothing": nil, "a certificate": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE"})} {
		if _, err := signing.ReadPublicKey(text); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Links are signed when it is allowed, as the files they lead to; other things never.
func TestLinks(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, err := range []error{os.WriteFile(filepath.Join(folder, "a"), []byte("a"), 0o600), os.Symlink("a", filepath.Join(folder, "b"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := signing.Usual()
	if _, err := signing.Hash(context.Background(), "m", os.DirFS(folder), s); !fault.Is(err, fault.Invalid) {
		t.Errorf("a link was signed: %v", err)
	}
	s.AllowSymlinks = true
	m, err := signing.Hash(context.Background(), "m", os.DirFS(folder), s)
	if err != nil || len(m.Resources) != 2 || m.Resources[0].Digest != m.Resources[1].Digest {
		t.Errorf("%+v, %v", m.Resources, err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(folder, "c")); err != nil {
		t.Fatal(err)
	}
	if _, err := signing.Hash(context.Background(), "m", os.DirFS(folder), s); !fault.Is(err, fault.Invalid) {
		t.Errorf("a link to a folder was signed: %v", err)
	}
}

func FuzzBundle(f *testing.F) {
	for _, pattern := range []string{"testdata/spec/*.json", "testdata/reference/*/model.sig"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	public, err := os.ReadFile("testdata/reference/signing-key-pub.pem")
	if err != nil {
		f.Fatal(err)
	}
	key, err := signing.ReadPublicKey(public)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := signing.ReadBundle(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%v is no refusal", err)
			}
			return
		}
		m, err := b.Claim()
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v is no refusal", err)
		}
		for _, r := range m.Resources {
			if r.Path != "." && !fs.ValidPath(r.Path) {
				t.Errorf("%q leads out of the folder", r.Path)
			}
		}
		if _, err := b.Verify(signing.Trust{Keys: []signing.PublicKey{key}, At: today}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v is no refusal", err)
		}
	})
}

func FuzzKeys(f *testing.F) {
	for _, name := range []string{"ca-cert.pem", "int-ca-cert.pem", "signing-key-cert.pem", "signing-key-pub.pem"} {
		text, err := os.ReadFile(filepath.Join("testdata/reference", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err1 := signing.ReadPrivateKey(text)
		k, err2 := signing.ReadPublicKey(text)
		all, err3 := signing.ReadCertificates(text)
		for _, err := range []error{err1, err2, err3} {
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%v is no refusal", err)
			}
		}
		if err2 == nil && len(k.ID()) != 64 || err3 == nil && len(all) == 0 {
			t.Errorf("%q, %d certificates", k.ID(), len(all))
		}
	})
}
