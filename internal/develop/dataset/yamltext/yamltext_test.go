package yamltext_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson/pyjsontest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
)

func TestMarshalIsRuamels(t *testing.T) {
	t.Parallel()
	bad := 0
	pyjsontest.Lines(t, "yaml.jsonl", func(line int, parts []json.RawMessage) {
		v := pyjsontest.Value(t, parts[0]).(pyjson.Map)
		want := pyjsontest.Text(t, parts[1])
		got, err := yamltext.Marshal(v)
		if string(parts[2]) != "true" {
			return // nobody can read what ruamel.yaml writes for it
		}
		if err != nil || string(got) != want {
			if bad++; bad < 10 {
				t.Errorf("line %d: %v\n got\n%s\nwant\n%s", line, err, got, want)
			}
		}
	})
	if bad > 0 {
		t.Errorf("%d differ", bad)
	}
}

// TestTextsComeBack: what is written is read as what it was, ends of lines included.
func TestTextsComeBack(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a\u0085b", "\u0085", "a\u0085  b", "it's\u0085", "a\u2028b", "a\u2029", "a\nb", "a \n b"} {
		written, err := yamltext.Marshal(pyjson.Map{{Key: "path", Value: s}})
		if err != nil {
			t.Fatal(err)
		}
		n, err := yamltext.Parse(written)
		if err != nil || !equal(n.Plain(), pyjson.Map{{Key: "path", Value: s}}) {
			t.Errorf("%q is written as %q, and read as %v, %v", s, written, n, err)
		}
	}
}

func TestParseIsRuamels(t *testing.T) {
	t.Parallel()
	bad := 0
	pyjsontest.Lines(t, "scalars.jsonl", func(line int, parts []json.RawMessage) {
		word := pyjsontest.Text(t, parts[0])
		if strings.ContainsAny(word, "\t\u0085") {
			return // the library allows a tab in plain text, and takes U+0085 for the end of a line
		}
		n, err := yamltext.Parse([]byte("a: " + word + "\nb: 1\n"))
		if string(parts[1]) == "null" {
			if err == nil {
				bad++
				t.Errorf("line %d: %q is refused there, and read as %v", line, word, n.Plain())
			}
			return
		}
		want := pyjsontest.Value(t, parts[1])
		if err != nil || !equal(n.Plain(), want) {
			if bad++; bad < 20 {
				t.Errorf("line %d: %q: %v, want %v, %v", line, word, n, want, err)
			}
		}
	})
}

// equal takes a time for what Python has as one.
func equal(got, want any) bool {
	a, ok := got.(pyjson.Map)
	b, also := want.(pyjson.Map)
	if ok && also && len(a) == len(b) && len(a) > 0 {
		if _, other := b[0].Value.(pyjsontest.Other); other {
			_, moment := a[0].Value.(yamltext.Time)
			return moment
		}
	}
	return yamltext.Equal(got, want)
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	bad := 0
	pyjsontest.Lines(t, "yaml.jsonl", func(line int, parts []json.RawMessage) {
		if string(parts[2]) != "true" {
			return // ruamel.yaml cannot read it either
		}
		v := pyjsontest.Value(t, parts[0])
		text := pyjsontest.Text(t, parts[1])
		n, err := yamltext.Parse([]byte(text))
		if err != nil || !yamltext.Equal(n.Plain(), v) {
			if bad++; bad < 10 {
				t.Errorf("line %d: %v\n%s", line, err, text)
			}
		}
	})
	if bad > 0 {
		t.Errorf("%d differ", bad)
	}
}

func TestEditIsDvcs(t *testing.T) {
	t.Parallel()
	bad := 0
	pyjsontest.Lines(t, "edits.jsonl", func(line int, parts []json.RawMessage) {
		before, after := pyjsontest.Text(t, parts[0]), pyjsontest.Text(t, parts[2])
		want := pyjsontest.Value(t, parts[1]).(pyjson.Map)
		got, err := yamltext.Edit([]byte(before), want, yamltext.Order(string(parts[3]) == "1"))
		if err != nil || string(got) != after {
			if bad++; bad < 6 {
				t.Errorf("line %d: %v\nof\n%s\n got\n%s\nwant\n%s", line, err, before, got, after)
			}
		}
	})
	if bad > 0 {
		t.Errorf("%d differ", bad)
	}
}
