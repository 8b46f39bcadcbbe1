package imports

import (
	"crypto/md5" //nolint:gosec // dvc's number of a file is made by it
	"math/big"
	"net/url"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/web"
)

// number is fsspec's checksum of a file of a web server that gives no tag: the md5, as a
// decimal number, of what Python prints of all that is known of it.
func number(address string, d web.Description) (string, error) {
	var b strings.Builder
	b.WriteString("({'name': " + python(address) + ", 'size': ")
	if d.Size == files.Unknown {
		b.WriteString("None")
	} else {
		b.WriteString(strconv.FormatInt(d.Size, 10))
	}
	if d.Type != "" {
		kind, _, _ := strings.Cut(d.Type, ";")
		b.WriteString(", 'mimetype': " + python(kind))
	}
	if d.Ranges == "none" {
		b.WriteString(", 'partial': False")
	}
	b.WriteString(", 'url': " + python(d.URL))
	for _, field := range []struct{ name, value string }{{"Digest", d.Digest}, {"Last-Modified", d.Modified}} {
		if field.value != "" {
			b.WriteString(", '" + field.name + "': " + python(field.value))
		}
	}
	b.WriteString(", 'type': 'file'},)")
	sum := md5.Sum([]byte(b.String())) //nolint:gosec // as above
	return new(big.Int).SetBytes(sum[:]).String(), nil
}

// python is a text as Python prints it.
func python(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	var b strings.Builder
	b.WriteString(quote)
	for _, r := range s {
		switch {
		case r == '\\', string(r) == quote:
			b.WriteString(`\` + string(r))
		case r < ' ', r == 0x7f:
			b.WriteString(`\x` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + quote
}

// unescaped is a part of a path as it was before it was made one of a URL.
func unescaped(part string) (string, error) {
	plain, err := url.PathUnescape(part)
	if err != nil {
		return "", fault.Because(err, fault.Invalid, "%q is no part of an address.", part)
	}
	return plain, nil
}
