package mlflow

import (
	"math"
	"strconv"
	"strings"
)

// maxRanges is how many parts of a file one request may ask for; each may be a
// request to the store of bytes. With more, the whole file is the answer.
const maxRanges = 16

// rangeOf gives the Range header as net/http is to see it, for a file of size
// bytes: "" where the header is to be ignored (RFC 9110, 14.2: another unit, or
// what is no range), and one that begins behind the end where no part that it
// asks for is there, so that the answer is 416. Several parts are answered as
// multipart/byteranges.
func rangeOf(header string, size int64) string {
	unit, set, ok := strings.Cut(header, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(unit), "bytes") || size == 0 {
		return ""
	}
	var kept []string
	asked := 0
	for spec := range strings.SplitSeq(set, ",") {
		if spec = strings.Trim(spec, " \t"); spec == "" {
			continue // a list may have empty members
		}
		first, last, ok := partOf(spec, size)
		if !ok {
			return ""
		}
		if asked++; first < size && last >= first {
			kept = append(kept, strconv.FormatInt(first, 10)+"-"+strconv.FormatInt(last, 10))
		}
	}
	switch {
	case asked == 0 || len(kept) > maxRanges:
		return ""
	case len(kept) == 0:
		return "bytes=" + strconv.FormatInt(size, 10) + "-"
	}
	return "bytes=" + strings.Join(kept, ",")
}

// partOf reads FIRST-LAST, FIRST- or -LENGTH of a file of size bytes. The part
// has no bytes when first is not below size, or last is below first.
func partOf(spec string, size int64) (first, last int64, ok bool) {
	from, to, ok := strings.Cut(spec, "-")
	if !ok {
		return 0, 0, false
	}
	if from == "" {
		n, ok := digitsOf(to)
		return max(size-n, 0), size - 1, ok
	}
	if first, ok = digitsOf(from); !ok {
		return 0, 0, false
	}
	if to == "" {
		return first, size - 1, true
	}
	last, ok = digitsOf(to)
	return first, min(last, size-1), ok && last >= first
}

// digitsOf reads a number of any length; what is too large is the largest.
func digitsOf(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		n = math.MaxInt64
	}
	return n, true
}
