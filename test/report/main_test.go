package main

import (
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
		"a package that passes":                          {start + run + passed + ended, 0, 0},
		"a package without tests":                        {start + run + passed + ended + `{"Action":"start","Package":"b"}` + "\n" + `{"Action":"skip","Package":"b"}`, 0, 0},
		"no test that passed":                            {start + ended, 0, 1},
		"a skipped test":                                 {start + run + `{"Action":"skip","Package":"a","Test":"TestX"}` + "\n" + ended, 0, 1},
		"a failed test":                                  {start + run + `{"Action":"fail","Package":"a","Test":"TestX"}` + "\n" + `{"Action":"fail","Package":"a"}`, 1, 1},
		"a package that does not build":                  {`{"ImportPath":"a","Action":"build-output","Output":"x"}` + "\n" + start + `{"Action":"fail","Package":"a"}`, 1, 1},
		"a package that began and was killed":            {start, 1, 1},
		"a test that began and was killed":               {start + run, 1, 1},
		"a test without an end in a package that passed": {start + run + ended, 1, 1},
		"nothing at all":                                 {"", 1, 1},
		"words of the compiler alone":                    {"go: cannot find main module\n", 1, 1},
		"only tests of a package":                        {run + passed, 1, 1},
	}
	for name, c := range cases {
		for strict, want := range map[bool]int{false: c.lenient, true: c.strictly} {
			s := &summary{output: map[string][]string{}, running: map[string]struct{}{}}
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
	s := &summary{output: map[string][]string{}, running: map[string]struct{}{}}
	if err := s.read(strings.NewReader(strings.Repeat("x", 17<<20))); err == nil {
		t.Error("a stream that cannot be read to its end is taken for a whole one")
	}
}
