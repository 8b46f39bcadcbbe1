package ubjson_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/ubjson"
)

func tokens(data string, l jsonstream.Limits) (string, error) {
	r := ubjson.NewReader(strings.NewReader(data), int64(len(data)), l)
	var all []string
	for {
		t, err := r.Next()
		if err != nil || t.Kind == jsonstream.End {
			return strings.Join(all, "|"), err
		}
		what := string(t.Text)
		if t.Kind == jsonstream.Number {
			what = fmt.Sprint(t.Number)
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s", t.Kind, what)))
	}
}

func TestTokens(t *testing.T) {
	for data, want := range map[string]string{
		"{i\x01aSU\x02xyL\x00\x00\x00\x00\x00\x00\x00\x01bN[i\xffI\x01\x00T]}": "object|key a|string xy|key b|array|number -1|number 256|bool|end of array|end of object",
		"[$d#i\x02\x3f\x80\x00\x00\x40\x00\x00\x00":                            "array|number 1|number 2|end of array",
		"{$i#i\x01i\x01a\x07": "object|key a|number 7|end of object",
		"[#i\x02CaZ":          "array|string a|null|end of array",
		"{#i\x00":             "object|end of object",
		"[$[#i\x01]":          "array|array|end of array|end of array",
	} {
		if got, err := tokens(data, jsonstream.DefaultLimits()); err != nil || got != want {
			t.Errorf("%q: %s, %v", data, got, err)
		}
	}
}

func TestWhatIsBroken(t *testing.T) {
	for _, data := range []string{"", "{", "[", "Q", "SL\x7f\xff\xff\xff\xff\xff\xff\xff", "[#L\x7f\xff\xff\xff\xff\xff\xff\xff", "[#i\xff", "[$d", "[$di", "{i\x05ab", "{]", "D\x00", "{Sx"} {
		_, err := tokens(data, jsonstream.DefaultLimits())
		var syntax *jsonstream.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", data, err)
		}
	}
	deep := jsonstream.DefaultLimits().Depth + 1
	if _, err := tokens(strings.Repeat("[", deep), jsonstream.DefaultLimits()); !errors.Is(err, jsonstream.ErrLimit) {
		t.Errorf("%d arrays in each other: %v", deep, err)
	}
	if _, err := tokens("{i\x01aZi\x01bZi\x01cZ}", jsonstream.Limits{Depth: 9, Text: 9, Keys: 2}); !errors.Is(err, jsonstream.ErrLimit) {
		t.Errorf("more keys than the limit: %v", err)
	}
}

// FuzzReader: every token moves on or closes a level, none lies outside.
func FuzzReader(f *testing.F) {
	f.Add([]byte("{i\x01aSU\x02xyL\x00\x00\x00\x00\x00\x00\x00\x01b[i\xffI\x01\x00T]}"))
	f.Add([]byte("[$d#i\x02\x3f\x80\x00\x00\x40\x00\x00\x00"))
	f.Add([]byte("[$Z#i\x7f"))
	f.Add([]byte("[$[#i\x03]]]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := ubjson.NewReader(bytes.NewReader(data), int64(len(data)), jsonstream.Limits{Depth: 32, Text: 64, Keys: 64})
		for n := 0; ; n++ {
			k, err := r.Next()
			if err != nil || k.Kind == jsonstream.End {
				return
			}
			if k.From > k.To || k.To > int64(len(data)) || n > 40*(len(data)+2) {
				t.Fatalf("%d tokens of %d bytes, the last %v at %d-%d", n, len(data), k.Kind, k.From, k.To)
			}
		}
	})
}
