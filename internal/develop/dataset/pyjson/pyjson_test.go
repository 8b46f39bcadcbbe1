package pyjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson/pyjsontest"
)

func TestPythonsOwn(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "json.jsonl", func(line int, parts []json.RawMessage) {
		v := pyjsontest.Value(t, parts[0])
		got, err := pyjson.Marshal(v)
		if string(parts[1]) == "null" {
			if err == nil {
				t.Errorf("line %d: Python refuses it, and it is %s", line, got)
			}
			return
		}
		if want := pyjsontest.Text(t, parts[1]); err != nil || string(got) != want {
			t.Errorf("line %d: %v\n got %s\nwant %s", line, err, got, want)
		}
	})
}

func TestReaderTakesBackWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a", "\x00\x1f\"\\/", "é日😀", "\xff", "a\xc3", "\xed\xb2\x80", "\u2028\x7f"} {
		r := pyjson.NewReader(strings.NewReader(" " + string(pyjson.AppendString(nil, s)) + "\n"))
		got, err := r.String(nil, 100)
		if err != nil || string(got) != s || r.End() != nil {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{`"`, `"\x"`, `"\ud800"`, `"\ud800\ud800"`, `"\udc00"`, `"\udc7f"`, `"\udd00"`, "\"\n\"", "\"\xff\"", `"\u12"`, `x`, ``, `"abcdef"`} {
		if got, err := pyjson.NewReader(strings.NewReader(s)).String(nil, 5); err == nil {
			t.Errorf("%s is read as %q", s, got)
		}
	}
}

// Undecodable bytes sort where Python's surrogates do: above most of the plane,
// below U+E000.
func TestOrder(t *testing.T) {
	t.Parallel()
	sorted := []string{"", "a", "a\x00", "aé", "a\xe2", "a\xe2\x82", "a\uffff", "a😀", "b", "日", "\x80", "\xff", "\ue000", "😀"}
	sorted[4], sorted[5], sorted[6] = "a\xe2", "a\xe2\x82", "a\uffff"
	for i, a := range sorted {
		for j, b := range sorted {
			got := pyjson.CompareStrings(a, b)
			if (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(`"a\ud83d\ude00\udc80é"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := pyjson.NewReader(strings.NewReader(string(b))).String(nil, 1000)
		if err != nil {
			return
		}
		again, err := pyjson.NewReader(strings.NewReader(string(pyjson.AppendString(nil, got)))).String(nil, 1000)
		if err != nil || string(again) != string(got) {
			t.Errorf("%q comes back as %q, %v", got, again, err)
		}
	})
}
