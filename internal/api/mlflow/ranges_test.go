package mlflow

import (
	"strings"
	"testing"
)

// Whatever a client asks for, net/http is told of nothing, of parts that are
// there, or of one behind the end.
func FuzzRangeOf(f *testing.F) {
	for _, s := range []string{"bytes=0-1,-1", "bytes=-0", "bytes=5-", "lines=1", "bytes=99999999999999999999-", "bytes=,,1-0"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		got := rangeOf(header, size)
		if got == "" {
			return
		}
		set, ok := strings.CutPrefix(got, "bytes=")
		if !ok || size == 0 {
			t.Fatalf("%q of %d bytes: %q", header, size, got)
		}
		for spec := range strings.SplitSeq(set, ",") {
			first, last, ok := partOf(spec, size)
			if !ok || first < size && (last < first || last >= size) || first > size || first == size && set != spec {
				t.Fatalf("%q of %d bytes: %q", header, size, got)
			}
		}
	})
}
