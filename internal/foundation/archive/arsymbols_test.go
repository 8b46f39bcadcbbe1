package archive

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// arOf is a file of ar: pairs of a name in its header and bytes.
func arOf(members ...string) []byte {
	var b bytes.Buffer
	b.WriteString(arMagic)
	for i := 0; i < len(members); i += 2 {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n%s", members[i], 0, 0, 0, "644", len(members[i+1]), members[i+1])
		if len(members[i+1])%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// The table of symbols of a library and that of its long names are ar's own; a name
// that leads out is told as before.
func TestOwnMembersOfAr(t *testing.T) {
	t.Parallel()
	symbols := "\x00\x00\x00\x01\x00\x00\x00\x08f\x00"
	for name, c := range map[string]struct {
		file []byte
		odd  string
	}{
		"library":  {arOf("/", symbols, "//", "a_long_name_of_an_object.o/\n", "/0", "x"), ""},
		"twice":    {arOf("/", symbols, "/", "\x01\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x01\x00f\x00", "a.o/", "x"), ""},
		"64 bits":  {arOf("/SYM64/", symbols, "a.o/", "x"), ""},
		"absolute": {arOf("/", symbols, "/etc/x", "x"), RulePath},
		"long":     {arOf("//", "../../a_long_name/\n", "/0", "x"), RulePath},
		"nowhere":  {arOf("/77", "x"), RulePath},
		"same":     {arOf("a.o/", "x", "a.o/", "y"), RuleDuplicate},
	} {
		l, err := ReadAr(bytes.NewReader(c.file), int64(len(c.file)), ListingLimits{Members: 100, NameBytes: 1 << 10})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.odd == "" && len(l.Oddities) > 0 || c.odd != "" && (len(l.Oddities) != 1 || l.Oddities[0].Rule != c.odd) {
			t.Errorf("%s: %+v, want %q", name, l.Oddities, c.odd)
		}
	}
}

func TestIsSymbols(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"\x00\x00\x00\x00": true,
		"\x00\x00\x00\x02\x00\x00\x00\x08\x00\x00\x00\x08f\x00g\x00":            true,
		"\x00\x00\x00\x01\x00\x00\x00\x08f\x00\x00\x00":                         true,
		"\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x08f\x00": true,
		"\x01\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x01\x00f\x00":         true,
		"\x00\x00\x00\x01\x00\x00\x00\x08f\x00\x80\x04N.":                       false,
		"\x00\x00\x00\x01\x00\x00\x00\x08f":                                     false,
		"\xff\xff\xff\xff\x00\x00\x00\x08f\x00":                                 false,
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff":                      false,
		"cposix\nsystem\n(S'id'\ntR.":                                           false,
		"\x00\x00\x00\x01\x00\x00\x00\x08cposix\nsystem\n(S'id'\ntR.\x00":       false,
		"": false,
	} {
		if got := IsSymbols(strings.NewReader(text), int64(len(text))); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
