package params

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestAsDVCReads: values and their order are those that dvc 3.67.1 reads, as make.py wrote
// them down.
func TestAsDVCReads(t *testing.T) {
	for _, name := range []string{"plain.py", "odd.py", "plain.toml"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		golden, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := Parse("want.json", golden)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(name, content)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := shown(got), shown(want); g != w {
			t.Errorf("%s:\n%s\nwant\n%s", name, g, w)
		}
	}
}

// shown writes values with the order of their keys.
func shown(v any) string {
	var parts []string
	switch v := v.(type) {
	case pyjson.Map:
		for _, e := range v {
			parts = append(parts, shown(e.Key)+": "+shown(e.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, one := range v {
			parts = append(parts, shown(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	text, err := pyjson.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// TestBroken: what is no file of params is refused with its place, and what has no form is
// named.
func TestBroken(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		kind             fault.Kind
	}{
		{"p.py", "a = 1\nx = (", "a bracket is not closed in line 2", fault.Invalid},
		{"p.py", "x = 'a\n", "a string is not closed in line 1", fault.Invalid},
		{"p.py", "x = )\n", "brackets do not match", fault.Invalid},
		{"p.py", "x = '\\", "a string is not closed", fault.Invalid},
		{"p.py", "x = " + strings.Repeat("[", 300), "too deep", fault.Invalid},
		{"p.toml", "x =", "TOML file structure is corrupted", fault.Invalid},
		{"p.toml", "[a]\nx = 2020-01-01", "the time 'a.x' in 'p.toml' is not read", fault.Unsupported},
		{"p.yaml", "x: [", "YAML file structure is corrupted", fault.Invalid},
		{"p.toml", "x = " + strings.Repeat("[", 1<<20), "TOML file structure is corrupted", fault.Invalid},
		{"p.toml", "x = " + strings.Repeat("{a=", 1<<20), "TOML file structure is corrupted", fault.Invalid},
		{"p.toml", strings.Repeat("a.", 1<<20) + "a = 1", "TOML file structure is corrupted", fault.Invalid},
	} {
		if _, err := Parse(c.name, []byte(c.text)); !fault.Is(err, c.kind) || !strings.Contains(fault.Sentence(err), c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

// TestDeep: however deep a value is, it is passed over and nothing overflows.
func TestDeep(t *testing.T) {
	for _, text := range []string{"x = " + strings.Repeat("-", 1<<20) + "1\ny = 1", "x = " + strings.Repeat("(", 150) + "1" + strings.Repeat(")", 150) + "\ny = 1"} {
		if m, err := Parse("p.py", []byte(text)); err != nil || len(m) == 0 {
			t.Error(m, err)
		}
	}
}

// FuzzParse: whatever a file has, it is read or refused, and what is read has a form.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"plain.py", "odd.py", "plain.toml"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Ext(name), content)
	}
	f.Fuzz(func(t *testing.T, ext string, content []byte) {
		m, err := Parse("p"+ext, content)
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Unsupported) && !fault.Is(err, fault.Limit) {
				t.Error(err)
			}
			return
		}
		_ = shown(m)
	})
}
