package signing

import (
	"crypto/ecdsa"
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Signer is who signs: a key, and the certificates for it when there are some.
type Signer struct {
	Key PrivateKey
	// Chain are certificates: that of the key, then those of who signed it, up to a
	// root, which may be left out.
	Chain Certificates
}

// Check refuses certificates that are of another key, or not made for signatures.
// fault.Invalid.
func (s Signer) Check() error {
	if len(s.Chain) == 0 {
		return nil
	}
	key, err := keyOf(s.Chain[0])
	if err != nil {
		return err
	}
	if key.id != s.Key.public.id {
		return fault.New(fault.Invalid, "The certificate of %s is for another key.", subjectOf(s.Chain[0]))
	}
	if len(s.Chain) > mostChain {
		return fault.New(fault.Invalid, "The chain has more than %d certificates.", mostChain)
	}
	return nil
}

// Sign gives the signature of a manifest, the text of a bundle.
func (s Signer) Sign(random io.Reader, m Manifest) (_ []byte, err error) {
	defer fault.Wrap(&err, "signing.Sign(%s)", m.Name)
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := m.Serialization.check(); err != nil {
		return nil, err
	}
	b := Bundle{hint: s.Key.public.id}
	if b.payload, err = m.statement(); err != nil {
		return nil, err
	}
	for _, c := range s.Chain {
		b.chain = append(b.chain, c.Raw)
	}
	if b.signature, err = ecdsa.SignASN1(random, s.Key.key, sumFor(s.Key.public.key, encoded(b.payload))); err != nil {
		return nil, err
	}
	text, err := b.text()
	if err == nil && len(text) > MostBundle {
		err = fault.New(fault.Invalid, "The signature has more than %d bytes: there are too many files.", MostBundle)
	}
	return text, err
}
