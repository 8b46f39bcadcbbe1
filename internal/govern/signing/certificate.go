package signing

import (
	"crypto/ecdsa"
	"crypto/x509"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Certificates are in the order of their file.
type Certificates []*x509.Certificate

// ReadCertificates reads all certificates of a text in PEM. fault.Invalid where
// there is none.
func ReadCertificates(text []byte) (all Certificates, err error) {
	for _, block := range blocks(text) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			if curve := curveOf(block.Bytes); !isKnownCurve(curve) {
				return nil, onCurve("The key of a certificate", curve)
			}
			return nil, fault.Because(err, fault.Invalid, "A certificate cannot be read.")
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "There is no certificate in PEM.")
	}
	return all, nil
}

// keyOf is the key of a certificate that may sign models. fault.Invalid.
func keyOf(c *x509.Certificate) (PublicKey, error) {
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return PublicKey{}, fault.New(fault.Invalid, "The certificate of %s has a key that is not on an elliptic curve.", subjectOf(c))
	}
	purposes := c.ExtKeyUsage
	signs := slices.Contains(purposes, x509.ExtKeyUsageCodeSigning) || slices.Contains(purposes, x509.ExtKeyUsageAny)
	if len(purposes)+len(c.UnknownExtKeyUsage) == 0 {
		signs = c.KeyUsage&x509.KeyUsageDigitalSignature != 0
	}
	if !signs {
		return PublicKey{}, fault.WithHint(fault.New(fault.Invalid, "The certificate of %s is not made for signatures.", subjectOf(c)),
			"it needs the extended key usage codeSigning, or the key usage digitalSignature and no extended one")
	}
	return newPublicKey(key)
}

func subjectOf(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

// chained verifies the certificate of a bundle against roots, as of a time.
func chained(chain [][]byte, roots Certificates, at time.Time) (*x509.Certificate, PublicKey, error) {
	refused := func(err error, text string, args ...any) (*x509.Certificate, PublicKey, error) {
		return nil, PublicKey{}, fault.Because(err, fault.Invalid, text, args...)
	}
	trusted, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range roots {
		trusted.AddCert(c)
	}
	var signer *x509.Certificate
	for i, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return refused(err, "Certificate %d of the signature cannot be read.", i+1)
		}
		if i == 0 {
			signer = c
		} else {
			between.AddCert(c)
		}
	}
	key, err := keyOf(signer)
	if err != nil {
		return nil, PublicKey{}, err
	}
	if at.After(signer.NotAfter) || at.Before(signer.NotBefore) {
		err := fault.New(fault.Invalid, "The certificate of %s holds from %s to %s, not at %s.", subjectOf(signer),
			signer.NotBefore.UTC().Format(time.DateOnly), signer.NotAfter.UTC().Format(time.DateOnly), at.UTC().Format(time.DateOnly))
		return nil, PublicKey{}, fault.WithHint(err, "sign again with a certificate that holds")
	}
	if _, err := signer.Verify(x509.VerifyOptions{Roots: trusted, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return refused(err, "The certificate of %s leads to no root that is trusted: %v.", subjectOf(signer), err)
	}
	return signer, key, nil
}
