package mlflow

import (
	"encoding/base64"

	"github.com/tacit-ml/tacit/internal/foundation/page"
)

// sign gives the signature of words, which make an address that was handed out
// a right.
func (f *face) sign(words []string) string {
	return base64.RawURLEncoding.EncodeToString(f.LinkKey.Sign([]byte(page.Scope(words...))))
}

// signed reports whether signature is that of words.
func (f *face) signed(signature string, words []string) bool {
	code, err := base64.RawURLEncoding.DecodeString(signature)
	return err == nil && f.LinkKey.Check([]byte(page.Scope(words...)), code) == nil
}
