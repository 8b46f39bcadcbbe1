package main

import (
	"fmt"
	"slices"
	"strings"
)

// most is how many lines the recap of all failures has, so that it stands in
// the last sixty lines of a log; longest is how many bytes one of them has.
const (
	most    = 45
	longest = 300
)

// recap gives each failure's name, time and the lines that say most, in equal
// parts.
func recap(failures []failure) string {
	var b strings.Builder
	failures = slices.DeleteFunc(slices.Clone(failures), func(f failure) bool { return isParent(f, failures) })
	if left := len(failures) - most; left > 0 {
		fmt.Fprintf(&b, "  … and %d before these\n", left)
		failures = failures[left:]
	}
	each := most/len(failures) - 1
	for _, f := range failures {
		fmt.Fprintf(&b, "  %s (%.1f s)\n", f.name, f.seconds)
		for _, l := range shortened(told(f.output), each) {
			fmt.Fprintf(&b, "    %s\n", l)
		}
	}
	return b.String()
}

// isParent reports whether a test has nothing to tell but that a part of it
// failed.
func isParent(f failure, all []failure) bool {
	return len(told(f.output)) == 0 && slices.ContainsFunc(all, func(other failure) bool { return strings.HasPrefix(other.name, f.name+"/") })
}

// told is an output without the lines by which go test counts.
func told(output []string) (lines []string) {
	for l := range strings.Lines(strings.Join(output, "")) {
		l = strings.TrimRight(l, " \n")
		word := strings.TrimSpace(l)
		if word == "" || word == "FAIL" || strings.HasPrefix(word, "=== ") || strings.HasPrefix(word, "--- ") || strings.HasPrefix(word, "FAIL\t") {
			continue
		}
		if len(l) > longest {
			l = strings.ToValidUTF8(l[:longest], "") + " …"
		}
		lines = append(lines, l)
	}
	return lines
}

// shortened keeps n lines, of which the first say what was wrong and the last
// how it ended.
func shortened(lines []string, n int) []string {
	switch {
	case len(lines) <= n:
		return lines
	case n <= 0:
		return nil
	case n < 4:
		return lines[:n]
	}
	head := (n - 1) * 2 / 3
	tail := n - 1 - head
	left := fmt.Sprintf("… %d lines above …", len(lines)-head-tail)
	return slices.Concat(lines[:head], []string{left}, lines[len(lines)-tail:])
}
