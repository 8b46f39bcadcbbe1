package signing_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

var today = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// pemOf writes a private key in both forms, and its public key.
func pemOf(t *testing.T, key *ecdsa.PrivateKey) (pkcs8, sec1, public []byte) {
	t.Helper()
	bytesOf := must[[]byte](t)
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	return block("PRIVATE KEY", bytesOf(x509.MarshalPKCS8PrivateKey(key))), block("EC PRIVATE KEY", bytesOf(x509.MarshalECPrivateKey(key))),
		block("PUBLIC KEY", bytesOf(x509.MarshalPKIXPublicKey(&key.PublicKey)))
}

// pair is a signer by a key, and who trusts it.
func pair(t *testing.T, curve elliptic.Curve) (signing.Signer, signing.Trust) {
	t.Helper()
	private, _, public := pemOf(t, must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(curve, rand.Reader)))
	return signing.Signer{Key: must[signing.PrivateKey](t)(signing.ReadPrivateKey(private))},
		signing.Trust{Keys: []signing.PublicKey{must[signing.PublicKey](t)(signing.ReadPublicKey(public))}, At: today}
}

func model() fstest.MapFS {
	return fstest.MapFS{
		"MLmodel": {Data: []byte("flavors: {}\n")}, "model.pkl": {Data: []byte("pickle")}, "data/part:1": {Data: []byte("12345678")}, "data.txt": {},
		".git/HEAD": {Data: []byte("ref")}, ".gitignore": {Data: []byte("*")}, "sub/.gitignore": {Data: []byte("*")}, "model.sig": {Data: []byte("{}")},
	}
}

// verified gives what holds of files: "" or the sentence why not, and the difference.
func verified(t *testing.T, text []byte, trust signing.Trust, fsys fs.FS) (signing.Difference, string) {
	t.Helper()
	b, err := signing.ReadBundle(text)
	if err != nil {
		return signing.Difference{}, fault.Sentence(err)
	}
	s, err := b.Verify(trust)
	if err != nil {
		return signing.Difference{}, fault.Sentence(err)
	}
	now, err := s.Manifest.Now(context.Background(), fsys, signing.FileName)
	if err != nil {
		t.Fatal(err)
	}
	return s.Manifest.Compare(now), ""
}

// What was signed holds, by each curve and each method, and names what it is of.
func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	shards := signing.Usual(signing.FileName).ByShards()
	shards.ShardSize = 3
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		for _, s := range []signing.Serialization{signing.Usual(signing.FileName), shards} {
			signer, trust := pair(t, curve)
			m := must[signing.Manifest](t)(signing.Hash(context.Background(), "churn", model(), s))
			text := must[[]byte](t)(signer.Sign(rand.Reader, m))
			if d, why := verified(t, text, trust, model()); why != "" || !d.None(false) {
				t.Errorf("%s, %s: %q, %+v", curve.Params().Name, s.Method, why, d)
			}
			signed := must[signing.Signed](t)(must[signing.Bundle](t)(signing.ReadBundle(text)).Verify(trust))
			if signed.Key != trust.Keys[0].ID() || signed.Manifest.Name != "churn" {
				t.Errorf("%+v", signed)
			}
			var names []string
			for _, r := range m.Resources {
				names = append(names, r.Path)
			}
			if names = slices.Compact(names); s.Method == signing.Files && !slices.Equal(names, []string{"MLmodel", "data.txt", "data/part:1", "model.pkl", "sub/.gitignore"}) {
				t.Errorf("%q", names)
			}
		}
	}
}

