// Command report reads the events of "go test -json" and prints what a person
// wants of them: a line a package, the output of what failed, the tests that
// were skipped with their reasons, what failed once more and shortened, so that
// it stands in the last lines of a long log, and one closing line.
//
// It exits 1 when a test failed, a package did not build, one began and did not
// end, or none was tested at all, and, with -strict,
// when a test was skipped or none passed.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// line is one event of go test -json (see "go doc test2json" and "go help
// buildjson").
type line struct {
	Action      string
	Package     string
	Test        string
	Output      string
	Elapsed     float64
	ImportPath  string // of build-output
	FailedBuild string // of fail: the ImportPath whose output says why
}

func (l line) key() string {
	if l.Action == "build-output" {
		return "build " + l.ImportPath
	}
	return strings.TrimSuffix(l.Package+" "+l.Test, " ")
}

type summary struct {
	output   map[string][]string // by key
	passed   int
	skips    []string
	failures []failure
	packages int // that ended
	running  map[string]struct{}
}

// failure is a test that failed, or a package that did outside of its tests.
type failure struct {
	name    string
	seconds float64
	output  []string
}

func newSummary() *summary {
	return &summary{output: map[string][]string{}, running: map[string]struct{}{}}
}

func main() {
	strict := flag.Bool("strict", false, "a skipped test is a failure")
	flag.Parse()
	s := newSummary()
	if err := s.read(os.Stdin); err != nil {
		fmt.Println("report:", err)
		os.Exit(1)
	}
	os.Exit(s.close(*strict))
}

func (s *summary) read(r io.Reader) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			fmt.Println(in.Text()) // what is no event is the compiler speaking
			continue
		}
		s.take(l)
	}
	return in.Err()
}

func (s *summary) take(l line) {
	key := l.key()
	switch l.Action {
	case "start", "run":
		s.running[key] = struct{}{}
	case "pass", "skip", "fail":
		delete(s.running, key)
		if l.Test == "" {
			s.packages++
		}
	}
	switch l.Action {
	case "output", "build-output":
		s.output[key] = append(s.output[key], l.Output)
	case "pass":
		s.pass(l)
		delete(s.output, key)
	case "skip":
		if l.Test != "" {
			s.skips = append(s.skips, key+": "+reason(s.output[key]))
		}
	case "fail":
		s.fail(l)
	}
}

func (s *summary) pass(l line) {
	if l.Test != "" {
		s.passed++
		return
	}
	fmt.Printf("ok    %6.1f s  %s\n", l.Elapsed, l.Package)
}

func (s *summary) fail(l line) {
	if l.Test != "" {
		s.add(failure{l.key(), l.Elapsed, s.output[l.key()]})
		return
	}
	fmt.Printf("FAIL  %6.1f s  %s\n", l.Elapsed, l.Package)
	before := len(s.failures)
	for _, key := range slices.Sorted(maps.Keys(s.running)) { // a panic and a test out of time end none of them
		if strings.HasPrefix(key, l.Package+" ") {
			s.add(failure{key + " (did not end)", l.Elapsed, s.output[key]})
			delete(s.running, key)
		}
	}
	if before == len(s.failures) && !slices.ContainsFunc(s.failures, func(f failure) bool { return strings.HasPrefix(f.name, l.Package+" ") }) {
		s.add(failure{l.Package, l.Elapsed, append(s.output["build "+l.FailedBuild], s.output[l.key()]...)})
	}
}

func (s *summary) add(f failure) {
	s.failures = append(s.failures, f)
	fmt.Print(strings.Join(f.output, ""))
}

// reason is the text that a test gave for skipping itself.
func reason(output []string) string {
	for _, o := range output {
		if _, text, ok := strings.Cut(o, ".go:"); ok {
			if _, text, ok = strings.Cut(text, ": "); ok {
				return strings.TrimSpace(text)
			}
		}
	}
	return "no reason given"
}

func (s *summary) close(strict bool) int {
	if len(s.skips) > 0 {
		fmt.Printf("\nSkipped:\n")
		slices.Sort(s.skips)
		for _, skip := range s.skips {
			fmt.Println("  " + skip)
		}
	}
	if len(s.failures) > 0 {
		fmt.Printf("\nFailed:\n%s", recap(s.failures))
	}
	if len(s.running) > 0 {
		fmt.Printf("\nBegan and did not end:\n  %s\n", strings.Join(slices.Sorted(maps.Keys(s.running)), "\n  "))
	}
	if s.packages == 0 {
		fmt.Printf("\nNo package was tested.\n")
	}
	fmt.Printf("\n%d passed, %d failed, %d skipped\n", s.passed, len(s.failures), len(s.skips))
	if len(s.failures)+len(s.running) > 0 || s.packages == 0 || strict && (len(s.skips) > 0 || s.passed == 0) {
		return 1
	}
	return 0
}
