package signing

import (
	"bytes"
	"encoding/asn1"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// sec1 is a private key as SEC 1 has it.
type sec1 struct {
	Version int
	Key     []byte
	Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	Public  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

// curveOf names the curve of a key or a certificate that the standard library does not
// read, "" where it is on none. A name that is not known is its object identifier.
func curveOf(der []byte) string {
	const ecPublicKey = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" // 1.2.840.10045.2.1, which the curve follows
	var (
		oid asn1.ObjectIdentifier
		key sec1
	)
	if i := bytes.Index(der, []byte(ecPublicKey)); i >= 0 {
		if _, err := asn1.Unmarshal(der[i+len(ecPublicKey):], &oid); err != nil {
			return "that it brings in numbers"
		}
	} else if _, err := asn1.Unmarshal(der, &key); err == nil {
		oid = key.Curve
	}
	switch name := oid.String(); name {
	case "":
		return ""
	case "1.3.132.0.10":
		return "secp256k1"
	case "1.2.840.10045.3.1.1":
		return "P-192"
	case "1.3.36.3.3.2.8.1.1.7":
		return "brainpoolP256r1"
	case "1.3.36.3.3.2.8.1.1.11":
		return "brainpoolP384r1"
	case "1.3.36.3.3.2.8.1.1.13":
		return "brainpoolP512r1"
	default:
		return name
	}
}

// isKnownCurve reports whether keys on a curve are read here.
func isKnownCurve(name string) bool {
	switch name {
	case "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35", "1.3.132.0.33": // P-256, P-384, P-521, P-224
		return true
	}
	return name == ""
}

// unread is the error of what cannot be read, which names the curve where that is why.
func unread(what string, der []byte, cause error) error {
	if curve := curveOf(der); !isKnownCurve(curve) {
		return onCurve(what, curve)
	}
	return fault.WithHint(fault.Because(cause, fault.Invalid, "%s cannot be read.", what), howToMake)
}

func onCurve(what, curve string) error {
	return fault.WithHint(fault.New(fault.Invalid, "%s is on the curve %s.", what, curve), "models are signed by keys on P-256, P-384 or P-521: "+howToMake)
}