// Every way in which files, the signature or the key are others is told.
func TestTampering(t *testing.T) {
	t.Parallel()
	signer, trust := pair(t, elliptic.P256())
	_, others := pair(t, elliptic.P256())
	m := must[signing.Manifest](t)(signing.Hash(context.Background(), "churn", model(), signing.Usual(signing.FileName)))
	text := must[[]byte](t)(signer.Sign(rand.Reader, m))
	for name, c := range map[string]struct {
		change func(fstest.MapFS)
		want   signing.Difference
	}{
		"changed": {func(f fstest.MapFS) { f["model.pkl"] = &fstest.MapFile{Data: []byte("Pickle")} }, signing.Difference{Changed: []string{"model.pkl"}}},
		"added":   {func(f fstest.MapFS) { f["z.pkl"] = &fstest.MapFile{} }, signing.Difference{Added: []string{"z.pkl"}}},
		"removed": {func(f fstest.MapFS) { delete(f, "data.txt") }, signing.Difference{Removed: []string{"data.txt"}}},
		"renamed": {func(f fstest.MapFS) { f["model.bin"] = f["model.pkl"]; delete(f, "model.pkl") },
			signing.Difference{Added: []string{"model.bin"}, Removed: []string{"model.pkl"}}},
		"swapped": {func(f fstest.MapFS) { f["MLmodel"], f["model.pkl"] = f["model.pkl"], f["MLmodel"] }, signing.Difference{Changed: []string{"MLmodel", "model.pkl"}}},
		"all gone": {func(f fstest.MapFS) { clear(f) },
			signing.Difference{Removed: []string{"MLmodel", "data.txt", "data/part:1", "model.pkl", "sub/.gitignore"}}},
	} {
		files := model()
		c.change(files)
		d, why := verified(t, text, trust, files)
		if why != "" || !slices.Equal(d.Added, c.want.Added) || !slices.Equal(d.Changed, c.want.Changed) || !slices.Equal(d.Removed, c.want.Removed) {
			t.Errorf("%s: %q, %+v", name, why, d)
		}
		if d.None(false) || d.None(true) != (name == "added") {
			t.Errorf("%s: none", name)
		}
	}
	for name, c := range map[string]struct {
		text  []byte
		trust signing.Trust
		want  string
	}{
		"another key":         {text, others, "which is not trusted"},
		"no key":              {text, signing.Trust{At: today}, "no key is trusted"},
		"another signature":   {edited(t, text, func(e map[string]any) { e["signatures"].([]any)[0].(map[string]any)["sig"] = "AAAA" }), trust, "or was changed"},
		"no signature":        {edited(t, text, func(e map[string]any) { e["signatures"] = []any{} }), trust, "0 signatures"},
		"a signature twice":   {edited(t, text, func(e map[string]any) { e["signatures"] = append(e["signatures"].([]any), e["signatures"].([]any)[0]) }), trust, "2 signatures"},
		"a cut signature":     {text[:len(text)/2], trust, "no Sigstore bundle"},
		"another payload":     {edited(t, text, payload(t, func(p string) string { return strings.Replace(p, "MLmodel", "MLmodem", 1) })), trust, "or was changed"},
		"another order":       {edited(t, text, payload(t, reordered(t))), trust, "or was changed"},
		"another type":        {edited(t, text, func(e map[string]any) { e["payloadType"] = "text/plain" }), trust, "in-toto statement"},
		"the hint of another": {bytes.Replace(text, []byte(trust.Keys[0].ID()), []byte(others.Keys[0].ID()), 1), trust, "which is not trusted"},
	} {
		if d, why := verified(t, c.text, c.trust, model()); !strings.Contains(why, c.want) {
			t.Errorf("%s: %q, %+v", name, why, d)
		}
	}
	if bytes.Equal(bytes.Replace(text, []byte(trust.Keys[0].ID()), nil, 1), text) {
		t.Error("the hint is not the id of the key")
	}
	if _, why := verified(t, bytes.Replace(text, []byte(trust.Keys[0].ID()), nil, 1), others, model()); !strings.Contains(why, "not by a key that is trusted") {
		t.Errorf("without a hint: %q", why)
	}
}

// edited changes the envelope of a bundle.
func edited(t *testing.T, text []byte, change func(envelope map[string]any)) []byte {
	t.Helper()
	var b map[string]any
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	change(b["dsseEnvelope"].(map[string]any))
	return must[[]byte](t)(json.Marshal(b))
}

func payload(t *testing.T, change func(string) string) func(map[string]any) {
	return func(e map[string]any) {
		was := string(must[[]byte](t)(base64.StdEncoding.DecodeString(e["payload"].(string))))
		now := change(was)
		if now == was {
			t.Error("the payload is the same")
		}
		e["payload"] = base64.StdEncoding.EncodeToString([]byte(now))
	}
}

func reordered(t *testing.T) func(string) string {
	return func(p string) string {
		var s map[string]any
		if err := json.Unmarshal([]byte(p), &s); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(s["predicate"].(map[string]any)["resources"].([]any))
		return string(must[[]byte](t)(json.Marshal(s)))
	}
}

// A payload by a trusted key that contradicts itself or is of something else is
// refused, too.
func TestStatements(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"certificate.bundle.json": "", "key.bundle.json": "", "sigstore.bundle.json": "keyless", "empty.bundle.json": "no Sigstore bundle",
		"missing-envelope.bundle.json": "no envelope", "missing-verification-material.bundle.json": "by what it is to be verified",
		"missing-tlog-entries.bundle.json": "keyless", "wrong-predicate.bundle.json": "predicate of the type",
	} {
		b, err := signing.ReadBundle(must[[]byte](t)(os.ReadFile(filepath.Join("testdata/spec", file))))
		if err == nil {
			_, err = b.Claim()
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(fault.Sentence(err), want)) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}

