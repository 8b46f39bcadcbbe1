package inspect

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

func hdf5Fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "ml", "hdf5", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHDF5ThatKerasWroteIsClean(t *testing.T) {
	for _, name := range []string{"sequential.h5", "functional.h5", "convolutional.h5", "attention.h5", "trained.h5", "sequential.weights.h5", "functional.weights.h5", "attention.weights.h5", "objects.h5"} {
		p := tree(t, fstest.MapFS{name: {Data: hdf5Fixture(t, name)}})[name]
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 {
			t.Errorf("%s: %s %s %+v", name, p.Status, p.Reason, p.Findings)
		}
		if want := "hdf5 keras"; !strings.Contains(name, "weights") && name != "objects.h5" && p.Format[len(p.Format)-1] != want {
			t.Errorf("%s: the format %q", name, p.Format)
		}
	}
	for _, name := range []string{"kinds_earliest.h5", "kinds_latest.h5"} {
		p := tree(t, fstest.MapFS{name: {Data: hdf5Fixture(t, name)}})[name]
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) != 1 || p.Findings[0].Rule != "hdf5-link" {
			t.Errorf("%s: %s %s %+v", name, p.Status, p.Reason, p.Findings)
		}
	}
}

// patched is a file of Keras in whose configuration a text is replaced by one of
// equal length.
func patched(t *testing.T, name, from, to string) []byte {
	t.Helper()
	b := hdf5Fixture(t, name)
	for len(to) < len(from) {
		to += " "
	}
	if !bytes.Contains(b, []byte(from)) || len(from) != len(to) {
		t.Fatalf("%s has no %s", name, from)
	}
	return bytes.Replace(b, []byte(from), []byte(to), 1)
}

func TestHDF5ThatRuns(t *testing.T) {
	const initializer = `{"module": "keras.initializers", "class_name": "GlorotUniform"`
	for name, c := range map[string]struct {
		b       []byte
		rule    string
		verdict Verdict
	}{
		"a foreign module":    {patched(t, "sequential.h5", initializer, `{"module":"subprocess","class_name":"run"`), "keras-foreign", pickle.Malicious},
		"a download":          {patched(t, "sequential.h5", initializer, `{"module":"keras.utils","class_name":"get_file"`), "keras-gadget", pickle.Malicious},
		"code":                {patched(t, "convolutional.h5", `{"class_name": "DepthwiseConv2D", "config": {"name": "depthwise_conv2d", "trainable": true`, `{"class_name":"Lambda","config":{"function":["4wEAAAAAAAAAAAAAAAMA"]`), "keras-lambda", pickle.Suspicious},
		"of another file":     {hdf5Fixture(t, "outside_earliest.h5"), "hdf5-external", pickle.Malicious},
		"of others":           {hdf5Fixture(t, "outside_latest.h5"), "hdf5-external", pickle.Malicious},
		"an object":           {hdf5Fixture(t, "objects_shell.h5"), "dangerous-call", pickle.Malicious},
		"pickled by PyTables": {hdf5Fixture(t, "pytables.h5"), "dangerous-call", pickle.Malicious},
		"bytes behind":        {append(hdf5Fixture(t, "trained.h5"), "cposix\nsystem\n(S'id'\ntR."...), "dangerous-call", pickle.Malicious},
	} {
		p := tree(t, fstest.MapFS{"m.h5": {Data: c.b}})["m.h5"]
		found := false
		for _, f := range p.Findings {
			found = found || f.Rule == c.rule
		}
		if want := c.verdict; !found || p.Verdict != want && !(c.rule == "hdf5-external" && p.Verdict >= pickle.Suspicious) {
			t.Errorf("%s: %s %s %+v", name, p.Verdict, p.Reason, p.Findings)
		}
		for _, f := range p.Findings {
			if f.Member == "m.h5" && f.Offset+f.Length > p.Size {
				t.Errorf("%s: the finding lies outside: %+v", name, f)
			}
			if f.Rule == c.rule && strings.HasPrefix(c.rule, "keras") && c.b[f.Offset] != '{' && c.b[f.Offset] != '"' {
				t.Errorf("%s: no object begins at %d", name, f.Offset)
			}
		}
	}
}

// A file whose structure is damaged is inconclusive and what lies in it unparsed.
func TestDamagedHDF5(t *testing.T) {
	b := hdf5Fixture(t, "sequential.h5")
	at := bytes.Index(b, []byte("SNOD"))
	copy(b[at:], "XXXX")
	p := tree(t, fstest.MapFS{"m.h5": {Data: b}})["m.h5"]
	if p.Status != pickle.Inconclusive || p.Verdict == pickle.Clean || len(p.Coverage.Unparsed) == 0 || !strings.Contains(p.Reason, "symbols") {
		t.Errorf("%s %s %+v", p.Status, p.Reason, p.Coverage)
	}
	b = hdf5Fixture(t, "kinds_latest.h5")
	binary.LittleEndian.PutUint64(b[28:], 1<<40) // the end of the file
	p = tree(t, fstest.MapFS{"m.h5": {Data: b}})["m.h5"]
	if p.Status != pickle.Inconclusive || !strings.Contains(p.Reason, "cut off") {
		t.Errorf("an end that is not there: %s %s", p.Status, p.Reason)
	}
}
