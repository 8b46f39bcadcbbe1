package remote

import (
	"slices"
	"testing"
)

// TestSplit: words are those of Python's shlex.split.
func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		`a  b`: {"a", "b"}, `a "b c"d`: {"a", "b cd"}, `'a\b' ""`: {`a\b`, ""}, `"a\"b\c\\"`: {`a"b\c\`}, `a\ b`: {"a b"}, "a\t'it''s'": {"a", "its"}, `"it's"`: {"it's"},
	} {
		if got, err := split(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
	for _, line := range []string{`"open`, "'", " ", ""} {
		if got, err := split(line); err == nil {
			t.Errorf("%s: %q", line, got)
		}
	}
}
