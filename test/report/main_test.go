package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	const (
		start  = `{"Action":"start","Package":"a"}` + "\n"
		run    = `{"Action":"run","Package":"a","Test":"TestX"}` + "\n"
		passed = `{"Action":"pass","Package":"a","Test":"TestX"}` + "\n"
		ended  = `{"Action":"pass","Package":"a"}` + "\n"
	)
	cases := map[string]struct {
		stream            string
		lenient, strictly int
	}{
		"a package that passes":                            {start + run + passed + ended, 0, 0},
		"a package without tests":                          {start + run + passed + ended + `{"Action":"start","Package":"b"}` + "\n" + `{"Action":"skip","Package":"b"}`, 0, 0},
		"no test that passed":                              {start + ended, 0, 1},
		"a skipped test":                                   {start + run + `{"Action":"skip","Package":"a","Test":"TestX"}` + "\n" + ended, 0, 1},
		"a failed test":                                    {start + run + `{"Action":"fail","Package":"a","Test":"TestX"}` + "\n" + `{"Action":"fail","Package":"a"}`, 1, 1},
		"a package that does not build":                    {`{"ImportPath":"a","Action":"build-output","Output":"x"}` + "\n" + start + `{"Action":"fail","Package":"a"}`, 1, 1},
		"a test that never ended in a package that failed": {start + run + `{"Action":"fail","Package":"a"}`, 1, 1},
		"a package that began and was killed":              {start, 1, 1},
		"a test that began and was killed":                 {start + run, 1, 1},
		"a test without an end in a package that passed":   {start + run + ended, 1, 1},
		"nothing at all":                                   {"", 1, 1},
		"words of the compiler alone":                      {"go: cannot find main module\n", 1, 1},
		"only tests of a package":                          {run + passed, 1, 1},
	}
	for name, c := range cases {
		for strict, want := range map[bool]int{false: c.lenient, true: c.strictly} {
			s := newSummary()
			if err := s.read(strings.NewReader(c.stream)); err != nil {
				t.Fatal(err)
			}
			if got := s.close(strict); got != want {
				t.Errorf("%s, strict %v: exits %d, want %d", name, strict, got, want)
			}
		}
	}
}

func TestALineThatIsTooLongIsAnError(t *testing.T) {
	t.Parallel()
	s := newSummary()
	if err := s.read(strings.NewReader(strings.Repeat("x", 17<<20))); err == nil {
		t.Error("a stream that cannot be read to its end is taken for a whole one")
	}
}

// The recap of many failures with much output fits the end of a log, names each
// one's package, and keeps what was said first and last.
func TestRecap(t *testing.T) {
	t.Parallel()
	var stream strings.Builder
	event := func(action, test, output string) {
		fmt.Fprintf(&stream, "{\"Action\":%q,\"Package\":\"p\",\"Test\":%q,\"Output\":%q,\"Elapsed\":2.5}\n", action, test, output)
	}
	for _, test := range []string{"TestA", "TestA/sqlite", "TestB", "TestHangs"} {
		event("run", test, "")
		event("output", test, "=== RUN   "+test+"\n")
	}
	for i := range 200 {
		event("output", "TestA/sqlite", fmt.Sprintf("    a_test.go:%d: wrong %s\n", i, strings.Repeat("ü", i*10)))
	}
	event("output", "TestB", "    b_test.go:1: also wrong\n")
	event("output", "TestHangs", "panic: test timed out after 15m0s\n")
	for _, test := range []string{"TestA/sqlite", "TestA", "TestB"} {
		event("output", test, "--- FAIL: "+test+" (2.50s)\n")
		event("fail", test, "")
	}
	event("fail", "", "")
	stream.WriteString(`{"ImportPath":"q","Action":"build-output","Output":"q.go:1: undefined: x\n"}` + "\n" + `{"Action":"fail","Package":"q","FailedBuild":"q"}`)
	s := newSummary()
	if err := s.read(strings.NewReader(stream.String())); err != nil {
		t.Fatal(err)
	}
	got := recap(s.failures)
	for _, want := range []string{"  p TestA/sqlite (2.5 s)\n", "a_test.go:0: wrong", "lines above", "a_test.go:199: wrong", "also wrong", "p TestHangs (did not end)", "timed out after", "  q (0.0 s)", "undefined: x"} {
		if !strings.Contains(got, want) {
			t.Errorf("it has no %q", want)
		}
	}
	if n := strings.Count(got, "\n"); n > most || strings.Contains(got, "p TestA (") {
		t.Errorf("it has %d lines, at most %d, or tells of a test whose part failed:\n%s", n, most, got)
	}
	many := slices.Repeat(s.failures, 40)
	if n := strings.Count(recap(many), "\n"); n > most+1 {
		t.Errorf("of many failures it has %d lines", n)
	}
}
