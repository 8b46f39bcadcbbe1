// Package label says which texts may name and describe things: keys, names and
// values as clients send them.
//
// Words. A key names a param, a metric or a tag; a text is any value that is
// stored as it is. The sentences are those that MLflow's clients know.
//
// It knows no room's limits.
package label

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// Storable reports whether every engine stores the text.
func Storable(text string) bool { return strings.IndexByte(text, 0) < 0 && utf8.ValidString(text) }

// Stored refuses what not every engine stores, with fault.Invalid; name is the
// parameter's.
func Stored(name, value string) error {
	if !Storable(value) {
		return invalid("'%s' cannot contain NUL (0x00) characters", name)
	}
	return nil
}

// JSON refuses a message whose texts are not made of characters, with
// fault.Invalid: bytes that are not UTF-8, and half of a surrogate pair, as in
// "\ud800". A decoder would put another character in their place.
func JSON(message []byte) error {
	if !utf8.Valid(message) {
		return fault.WithHint(invalid("The message is not UTF-8."), "encode its texts as UTF-8, or escape them as \\u0000")
	}
	for at := 0; ; {
		i := bytes.IndexByte(message[at:], '\\')
		if i < 0 || at+i+1 == len(message) {
			return nil
		}
		at += i
		unit, ok := escaped(message[at:])
		if !ok {
			at += 2 // another escape: the character behind the back-slash is its own
			continue
		}
		at += len(`\u0000`)
		if !utf16.IsSurrogate(unit) {
			continue
		}
		second, ok := escaped(message[at:])
		if !ok || utf16.DecodeRune(unit, second) == unicode.ReplacementChar {
			return fault.WithHint(invalid(`The message holds \u%04x, which is half of a surrogate pair and no character.`, unit), "write both halves, or the character itself")
		}
		at += len(`\u0000`)
	}
}

// escaped is the UTF-16 unit that an escape at the beginning of s means.
func escaped(s []byte) (rune, bool) {
	if len(s) < len(`\u0000`) || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(n), err == nil
}

// Length refuses more than limit characters, with fault.Invalid.
func Length(name, value string, limit int) error {
	if len(value) > limit && utf8.RuneCountInString(value) > limit {
		return invalid("'%s' exceeds the maximum length of %d characters", name, limit)
	}
	return nil
}

// Text is Length and Stored.
func Text(name, value string, limit int) error {
	if err := Length(name, value, limit); err != nil {
		return err
	}
	return Stored(name, value)
}

// Key refuses what is no key, with fault.Invalid; at is its place in the
// request. How long it may be is the room's to say.
func Key(key, at string) error {
	if plain(key) {
		return nil
	}
	for _, r := range key {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("_/-. :", r) {
			return invalid("Invalid value %s for parameter '%s' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).", Quoted(key), at)
		}
	}
	return Name(key, at)
}

// plain reports whether a key is one at first sight: most are, and a batch has
// thousands.
func plain(key string) bool {
	for i := range len(key) {
		c := key[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return key != ""
}

// Name refuses a name that, taken for a file, is another one or leads out of
// its folder, with fault.Invalid.
func Name(name, at string) error {
	if is := path.Clean(name); is != name || is == "." || strings.HasPrefix(is, "..") || strings.HasPrefix(is, "/") {
		return invalid("Invalid value %s for parameter '%s' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '%s'", Quoted(name), at, is)
	}
	return nil
}

// Quoted writes v as the sentences do: compact JSON.
func Quoted(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
