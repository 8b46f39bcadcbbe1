package inspect

import (
	"encoding/binary"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// wideOf is text in UTF-16 without a mark.
func wideOf(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// TestXMLEncoding: XML is read in the letters that its readers see, or the encoding is told.
func TestXMLEncoding(t *testing.T) {
	t.Parallel()
	const entity = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><PMML>&e;</PMML>`
	for name, c := range map[string]struct {
		data    string
		verdict pickle.Verdict
	}{
		"utf7.pmml":    {`<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-<PMML></PMML>`, pickle.Suspicious},
		"c99.pmml":     {`<?xml version="1.0" encoding="C99"?><PMML></PMML>`, pickle.Suspicious},
		"little.pmml":  {wideOf(binary.LittleEndian, entity), pickle.Suspicious},
		"big.pmml":     {wideOf(binary.BigEndian, entity), pickle.Suspicious},
		"latin.pmml":   {`<?xml version="1.0" encoding="ISO-8859-1"?><PMML>` + "\xe9" + `</PMML>`, pickle.Clean},
		"windows.pmml": {`<?xml version="1.0" encoding="Windows-1252"?><PMML></PMML>`, pickle.Clean},
		"plain.pmml":   {wideOf(binary.LittleEndian, `<?xml version="1.0" encoding="UTF-16"?><PMML></PMML>`), pickle.Clean},
		"default.xml":  {`<r><include xmlns="http://www.w3.org/2001/XInclude" href="/etc/hostname"/></r>`, pickle.Suspicious},
		"prefix.xml":   {`<r xmlns:q="http://www.w3.org/2001/XInclude"><q:include href="/etc/hostname"/></r>`, pickle.Suspicious},
		"other.xml":    {`<?xml version="1.0"?><r xmlns:q="urn:a"><q:include href="a"/></r>`, pickle.Clean},
	} {
		p := tree(t, fstest.MapFS{name: {Data: []byte(c.data)}})[name]
		if p.Verdict != c.verdict || p.Status != pickle.Complete {
			t.Errorf("%s: %s, %s, %v, %s", name, p.Status, p.Verdict, p.Format, p.Reason)
		}
	}
}
