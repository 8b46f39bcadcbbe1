package signing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// A key on a curve by which nobody signs models is refused by the curve's name, and
// with how to make one that does. testdata/curves/make.sh made them.
func TestCurves(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"secp256k1.pem": "The private key is on the curve secp256k1.",
		"sec1.pem":      "The private key is on the curve secp256k1.",
		"explicit.pem":  "The private key is on the curve that it brings in numbers.",
		"secp256k1.pub": "The public key is on the curve secp256k1.",
		"brainpool.pub": "The public key is on the curve brainpoolP256r1.",
		"cert.pem":      "The key of a certificate is on the curve secp256k1.",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "curves", file))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case file == "cert.pem":
			_, err = signing.ReadCertificates(text)
		case strings.HasSuffix(file, ".pub"):
			_, err = signing.ReadPublicKey(text)
		default:
			_, err = signing.ReadPrivateKey(text)
		}
		if !fault.Is(err, fault.Invalid) || fault.Sentence(err) != want || !strings.Contains(fault.HintOf(err), "P-256, P-384 or P-521") {
			t.Errorf("%s: %v (%s), want %q", file, err, fault.HintOf(err), want)
		}
	}
}
