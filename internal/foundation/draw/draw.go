// Package draw is the one door through which tests draw by chance: properties
// of pgregory.net/rapid, and random numbers.
//
// The seed is the same at every run, so that a test's answer is the commit's: a
// red run repeats, and says nothing about luck. TACIT_TEST_SEED sets another
// one; "make soak" draws anew and much more with it, which is how new faults
// are found. RAPID_CHECKS sets how many draws a property has, 100 unless set.
//
// A property must take all that it draws from its T. What it takes from the
// order of a map, a clock or a goroutine is drawn without a seed.
package draw

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

const (
	// Variable names the environment's variable of the seed.
	Variable = "TACIT_TEST_SEED"
	usual    = 1
)

// set gives rapid its settings, which are flags of the process, before the
// first of the parallel tests reads them.
var set sync.Once

// Check draws for the property and fails the test with the smallest draw that
// it finds to break it.
func Check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	seed := Seed(t)
	set.Do(func() {
		if f := flag.Lookup("rapid.seed"); f.Value.String() == "0" { // nobody gave one
			must(t, f.Value.Set(strconv.FormatUint(seed, 10)))
		}
		// A file of a failed draw would be drawn first by the next run.
		must(t, flag.Lookup("rapid.nofailfile").Value.Set("true"))
	})
	rapid.Check(t, property)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Rand gives the test numbers of its own. A second one of a test begins anew.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	return rand.New(source(t))
}

// Reader gives the test bytes of its own, without an end. A second one of a
// test begins anew. It may be read from several goroutines at once.
func Reader(t testing.TB) io.Reader {
	t.Helper()
	return &shared{from: source(t)}
}

type shared struct {
	lock sync.Mutex
	from io.Reader
}

// Read reads on.
func (s *shared) Read(b []byte) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.from.Read(b)
}

func source(t testing.TB) *rand.ChaCha8 {
	t.Helper()
	return rand.NewChaCha8(sha256.Sum256(fmt.Append(nil, Seed(t), t.Name())))
}

// Seed is what the process draws with, told in the test's log. It is above 0.
func Seed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv(Variable)
	if text == "" {
		return usual
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seed == 0 {
		t.Fatalf("%s=%q: want a whole number above 0", Variable, text)
	}
	t.Logf("drawn with %s=%d", Variable, seed)
	return seed
}
