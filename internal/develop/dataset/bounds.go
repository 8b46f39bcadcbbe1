package dataset

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
)

// none is behind every name: names of objects are hexadecimal, and no path has such a
// character.
const none = "\U0010ffff"

// behind is a text behind all paths of objects that begin with a prefix: these are
// ASCII, and none has the last character of it.
func behind(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0x7f {
			return prefix[:i] + string(prefix[i]+1)
		}
	}
	return none
}

// bound is the first name of a layout whose path is not before a path.
func bound(layout object.Layout, low string) string {
	if layout == other {
		return low
	}
	lead := ""
	if layout == object.Current {
		lead = "files/md5/"
	}
	rest, within := strings.CutPrefix(low, lead)
	switch {
	case within:
	case low <= lead:
		return ""
	default:
		return none
	}
	for i := range min(2, len(rest)) {
		if rest[i] >= 0x80 {
			return rest[:i] + "g" // behind all names that begin so
		}
	}
	if len(rest) <= 2 {
		return rest
	}
	switch {
	case rest[2] == '/':
		return rest[:2] + rest[3:]
	case rest[2] < '/':
		return rest[:2]
	}
	return rest[:2] + "g"
}

// inOrder sorts by path and keeps the first.
func inOrder(all []Stored, limit int) []Stored {
	slices.SortFunc(all, func(a, b Stored) int { return strings.Compare(a.Path, b.Path) })
	return all[:min(len(all), limit)]
}
