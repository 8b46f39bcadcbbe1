package keras

import (
	"archive/zip"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// configOf is the configuration in a .keras file, or a file that is one.
func configOf(t testing.TB, path string) []byte {
	t.Helper()
	if filepath.Ext(path) == ".json" {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("config.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func fixtures(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"testdata/*.keras", "testdata/*.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < 6 {
		t.Fatalf("only %d files", len(all))
	}
	return all
}

func TestWhatKerasSaves(t *testing.T) {
	for _, path := range fixtures(t) {
		raw := configOf(t, path)
		c, err := Read(raw)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if want := strings.Count(string(raw), `"class_name": `); len(c.Objects) != want || !c.Loadable() || len(c.Code)+len(c.Twice) > 0 || c.Encoding != "UTF-8" {
			t.Errorf("%s: %d objects of %d, loadable %v, code %v, twice %v", path, len(c.Objects), want, c.Loadable(), c.Code, c.Twice)
		}
		for _, o := range c.Objects {
			if raw[o.Offset] != '{' || raw[o.Offset+o.Length-1] != '}' {
				t.Errorf("%s: %s is not at %d", path, o.Place, o.Offset)
			}
		}
	}
}

func TestNestedObjects(t *testing.T) {
	c, err := Read(configOf(t, "testdata/functional.keras"))
	if err != nil {
		t.Fatal(err)
	}
	var gelu *Object
	for i, o := range c.Objects {
		if o.Function && o.Class == "gelu" || o.Class == "GetItem" {
			gelu = &c.Objects[i]
		}
	}
	i := slices.IndexFunc(c.Objects, func(o Object) bool { return o.Class == "MaxNorm" })
	if i < 0 || !strings.HasSuffix(c.Objects[i].Place, ".config.kernel_constraint") || c.Objects[i].Module != "keras.constraints" {
		t.Errorf("the constraint: %v of %d objects, %v", i, len(c.Objects), gelu)
	}
}

// lambda is code that CPython 3.11 marshals, cut off: enough to be known.
func lambda() string {
	return base64.StdEncoding.EncodeToString([]byte("\xe3\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x13\x00\x00\x00\xf3\x04\x00\x00\x00\xda\x02os\xda\x06system"))
}

func TestCode(t *testing.T) {
	for name, text := range map[string]string{
		"Keras 3":            `{"class_name":"Lambda","config":{"function":{"class_name":"__lambda__","config":{"code":"CODE","defaults":null}}}}`,
		"the value":          `{"class_name":"__lambda__","config":{"value":"CODE"}}`,
		"Keras 2":            `{"class_name":"Lambda","config":{"function":["CODE",null,null],"function_type":"lambda"}}`,
		"a tuple":            `{"class_name":"Lambda","config":{"function":{"class_name":"__tuple__","items":["CODE",null,null]}}}`,
		"no type":            `{"class_name":"Lambda","config":{"function":["CODE",null,null]}}`,
		"of the shape":       `{"class_name":"Lambda","config":{"output_shape":["CODE",null,null],"output_shape_type":"lambda"}}`,
		"in a wrapper":       `{"class_name":"TimeDistributed","config":{"layer":{"class_name":"Lambda","config":{"function":["CODE"]}}}}`,
		"of a name":          `{"class_name":"Mine","config":{"transform":"CODE"}}`,
		"the name twice":     `{"class_name":"Lambda","config":{"function":["CODE"],"function":"relu"}}`,
		"an escaped name":    `{"cl\u0061ss_name":"L\u0061mbda","config":{"function":["CODE"]}}`,
		"a type for another": `{"class_name":"X","config":{"function":"CODE","function_type":"lambda"}}`,
	} {
		c, err := Read([]byte(strings.ReplaceAll(text, "CODE", lambda())))
		if err != nil || len(c.Code) != 1 || !slices.Contains(Names(c.Code[0].Bytes), "system") {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	c, err := Read([]byte(`{"class_name":"Lambda","config":{"function":"swish","function_type":"function","output_shape":[1,2]}}`))
	if err != nil || len(c.Code) > 0 {
		t.Errorf("a function by its name: %+v, %v", c, err)
	}
}

func TestEncodings(t *testing.T) {
	plain := `{"class_name":"Dense","config":{"name":"é"}}`
	wide := func(text string, order ...int) []byte {
		var out []byte
		for _, r := range text {
			cell := make([]byte, len(order))
			for i, shift := range order {
				cell[i] = byte(r >> shift)
			}
			out = append(out, cell...)
		}
		return out
	}
	for name, raw := range map[string][]byte{
		"UTF-8 with a mark": append([]byte("\xef\xbb\xbf"), plain...),
		"UTF-16 LE":         wide(plain, 0, 8), "UTF-16 BE": wide(plain, 8, 0),
		"UTF-16 LE, mark": wide("\ufeff"+plain, 0, 8), "UTF-16 BE, mark": wide("\ufeff"+plain, 8, 0),
		"UTF-32 LE": wide(plain, 0, 8, 16, 24), "UTF-32 BE": wide(plain, 24, 16, 8, 0),
		"UTF-32 LE, mark": wide("\ufeff"+plain, 0, 8, 16, 24), "UTF-32 BE, mark": wide("\ufeff"+plain, 24, 16, 8, 0),
	} {
		c, err := Read(raw)
		if err != nil || len(c.Objects) != 1 || c.Encoding == "UTF-8" {
			t.Errorf("%s: %+v, %v", name, c, err)
			continue
		}
		if got, _, ok := c.Text(c.Objects[0], "name"); !ok || got != "é" {
			t.Errorf("%s: the name %q", name, got)
		}
	}
}

func TestBadText(t *testing.T) {
	for _, text := range []string{"", "{", `{"a"`, `{"a":}`, `{"a":1,}`, `[1,]`, `{"a":1]`, "{'a':1}", `{"a":1} x`, `"\u12"`, "{\"a\":\"\n\"}", "nul", "01x", strings.Repeat("[", 20000)} {
		if _, err := Read([]byte(text)); err == nil || errors.Is(err, ErrOther) && text != `"\u12"` {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := Read([]byte(`{"a":[NaN,-Infinity,1e999,true,null]}`)); !errors.Is(err, ErrOther) {
		t.Errorf("numbers of Python: %v", err)
	}
	c, err := Read([]byte(`{"class_name":"A","config":{},"class_name":"B","config":{}}`))
	if err != nil || len(c.Twice) != 2 || c.Objects[0].Class != "B" {
		t.Errorf("names that stand twice: %+v, %v", c, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, path := range fixtures(f) {
		f.Add(configOf(f, path))
	}
	f.Add([]byte(`{"class_name":"Lambda","config":{"function":["` + lambda() + `"]}}`))
	f.Add([]byte("{\x00\"\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := Read(raw)
		if err != nil {
			return
		}
		for _, o := range c.Objects {
			if o.Offset < 0 || o.Length < 2 || o.Offset+o.Length > int64(len(c.text)) {
				t.Errorf("%q lies at %d, %d bytes of %d", o.Place, o.Offset, o.Length, len(c.text))
			}
			c.Text(o, "name")
			c.Within(o, "config", 10)
		}
		for _, code := range c.Code {
			Names(code.Bytes)
		}
	})
}
