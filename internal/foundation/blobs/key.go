package blobs

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// MaxKey is the longest key, in bytes; S3 takes no more.
const MaxKey = 1024

// MaxSegment is the longest part of a key between slashes, in bytes; file
// systems take no more.
const MaxSegment = 255

// CheckKey refuses what is no key with fault.Invalid.
func CheckKey(key string) error {
	reason := ""
	switch {
	case key == "":
		reason = "it is empty"
	case len(key) > MaxKey:
		reason = "it is too long"
	case !utf8.ValidString(key):
		reason = "it is not UTF-8"
	case strings.ContainsRune(key, '\\'):
		reason = "it has a back-slash"
	case strings.ContainsFunc(key, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		reason = "it has a control character"
	}
	if reason == "" {
		for segment := range strings.SplitSeq(key, "/") {
			switch {
			case segment == "" || segment == "." || segment == "..":
				reason = "it has an empty, \".\" or \"..\" segment"
			case len(segment) > MaxSegment:
				reason = fmt.Sprintf("one of its segments has more than %d bytes", MaxSegment)
			}
		}
	}
	if reason == "" {
		return nil
	}
	return fault.New(fault.Invalid, "Invalid path %q: %s.", shown(key), reason)
}

// CheckPrefix refuses a listing's prefix that is neither empty nor a key with
// a slash behind it.
func CheckPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	key, ok := strings.CutSuffix(prefix, "/")
	if !ok {
		return fault.New(fault.Invalid, "Invalid folder %q: it does not end in a slash.", shown(prefix))
	}
	return CheckKey(key)
}

func shown(key string) string {
	const most = 200
	if len(key) > most {
		return key[:most] + "…"
	}
	return key
}

// Missing is the error for a key under which nothing is stored.
func Missing(key string) error {
	return fault.New(fault.NotFound, "There is nothing stored at %q.", shown(key))
}

// BeyondEnd is the error for a range that begins after the end.
func BeyondEnd(key string, offset, size int64) error {
	return fault.New(fault.Invalid, "%q has %d bytes; none at offset %d.", shown(key), size, offset)
}

// WrongSize is the error for bytes that are more or fewer than was said.
func WrongSize(key string, said, got int64) error {
	return fault.New(fault.Invalid, "%q was said to have %d bytes, %d came.", shown(key), said, got)
}

// NoUpload is the error for an upload that does not exist.
func NoUpload(upload string) error {
	return fault.New(fault.NotFound, "There is no upload %q.", shown(upload))
}
