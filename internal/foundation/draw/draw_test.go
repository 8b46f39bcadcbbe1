package draw

import (
	"io"
	"testing"

	"pgregory.net/rapid"
)

// TestDrawsRepeat: with the same seed the same is drawn, with another another.
func TestDrawsRepeat(t *testing.T) {
	read := func() string {
		b := make([]byte, 64)
		if _, err := io.ReadFull(Reader(t), b); err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	t.Setenv(Variable, "")
	first := read()
	if read() != first || Seed(t) != usual {
		t.Errorf("without %s the seed is %d, or two sources of a test differ", Variable, Seed(t))
	}
	t.Setenv(Variable, "7")
	if read() == first || Rand(t).Uint64() != Rand(t).Uint64() {
		t.Error("another seed draws the same, or the same seed another")
	}
}

// TestPropertiesAreDrawnAgain: two checks of one property have the same draws.
func TestPropertiesAreDrawnAgain(t *testing.T) {
	t.Parallel()
	var draws [2][]uint64
	for i := range draws {
		Check(t, func(t *rapid.T) { draws[i] = append(draws[i], rapid.Uint64().Draw(t, "n")) })
	}
	if len(draws[0]) == 0 || len(draws[0]) != len(draws[1]) {
		t.Fatalf("%d and %d draws", len(draws[0]), len(draws[1]))
	}
	for i, n := range draws[0] {
		if n != draws[1][i] {
			t.Fatalf("draw %d is %d, then %d", i, n, draws[1][i])
		}
	}
}
