package inspect

import (
	"encoding/binary"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestHeaderOfObjects: numpy evaluates a header and makes a type of what it says, in
// more ways than numpy.save writes (each one here has numpy.load run the pickle behind
// it). What cannot be read is inconclusive, and a pickle behind it is still told.
func TestHeaderOfObjects(t *testing.T) {
	t.Parallel()
	for _, descr := range []string{
		`'|O'`, `'object'`, `'object_'`, `'O,f8'`, `'2O'`, `'(2,)O'`, `[('a','2O')]`, `('f8,O',(2,))`, `('object',(1,))`,
		`'<f8', 'descr': '|O'`, `'|\x4f'`, `'|' 'O'`, `"""|O"""`, `r'|O'`,
	} {
		header := "{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,), }\n"
		data := npyMagic + "\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(header)))) + header
		parts := tree(t, fstest.MapFS{
			"bad.npy":   {Data: []byte(data + system)},
			"two.npy":   {Data: []byte(npyOf("<f4", "12345678") + data + system)},
			"noise.npy": {Data: []byte(data + strings.Repeat("\xfa\x81\x05", 50))},
		})
		for name, p := range parts {
			if evil := name == "bad.npy" || name == "two.npy"; evil && p.Verdict != pickle.Malicious || !evil && (p.Status == pickle.Complete || len(p.Findings) > 0) {
				t.Errorf("%s of %s: %s, %s, %s", name, descr, p.Status, p.Verdict, p.Reason)
			}
		}
	}
}
