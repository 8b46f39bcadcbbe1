package signing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// mostPEM bounds files with keys and certificates, in bytes.
const mostPEM = 1 << 20

// PublicKey is a key that signatures are verified by.
type PublicKey struct {
	key *ecdsa.PublicKey
	id  string
}

// ID is the SHA-256 of the key's PEM in hexadecimal: the hint of bundles.
func (k PublicKey) ID() string { return k.id }

// PrivateKey is a key that signs.
type PrivateKey struct {
	key    *ecdsa.PrivateKey
	public PublicKey
}

// Public is the key that verifies what this one signs.
func (k PrivateKey) Public() PublicKey { return k.public }

func newPublicKey(k *ecdsa.PublicKey) (PublicKey, error) {
	switch k.Curve {
	case elliptic.P256(), elliptic.P384(), elliptic.P521():
	default:
		return PublicKey{}, onCurve("The key", k.Curve.Params().Name)
	}
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		return PublicKey{}, fault.Because(err, fault.Invalid, "The key cannot be written.")
	}
	sum := sha256.Sum256(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return PublicKey{k, hex.EncodeToString(sum[:])}, nil
}

// howToMake is the hint of all that is no key.
const howToMake = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem, and openssl pkey -in key.pem -pubout -out key.pub"

// ReadPrivateKey reads a key on P-256, P-384 or P-521 in PEM, as PKCS#8 or SEC 1.
// fault.Invalid, also for one that is encrypted.
func ReadPrivateKey(text []byte) (PrivateKey, error) {
	for _, block := range blocks(text) {
		var key any
		var err error
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
			return PrivateKey{}, fault.WithHint(fault.New(fault.Invalid, "The key is encrypted."),
				"openssl pkey -in key.pem -out plain.pem asks for the pass phrase and writes it in plain: keep that file where only you read it, and remove it afterwards")
		case block.Type == "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case block.Type == "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case block.Type == "PUBLIC KEY":
			return PrivateKey{}, fault.WithHint(fault.New(fault.Invalid, "The key is a public one, which verifies and does not sign."), howToMake)
		default:
			continue
		}
		if err != nil {
			return PrivateKey{}, unread("The private key", block.Bytes, err)
		}
		ec, ok := key.(*ecdsa.PrivateKey)
		if !ok {
			return PrivateKey{}, fault.WithHint(fault.New(fault.Invalid, "The private key is not on an elliptic curve."), howToMake)
		}
		public, err := newPublicKey(&ec.PublicKey)
		return PrivateKey{ec, public}, err
	}
	return PrivateKey{}, fault.WithHint(fault.New(fault.Invalid, "There is no private key in PEM."), howToMake)
}

// ReadPublicKey reads a key on P-256, P-384 or P-521 in PEM. fault.Invalid.
func ReadPublicKey(text []byte) (PublicKey, error) {
	for _, block := range blocks(text) {
		switch block.Type {
		case "PUBLIC KEY":
			key, err := x509.ParsePKIXPublicKey(block.Bytes)
			if err != nil {
				return PublicKey{}, unread("The public key", block.Bytes, err)
			}
			ec, ok := key.(*ecdsa.PublicKey)
			if !ok {
				return PublicKey{}, fault.WithHint(fault.New(fault.Invalid, "The public key is not on an elliptic curve."), howToMake)
			}
			return newPublicKey(ec)
		case "PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
			return PublicKey{}, fault.WithHint(fault.New(fault.Invalid, "The key is a private one, which verifies nothing."), "openssl pkey -in key.pem -pubout -out key.pub")
		case "CERTIFICATE":
			return PublicKey{}, fault.WithHint(fault.New(fault.Invalid, "This is a certificate, not a key."), "a root of certificates is given apart from keys: --root with tacit verify, certificates in a policy")
		}
	}
	return PublicKey{}, fault.WithHint(fault.New(fault.Invalid, "There is no public key in PEM."), howToMake)
}

// blocks are the blocks of a text in PEM.
func blocks(text []byte) (all []*pem.Block) {
	for rest := text[:min(len(text), mostPEM)]; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		all = append(all, block)
	}
}

// sumFor is the digest that a key signs.
func sumFor(k *ecdsa.PublicKey, text []byte) []byte {
	switch k.Curve {
	case elliptic.P384():
		sum := sha512.Sum384(text)
		return sum[:]
	case elliptic.P521():
		sum := sha512.Sum512(text)
		return sum[:]
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// holds reports whether a signature is by the key: over the payload as DSSE has it,
// or as model_signing had it before 1.0, which hashed by SHA-256 whatever the curve
// for certificates.
func (k PublicKey) holds(payload, signature []byte) bool {
	if ecdsa.VerifyASN1(k.key, sumFor(k.key, encoded(payload)), signature) {
		return true
	}
	before := encodedBefore1(payload)
	sum := sha256.Sum256(before)
	return ecdsa.VerifyASN1(k.key, sumFor(k.key, before), signature) || ecdsa.VerifyASN1(k.key, sum[:], signature)
}
