package pickle

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden is what testdata/golden.py says of a file that it made.
type golden struct {
	Value   any
	Verdict string
	Pickles int
	Arrays  []struct {
		Dtype   string
		Shape   []int64
		Bytes   int64
		Objects bool
	}
}

func goldens(t *testing.T) map[string]golden {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]golden
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 40 {
		t.Fatalf("golden.json names %d files", len(all))
	}
	return all
}

// TestGolden reads pickles that CPython, numpy, joblib and scikit-learn wrote:
// each is complete and clean, its values and arrays are those that went in.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, want := range goldens(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join("testdata/golden", name))
			if err != nil {
				t.Fatal(err)
			}
			r := scan(t, data)
			if r.Status != Complete || r.Verdict.String() != want.Verdict {
				t.Errorf("%s, %s: %s, %v", r.Status, r.Verdict, r.Reason, r.Findings)
			}
			if want.Pickles > 0 && len(r.Trace.Endings) != want.Pickles {
				t.Errorf("%d pickles, want %d", len(r.Trace.Endings), want.Pickles)
			}
			if want.Arrays != nil {
				sameArrays(t, r.Trace.Arrays, want)
			}
			if want.Value != nil {
				g, err := Load(bytes.NewReader(data), int64(len(data)), vetting(t), DefaultBudget())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want.Value, canonical(t, g, g.Root)); diff != "" {
					t.Errorf("the value differs (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// sameArrays compares the arrays in the stream with those that went in, by
// type and shape; one of objects holds others, which come before it.
func sameArrays(t *testing.T, got []Array, want golden) {
	t.Helper()
	have := map[string]int{}
	describe := func(dtype string, shape []int64, size int64) string {
		dtype, _, _ = strings.Cut(dtype, "[")
		b, _ := json.Marshal([]any{strings.Trim(dtype, "<>|="), append([]int64{}, shape...), size})
		return string(b)
	}
	for _, a := range got {
		size := a.Size
		if a.Objects {
			size = -1
		}
		have[describe(a.Type.String(), a.Shape, size)]++
	}
	for _, a := range want.Arrays {
		size := a.Bytes
		if a.Objects {
			size = -1
		}
		if key := describe(a.Dtype, a.Shape, size); have[key] == 0 {
			t.Errorf("no array %s in %v", key, have)
		}
	}
}

// canonical writes a value as golden.py does.
func canonical(t *testing.T, g *Graph, v Value) any {
	t.Helper()
	one := func(k string, x any) any { return map[string]any{k: x} }
	switch k := v.Kind(); k {
	case None:
		return nil
	case Bool:
		b, _ := g.Bool(v)
		return b
	case Int:
		n, ok := g.Big(v)
		if !ok {
			t.Fatal("an integer that cannot be read")
		}
		return one("int", n.String())
	case Float:
		f, _ := g.Float(v)
		return one("float", pythonHex(f))
	case Str:
		s, _ := g.Text(v)
		return one("str", s)
	case Bytes, ByteArray:
		b, _ := g.Bytes(v)
		return one(k.String(), hex.EncodeToString(b))
	case Call: // below protocol 3, bytes are text that is encoded, and empty ones bytes()
		switch _, name, _ := g.Name(v); name {
		case "bytes":
			return one("bytes", "")
		case "bytearray":
			b, _ := g.Bytes(g.Items(g.Args(v))[0])
			return one("bytearray", hex.EncodeToString(b))
		}
		return one("bytes", hex.EncodeToString(latinBytes(t, g, v)))
	case Dict:
		items := g.Items(v)
		pairs := []any{}
		for i := 0; i < len(items); i += 2 {
			pairs = append(pairs, []any{canonical(t, g, items[i]), canonical(t, g, items[i+1])})
		}
		return one("dict", pairs)
	case List, Tuple, Set, FrozenSet:
		out := []any{}
		for _, x := range g.Items(v) {
			out = append(out, canonical(t, g, x))
		}
		if k == Set || k == FrozenSet {
			slices.SortFunc(out, func(a, b any) int {
				x, _ := json.Marshal(a)
				y, _ := json.Marshal(b)
				return bytes.Compare(x, y)
			})
		}
		return one(k.String(), out)
	}
	t.Fatalf("a %s", v.Kind())
	return nil
}

func latinBytes(t *testing.T, g *Graph, v Value) []byte {
	t.Helper()
	if _, name, _ := g.Name(v); name != "encode" {
		t.Fatalf("a call of %s", name)
	}
	s, _ := g.Text(g.Items(g.Args(v))[0])
	var out []byte
	for _, r := range s {
		out = append(out, byte(r))
	}
	return out
}

// pythonHex is float.hex.
func pythonHex(f float64) string {
	s := strconv.FormatFloat(f, 'x', 13, 64)
	mantissa, exponent, _ := strings.Cut(s, "p")
	sign := exponent[:1]
	digits := strings.TrimLeft(exponent[1:], "0")
	if digits == "" {
		digits = "0"
	}
	if f != 0 && f > -1e-307 && f < 1e-307 { // Python writes the small ones below their least exponent
		return map[float64]string{5e-324: "0x0.0000000000001p-1022"}[f]
	}
	return mantissa + "p" + sign + digits
}

// TestCustomCode: what cloudpickle writes of a script is code that nobody can
// judge; only a function that is called while the file is loaded has done
// something by then.
func TestCustomCode(t *testing.T) {
	t.Parallel()
	v, err := NewVetting("")
	if err != nil {
		t.Fatal(err)
	}
	const made = "ccloudpickle.cloudpickle\n_make_function\n(ccloudpickle.cloudpickle\n_builtin_type\n(S'CodeType'\ntR(I1\ntRtR"
	for text, want := range map[string]Verdict{made + ".": Suspicious, made + "(tR.": Malicious} {
		r := Scan(Memory(text), int64(len(text)), v, DefaultBudget())
		if r.Verdict != want || r.Status != Complete {
			t.Errorf("%q is %s, %s, want %s: %v", text, r.Verdict, r.Status, want, r.Findings)
		}
	}
}