// Signatures by releases of model_signing hold, and are of their files.
func TestReference(t *testing.T) {
	t.Parallel()
	root := func(name string) []byte {
		return must[[]byte](t)(os.ReadFile(filepath.Join("testdata/reference", name)))
	}
	trust := signing.Trust{
		Keys:  []signing.PublicKey{must[signing.PublicKey](t)(signing.ReadPublicKey(root("signing-key-pub.pem")))},
		Roots: must[signing.Certificates](t)(signing.ReadCertificates(root("ca-cert.pem"))), At: today,
	}
	for _, release := range []string{"v0.2.0-certificate", "v0.3.1-certificate", "v0.3.1-elliptic-key", "v1.0.0-certificate", "v1.0.0-elliptic-key",
		"v1.0.1-certificate", "v1.0.1-elliptic-key", "v1.1.0-certificate", "v1.1.0-elliptic-key"} {
		folder := os.DirFS(filepath.Join("testdata/reference", release))
		b := must[signing.Bundle](t)(signing.ReadBundle(root(release + "/model.sig")))
		s, err := b.Verify(trust)
		if err != nil {
			t.Errorf("%s: %v", release, err)
			continue
		}
		now, err := s.Manifest.Now(context.Background(), folder, signing.FileName, "ignore-me")
		if s.Manifest.Resources[0].Path == "." {
			now, err = s.Manifest.NowFile(context.Background(), folder, "signme-1")
		}
		if d := s.Manifest.Compare(now); err != nil || !d.None(false) {
			t.Errorf("%s: %+v, %v", release, d, err)
		}
		if strings.HasSuffix(release, "certificate") != (s.Certificate == "intermediate-ca") {
			t.Errorf("%s: signed by %q", release, s.Certificate)
		}
		for name, other := range map[string]signing.Trust{"of others": {At: today}, "too late": {Keys: nil, Roots: trust.Roots, At: today.AddDate(20, 0, 0)}} {
			if _, err := b.Verify(other); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s, with roots %s: %v", release, name, err)
			}
		}
	}
}

// authority makes certificates of a chain: a root, one between, and one for the key.
func authority(t *testing.T, public *ecdsa.PublicKey, usage x509.KeyUsage, purposes ...x509.ExtKeyUsage) (chain []byte, roots signing.Certificates) {
	t.Helper()
	keys := [2]*ecdsa.PrivateKey{}
	for i := range keys {
		keys[i] = must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	}
	issue := func(name string, of any, parent *x509.Certificate, by *ecdsa.PrivateKey, ca bool) *x509.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: today.AddDate(0, -1, 0), NotAfter: today.AddDate(0, 1, 0),
			BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageCertSign}
		if !ca {
			c.KeyUsage, c.ExtKeyUsage = usage, purposes
		}
		if parent == nil {
			parent = c
		}
		return must[*x509.Certificate](t)(x509.ParseCertificate(must[[]byte](t)(x509.CreateCertificate(rand.Reader, c, parent, of, by))))
	}
	root := issue("root", &keys[0].PublicKey, nil, keys[0], true)
	between := issue("between", &keys[1].PublicKey, root, keys[0], true)
	for _, c := range []*x509.Certificate{issue("ada", public, between, keys[1], false), between} {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return chain, signing.Certificates{root}
}

// A chain is held against the roots that are trusted, as of a time, and for what
// certificates are made.
func TestCertificates(t *testing.T) {
	t.Parallel()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	private, _, public := pemOf(t, key)
	m := must[signing.Manifest](t)(signing.Hash(context.Background(), "churn", model(), signing.Usual(signing.FileName)))
	chain, roots := authority(t, &key.PublicKey, x509.KeyUsageDigitalSignature, x509.ExtKeyUsageCodeSigning)
	_, strangers := authority(t, &key.PublicKey, x509.KeyUsageDigitalSignature)
	signer := signing.Signer{Key: must[signing.PrivateKey](t)(signing.ReadPrivateKey(private)), Chain: must[signing.Certificates](t)(signing.ReadCertificates(chain))}
	text := must[[]byte](t)(signer.Sign(rand.Reader, m))
	for name, c := range map[string]struct {
		trust signing.Trust
		want  string
	}{
		"trusted":     {signing.Trust{Roots: roots, At: today}, ""},
		"other roots": {signing.Trust{Roots: strangers, At: today}, "leads to no root"},
		"expired":     {signing.Trust{Roots: roots, At: today.AddDate(1, 0, 0)}, "holds from"},
		"the key":     {signing.Trust{Keys: []signing.PublicKey{must[signing.PublicKey](t)(signing.ReadPublicKey(public))}, At: today}, "no root of certificates"},
	} {
		if d, why := verified(t, text, c.trust, model()); (why == "") != (c.want == "") || !strings.Contains(why, c.want) || !d.None(false) {
			t.Errorf("%s: %q, %+v", name, why, d)
		}
	}
	for name, purposes := range map[string][]x509.ExtKeyUsage{"of a server": {x509.ExtKeyUsageServerAuth}, "of nothing": nil} {
		chain, _ := authority(t, &key.PublicKey, x509.KeyUsageKeyAgreement, purposes...)
		signer.Chain = must[signing.Certificates](t)(signing.ReadCertificates(chain))
		if _, err := signer.Sign(rand.Reader, m); !fault.Is(err, fault.Invalid) {
			t.Errorf("a certificate %s signed: %v", name, err)
		}
	}
	other := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	foreign, _ := authority(t, &other.PublicKey, x509.KeyUsageDigitalSignature)
	signer.Chain = must[signing.Certificates](t)(signing.ReadCertificates(foreign))
	if err := signer.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a certificate of another key: %v", err)
	}
}
