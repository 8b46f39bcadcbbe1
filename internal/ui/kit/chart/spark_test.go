package chart

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func spark(t *testing.T, points ...Point) string {
	t.Helper()
	var b strings.Builder
	if err := (Spark{Name: `auc <b>"x"`, X: "step", Points: points}).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return b.String()
		} else if err != nil {
			t.Fatalf("%v in %s", err, b.String())
		}
	}
}

// TestASparkSaysWhatItShows: the line, a gap where nothing is a number, the dot
// at the last number, and all of it in words.
func TestASparkSaysWhatItShows(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	got := spark(t, Point{0, 0.5}, Point{50, 1}, Point{75, nan}, Point{80, 0.75}, Point{100, 0.5})
	for _, want := range []string{
		`<path class="ln" d="M0 18L50 2M80 10L100 18"/>`, `<path class="dot" d="M100 18h0"/>`, `role="img"`,
		`over step 0 to 100: from 0.500 to 0.500, least 0.500, greatest 1.000; in part not a number</title>`, `&lt;b&gt;`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for name, points := range map[string][]Point{"one point": {{3, 1}}, "nothing": nil, "one number": {{0, nan}, {1, 2}, {2, math.Inf(1)}}} {
		if got := spark(t, points...); got != "" {
			t.Errorf("%s is drawn: %s", name, got)
		}
	}
	for name, points := range map[string][]Point{
		"a flat line": {{0, 7}, {9, 7}}, "a wide range": {{0, -1.5e308}, {9, 1.5e308}}, "one place": {{4, 1}, {4, 2}},
		"far steps": {{math.MinInt64, 1}, {math.MaxInt64, 2}},
	} {
		if got := spark(t, points...); strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
			t.Errorf("%s: %s", name, got)
		}
	}
}
