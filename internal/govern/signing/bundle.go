package signing

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const (
	mediaType   = "application/vnd.dev.sigstore.bundle.v0.3+json"
	payloadType = "application/vnd.in-toto+json"
	// MostBundle is the longest signature that is read, in bytes.
	MostBundle = 64 << 20
	mostChain  = 16
	mostSig    = 1 << 10
)

// Bundle is a signature as it was read: nothing in it was verified.
type Bundle struct {
	hint      string   // of a key, "" when it has none
	chain     [][]byte // certificates in DER, the signer's first
	payload   []byte
	signature []byte
}

// The parts of a Sigstore bundle that are read and written; bytes are Base64.
type (
	bundleJSON struct {
		MediaType string       `json:"mediaType"`
		Material  materialJSON `json:"verificationMaterial"`
		Envelope  *envelope    `json:"dsseEnvelope"`
		Message   any          `json:"messageSignature,omitempty"`
	}
	materialJSON struct {
		PublicKey   *publicKeyJSON   `json:"publicKey,omitempty"`
		Chain       *chainJSON       `json:"x509CertificateChain,omitempty"`
		Certificate *certificateJSON `json:"certificate,omitempty"`
		Log         []any            `json:"tlogEntries"`
	}
	publicKeyJSON struct {
		Hint string `json:"hint,omitempty"`
	}
	chainJSON struct {
		Certificates []certificateJSON `json:"certificates"`
	}
	certificateJSON struct {
		Raw []byte `json:"rawBytes"`
	}
	envelope struct {
		Payload    []byte          `json:"payload"`
		Type       string          `json:"payloadType"`
		Signatures []signatureJSON `json:"signatures"`
	}
	signatureJSON struct {
		Sig []byte `json:"sig"`
		Key string `json:"keyid"`
	}
)

// ReadBundle reads a signature, and verifies nothing. fault.Invalid.
func ReadBundle(text []byte) (b Bundle, err error) {
	if len(text) > MostBundle {
		return b, fault.New(fault.Invalid, "The signature has more than %d bytes.", MostBundle)
	}
	var j bundleJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return b, fault.Because(err, fault.Invalid, "The signature is no Sigstore bundle.")
	}
	switch e := j.Envelope; {
	case j.MediaType != mediaType:
		return b, fault.New(fault.Invalid, "The signature is of the media type %q, not a Sigstore bundle v0.3.", cut(j.MediaType))
	case e == nil || len(e.Payload) == 0:
		return b, fault.New(fault.Invalid, "The signature has no envelope with a payload.")
	case e.Type != payloadType:
		return b, fault.New(fault.Invalid, "The signature is of a payload of the type %q, not an in-toto statement.", cut(e.Type))
	case len(e.Signatures) != 1:
		return b, fault.New(fault.Invalid, "The envelope has %d signatures, not one.", len(e.Signatures))
	case len(e.Signatures[0].Sig) == 0 || len(e.Signatures[0].Sig) > mostSig:
		return b, fault.New(fault.Invalid, "The envelope has a signature of %d bytes.", len(e.Signatures[0].Sig))
	}
	b = Bundle{payload: j.Envelope.Payload, signature: j.Envelope.Signatures[0].Sig}
	switch m := j.Material; {
	case m.Certificate != nil:
		return b, fault.WithHint(fault.New(fault.Invalid, "The signature is keyless, by a certificate of Sigstore's authority, which is not verified here."),
			"sign with a key or a certificate: tacit sign --help")
	case m.Chain != nil:
		if n := len(m.Chain.Certificates); n == 0 || n > mostChain {
			return b, fault.New(fault.Invalid, "The signature has a chain of %d certificates.", n)
		}
		for _, c := range m.Chain.Certificates {
			b.chain = append(b.chain, c.Raw)
		}
	case m.PublicKey != nil:
		b.hint = m.PublicKey.Hint
	default:
		return b, fault.New(fault.Invalid, "The signature does not say by what it is to be verified.")
	}
	return b, nil
}

// text writes the bundle.
func (b Bundle) text() ([]byte, error) {
	j := bundleJSON{MediaType: mediaType, Material: materialJSON{Log: []any{}},
		Envelope: &envelope{Payload: b.payload, Type: payloadType, Signatures: []signatureJSON{{Sig: b.signature}}}}
	if len(b.chain) > 0 {
		j.Material.Chain = &chainJSON{}
		for _, c := range b.chain {
			j.Material.Chain.Certificates = append(j.Material.Chain.Certificates, certificateJSON{c})
		}
	} else {
		j.Material.PublicKey = &publicKeyJSON{b.hint}
	}
	text, err := json.Marshal(j)
	return append(text, '\n'), err
}

// encoded is what is signed of a payload: DSSE's pre-authentication encoding.
func encoded(payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload)), payload...)
}

// encodedBefore1 is what model_signing signed before 1.0: the payload as Python
// writes bytes.
func encodedBefore1(payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEV1 %d %s %d ", len(payloadType), payloadType, len(payload)), pythonBytes(payload)...)
}

// pythonBytes is what repr of Python gives for bytes.
func pythonBytes(p []byte) []byte {
	quote := byte('\'')
	if bytes.IndexByte(p, '\'') >= 0 && bytes.IndexByte(p, '"') < 0 {
		quote = '"'
	}
	out := []byte{'b', quote}
	for _, c := range p {
		switch {
		case c == quote || c == '\\':
			out = append(out, '\\', c)
		case c == '\t':
			out = append(out, `\t`...)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c < ' ' || c >= 0x7f:
			out = fmt.Appendf(out, `\x%02x`, c)
		default:
			out = append(out, c)
		}
	}
	return append(out, quote)
}
