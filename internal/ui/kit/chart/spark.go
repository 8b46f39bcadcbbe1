package chart

import (
	"context"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// Spark is a line as small as a word: the shape of one series, on a scale of its
// own, with a dot at its end. Fewer than two numbers have no shape, and draw
// nothing.
type Spark struct {
	Name   string // what was measured
	X      string // what its points count: "step"
	Points []Point
}

// Units of a spark, whose edges leave room for the line's own width.
const (
	sparkWide, sparkHigh = 100, 20
	sparkEdge            = 2
)

// Drawn reports whether there is a shape to draw.
func (s Spark) Drawn() bool {
	n := 0
	for _, p := range s.Points {
		if isNumber(p.Y) {
			n++
		}
	}
	return n > 1
}

// Render draws the spark.
func (s Spark) Render(_ context.Context, w io.Writer) error {
	if !s.Drawn() {
		return nil
	}
	words := html.EscapeString(s.sentence())
	path, dot := s.path()
	_, err := fmt.Fprintf(w, `<svg class="spark" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s"><title>%s</title><path class="ln" d="%s"/><path class="dot" d="%sh0"/></svg>`,
		sparkWide, sparkHigh, words, words, path, dot)
	return err
}

// path is the line, broken where a value is not a number, and where it ends.
func (s Spark) path() (line, end string) {
	var x, y span
	for _, p := range s.Points {
		x.take(p.X)
		y.take(p.Y)
	}
	at := func(p Point) string {
		return short(x.share(p.X)*sparkWide) + " " + short(sparkHigh-sparkEdge-y.share(p.Y)*(sparkHigh-2*sparkEdge))
	}
	var b strings.Builder
	on := false
	for _, p := range s.Points {
		if !isNumber(p.Y) {
			on = false
			continue
		}
		end = "M" + at(p)
		if on {
			b.WriteString("L" + end[1:])
		} else {
			b.WriteString(end)
		}
		on = true
	}
	return b.String(), end
}

// sentence says what the spark shows.
func (s Spark) sentence() string {
	var x, y span
	var values []float64
	broken := false
	for _, p := range s.Points {
		x.take(p.X)
		if broken = broken || !isNumber(p.Y); isNumber(p.Y) {
			y.take(p.Y)
			values = append(values, p.Y)
		}
	}
	write := format.Column(values)
	text := fmt.Sprintf("%s over %s %s to %s: from %s to %s, least %s, greatest %s", s.Name, s.X, xText(x.lo), xText(x.hi),
		write(values[0]), write(values[len(values)-1]), write(y.lo), write(y.hi))
	if broken {
		text += "; in part not a number"
	}
	return text
}
