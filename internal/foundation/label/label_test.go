package label

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"lr", "a/b", "a.b", "a b", "val-loss:1", "größe", "..x/y"[2:]} {
		if err := Key(key, "key"); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for key, sentence := range map[string]string{
		"a!":   `Invalid value "a!" for parameter 'key' supplied: Names may only contain`,
		"<":    `Invalid value "<" for parameter`,
		"":     `Invalid value "" for parameter 'key' supplied: Names may be treated as files in certain cases`,
		"a//b": "This name would resolve to 'a/b'",
		"..":   "This name would resolve to '..'",
		"/a":   "This name would resolve to '/a'",
	} {
		if err := Key(key, "key"); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), sentence) {
			t.Errorf("%q: %v, want %q", key, err, sentence)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	if err := Text("value", "äöü", 3); err != nil {
		t.Error(err)
	}
	for value, sentence := range map[string]string{
		"äöüß":  "'value' exceeds the maximum length of 3 characters",
		"a\x00": "'value' cannot contain NUL (0x00) characters",
		"\xff":  "'value' cannot contain NUL (0x00) characters",
	} {
		if err := Text("value", value, 3); fault.Sentence(err) != sentence {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestJSONTexts(t *testing.T) {
	t.Parallel()
	for _, message := range []string{``, `{}`, `"\\"`, `"\\ud800"`, `"\ud83d\ude00"`, `"\uD83D\uDE00\u0041"`, `"é\n\u00e9"`, "\ufffd", `"\u12`, `"\`} {
		if err := JSON([]byte(message)); err != nil {
			t.Errorf("%s: %v", message, err)
		}
	}
	for _, message := range []string{`"\ud800"`, `"\udc00\ud800"`, `"\ud800\ud800\udc00"`, `"\ud800x"`, `"\\\ud800"`, `"\ud800\n"`, "\"\xff\""} {
		if err := JSON([]byte(message)); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%s: got %v, want invalid with a hint", message, err)
		}
	}
}
