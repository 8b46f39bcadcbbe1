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

func histogram(t *testing.T, h Histogram) string {
	t.Helper()
	var b strings.Builder
	if err := h.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(b.String())); b.Len() > 0; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, b.String())
		}
	}
	return b.String()
}

// TestHistogram: bins stand where their values are, two distributions on one scale and
// by their share of rows, whatever their bins are.
func TestHistogram(t *testing.T) {
	t.Parallel()
	alone := histogram(t, Histogram{Name: "<b>", From: "0", To: "4", Now: Bins{0, 4, []int64{1, 0, 2, 1}}})
	for _, want := range []string{`<path class="fill" d="M0 28V15H30V28H60V2H90V15H120V28"/>`, `&lt;b&gt;: 4 values from 0 to 4`} {
		if !strings.Contains(alone, want) {
			t.Errorf("no %s in %s", want, alone)
		}
	}
	// A tenth of the rows between the same bounds is the same picture.
	both := histogram(t, Histogram{Name: "x", From: "0", To: "4", Now: Bins{0, 4, []int64{10, 0, 20, 10}}, Before: Bins{0, 4, []int64{1, 0, 2, 1}}})
	if !strings.Contains(both, `<path class="ref" d="M0 28V15H30V28H60V2H90V15H120V28Z"/><path class="ln" d="M0 28V15H30V28H60V2H90V15H120V28"/>`) {
		t.Error(both)
	}
	// Of other bounds, it lies elsewhere.
	moved := histogram(t, Histogram{Name: "x", From: "0", To: "8", Now: Bins{4, 8, []int64{1, 1}}, Before: Bins{0, 4, []int64{1, 1}}})
	if !strings.Contains(moved, `class="ref" d="M0 28V2H30V2H60V28Z"`) || !strings.Contains(moved, `class="ln" d="M60 28V2H90V2H120V28"`) {
		t.Error(moved)
	}
	// One value, none, and the largest numbers there are.
	for _, h := range []Histogram{
		{Name: "x", Now: Bins{3, 3, []int64{0, 7}}}, {Name: "x", Now: Bins{-math.MaxFloat64, math.MaxFloat64, []int64{1, 1}}}, {Name: "x", Before: Bins{1, 2, []int64{1}}},
	} {
		if got := histogram(t, h); !strings.Contains(got, `<path class="`) || strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
			t.Error(got)
		}
	}
	if got := histogram(t, Histogram{Name: "x"}); got != "" || (Histogram{}).Drawn() {
		t.Errorf("nothing is drawn as %s", got)
	}
}
