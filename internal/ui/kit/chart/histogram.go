package chart

import (
	"context"
	"fmt"
	"html"
	"io"
	"math"
	"strings"

	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// Bins are the counts of values in bins of one width from Low to High.
type Bins struct {
	Low, High float64
	Counts    []int64
}

// Histogram is a distribution as small as a word: how the values of a column lie, and
// those of the column before it, where there are any. What is before is filled grey and
// what is now is outlined, both as the share of rows for each stretch of the same width.
type Histogram struct {
	Name     string
	From, To string // the least and the greatest value, in words; of both, where there are two
	Now      Bins
	Before   Bins // without counts for none
}

const (
	histWide, histHigh = 120, 28
)

// Drawn reports whether there is anything to draw.
func (h Histogram) Drawn() bool { return h.Now.total() > 0 || h.Before.total() > 0 }

func (b Bins) total() (n int64) {
	for _, c := range b.Counts {
		n += c
	}
	return n
}

// Render draws the histogram.
func (h Histogram) Render(_ context.Context, w io.Writer) error {
	if !h.Drawn() {
		return nil
	}
	var x span
	for _, b := range []Bins{h.Now, h.Before} {
		if b.total() > 0 {
			x.take(b.Low)
			x.take(b.High)
		}
	}
	most := max(h.Now.densest(x), h.Before.densest(x))
	words := html.EscapeString(h.sentence())
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark hist" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s"><title>%s</title>`, histWide, histHigh, words, words)
	if d := h.Before.outline(x, most); d != "" {
		fmt.Fprintf(&b, `<path class="ref" d="%sZ"/>`, d)
	}
	if d := h.Now.outline(x, most); d != "" {
		class := "fill"
		if h.Before.total() > 0 {
			class = "ln"
		}
		fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, class, d)
	}
	fmt.Fprintf(&b, `<path class="base" d="M0 %dH%d"/></svg>`, histHigh, histWide)
	_, err := io.WriteString(w, b.String())
	return err
}

// wide is the share of x that one bin takes; all of it where there is but one value.
func (b Bins) wide(x span) float64 {
	share := (x.share(b.High) - x.share(b.Low)) / float64(len(b.Counts))
	if !(share > 1e-6) {
		return 0.04
	}
	return share
}

// densest is the greatest share of rows for each stretch.
func (b Bins) densest(x span) float64 {
	n := b.total()
	if n == 0 {
		return 0
	}
	most := 0.0
	for _, c := range b.Counts {
		most = max(most, float64(c)/float64(n)/b.wide(x))
	}
	return most
}

// outline is the path along the tops of the bins, from the base to the base.
func (b Bins) outline(x span, most float64) string {
	n := b.total()
	if n == 0 || most == 0 {
		return ""
	}
	wide, at := b.wide(x), x.share(b.Low)
	counts := b.Counts
	if b.High <= b.Low { // one value: one bar, whichever bin has it
		counts = []int64{n}
		at = min(max(at-wide/2, 0), 1-wide)
	}
	var d strings.Builder
	fmt.Fprintf(&d, "M%s %d", short(at*histWide), histHigh)
	for i, c := range counts {
		top := histHigh - math.Min(float64(c)/float64(n)/wide/most, 1)*(histHigh-2)
		fmt.Fprintf(&d, "V%sH%s", short(top), short(min(at+float64(i+1)*wide, 1)*histWide))
	}
	fmt.Fprintf(&d, "V%d", histHigh)
	return d.String()
}

// sentence says what the histogram shows.
func (h Histogram) sentence() string {
	now, before := h.Now.total(), h.Before.total()
	switch {
	case before == 0:
		return fmt.Sprintf("%s: %s values from %s to %s", h.Name, format.Count(now), h.From, h.To)
	case now == 0:
		return fmt.Sprintf("%s: %s values before, none now, from %s to %s", h.Name, format.Count(before), h.From, h.To)
	}
	return fmt.Sprintf("%s: %s values, %s before, from %s to %s", h.Name, format.Count(now), format.Count(before), h.From, h.To)
}
