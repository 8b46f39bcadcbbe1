package jsonstream_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/ml/jsonstream"
)

func tokens(text string, l jsonstream.Limits) ([]string, error) {
	r := jsonstream.NewReader(strings.NewReader(text), l)
	var all []string
	for {
		t, err := r.Next()
		if err != nil || t.Kind == jsonstream.End {
			return all, err
		}
		all = append(all, fmt.Sprintf("%s %d-%d %s %v", t.Kind, t.From, t.To, t.Text, t.Duplicate))
	}
}

func TestTokens(t *testing.T) {
	got, err := tokens(` {"a":[1,-2.5e3,"x\n\ud83d\ude00\u00e9"],"a":NaN}`, jsonstream.DefaultLimits())
	want := []string{
		"object 1-2  false", "key 2-5 a false", "array 6-7  false", "number 7-8  false", "number 9-15  false",
		"string 16-39 x\n😀é false", "end of array 39-40  false", "key 41-44 a true", "number 45-48  false", "end of object 48-49  false",
	}
	if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%v\n%s", err, strings.Join(got, "\n"))
	}
}

// TestNumbers: numbers are what strconv makes of them.
func TestNumbers(t *testing.T) {
	draw.Check(t, func(t *rapid.T) {
		w := rapid.StringMatching(`-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "number")
		want, err := strconv.ParseFloat(w, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			t.Fatal(err)
		}
		v, err := jsonstream.Parse(strings.NewReader(w), jsonstream.DefaultLimits(), 1)
		if err != nil || v.Number != want || v.Integer != !strings.ContainsAny(w, ".eE") {
			t.Fatalf("%s is %v and not %v, %v", w, v, want, err)
		}
	})
}

// TestPieces: where the input's pieces end makes no difference.
func TestPieces(t *testing.T) {
	long := `{"` + strings.Repeat("k", 70_000) + `":["` + strings.Repeat(`a\u00e9\ud83d\ude00`, 9_000) + `",` + strings.Repeat("12345.5, ", 20_000) + `true]}`
	whole, err := jsonstream.Parse(strings.NewReader(long), jsonstream.DefaultLimits(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []io.Reader{iotest.OneByteReader(strings.NewReader(long)), iotest.DataErrReader(strings.NewReader(long)), iotest.HalfReader(strings.NewReader(long))} {
		v, err := jsonstream.Parse(r, jsonstream.DefaultLimits(), 1<<20)
		if err != nil || !reflect.DeepEqual(v, whole) {
			t.Errorf("in pieces it is another document: %v", err)
		}
	}
}

func TestWhatIsNotJSON(t *testing.T) {
	for _, text := range []string{``, `{`, `{]`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `[1 2]`, `"a`, `{"a":1}x`, `tru`, `0x1`, `1e`, "\"\n\"", `"\x"`, `"\u12"`, `{1:2}`, `--1`, `.5`, `]`, `{"a":1]`} {
		_, err := tokens(text, jsonstream.DefaultLimits())
		var syntax *jsonstream.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestLimits(t *testing.T) {
	l := jsonstream.Limits{Depth: 3, Text: 4, Keys: 2}
	for _, text := range []string{`[[[[`, `{"a":1,"b":2,"c":3}`} {
		if _, err := tokens(text, l); !errors.Is(err, jsonstream.ErrLimit) {
			t.Errorf("%s: %v", text, err)
		}
	}
	got, err := tokens(`["abcdefgh"]`, l)
	if err != nil || !strings.Contains(strings.Join(got, "|"), "string 1-11 abcd false") {
		t.Errorf("a long string: %v %v", got, err)
	}
	if _, err := jsonstream.Parse(strings.NewReader(`[1,2,3]`), l, 3); !errors.Is(err, jsonstream.ErrLimit) {
		t.Errorf("too many values: %v", err)
	}
}

func TestParse(t *testing.T) {
	v, err := jsonstream.Parse(strings.NewReader(`{"a":{"b":["x",true,null]},"a":2}`), jsonstream.DefaultLimits(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if v.Get("a").Number != 2 || !v.Members[1].Duplicate || v.Members[0].Value.Get("b").Items[0].String() != "x" || v.Get("b").Get("c") != nil {
		t.Errorf("%+v", v)
	}
}

func TestSkipAndValue(t *testing.T) {
	r := jsonstream.NewReader(strings.NewReader(`{"a":{"x":[1,{"y":2}]},"b":[7]}`), jsonstream.DefaultLimits())
	next := func() jsonstream.Token {
		k, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	next()
	next()
	if err := r.Skip(next()); err != nil {
		t.Fatal(err)
	}
	if k := next(); string(k.Text) != "b" {
		t.Fatalf("%s", k.Text)
	}
	v, err := r.Value(next(), 10)
	if err != nil || v.Items[0].Number != 7 || next().Kind != jsonstream.EndObject {
		t.Fatalf("%+v %v", v, err)
	}
}

// FuzzReader: what encoding/json takes, it takes, and tokens are in order.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x"],"b":null}`, `[NaN,-Infinity]`, `{"\ud800":"\u0000"}`, `1e999`, ` "x" `, `[[[[[[]]]]]]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := jsonstream.NewReader(strings.NewReader(text), jsonstream.Limits{Depth: 64, Text: 1 << 10, Keys: 1 << 10})
		var last int64
		for {
			k, err := r.Next()
			if err != nil {
				if json.Valid([]byte(text)) && !errors.Is(err, jsonstream.ErrLimit) && len(text) < 500 {
					t.Fatalf("valid, and %v", err)
				}
				return
			}
			if k.From < last || k.To < k.From || k.To > int64(len(text)) {
				t.Fatalf("%v stands at %d-%d behind %d", k.Kind, k.From, k.To, last)
			}
			if last = k.To; k.Kind == jsonstream.End {
				break
			}
		}
		if _, err := jsonstream.Parse(strings.NewReader(text), jsonstream.DefaultLimits(), 1<<10); err != nil && !errors.Is(err, jsonstream.ErrLimit) {
			t.Fatalf("its tokens are good, and %v", err)
		}
		if _, err := r.Next(); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	})
}
