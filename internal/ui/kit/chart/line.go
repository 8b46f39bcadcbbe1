package chart

import (
	"context"
	"fmt"
	"html"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// Line is a chart of values over steps.
type Line struct {
	Title  string
	Note   string // beside the title, "" for none
	X      string // what the x axis counts: "step"
	Height int    // of the plot, in pixels
	Zero   bool   // y begins at zero: amounts and shares, not scores
	Log    bool   // y is logarithmic; what is not above zero has no place on it
	Better Better // which way its values improve; the best of the one solid line is marked
	Series []Series
	Export string // address of the same numbers as CSV, "" for none
	Switch string // address of the same page with the other kind of y axis, "" for none
}

// Better says which way the values of a measure improve.
type Better int8

// The directions. Without one nothing is called the best.
const (
	Neither Better = 0
	Higher  Better = 1
	Lower   Better = -1
)

// ID names the figure of a chart in its page, by its title: what stands behind
// the # of an address.
func ID(title string) string { return "chart-" + url.PathEscape(title) }

// Positive reports whether there are numbers and all are above zero, so that a
// logarithmic axis has a place for each.
func Positive(all []Series) bool {
	seen := false
	for _, s := range all {
		for _, point := range s.Points {
			if isNumber(point.Y) {
				if point.Y < leastLogged {
					return false
				}
				seen = true
			}
		}
	}
	return seen
}

const width = 1000 // units of the plot's stretched inner svg

// plot is a Line with its scales.
type plot struct {
	Line
	drawn     []Series // thinned
	x         span
	y0, y1    float64
	yTicks    []float64
	yStep     float64
	write     func(float64) string
	left      string
	right     string
	labels    []label
	mostChars int
	unplaced  int // values at or below zero of a logarithmic chart
	best      *Point
}

// label stands at the end of a line.
type label struct {
	name, value string
	y           float64
}

// Render draws the chart.
func (l Line) Render(_ context.Context, w io.Writer) error {
	p := l.plot()
	var b strings.Builder
	fmt.Fprintf(&b, `<figure class="chart" id="%s">`, html.EscapeString(ID(l.Title)))
	p.head(&b)
	switch {
	case !p.x.seen && p.unplaced > 0:
		b.WriteString(`<p class="dim">No value is above zero.</p>`)
	case !p.x.seen:
		b.WriteString(`<p class="dim">No value is a number.</p>`)
	default:
		p.svg(&b)
	}
	p.table(&b)
	b.WriteString(`</figure>`)
	_, err := io.WriteString(w, b.String())
	return err
}

func (l Line) plot() *plot {
	p := &plot{Line: l}
	if p.Height == 0 {
		p.Height = 110
	}
	var y span
	var values []float64
	for _, s := range l.Series {
		s.Points = Thin(s.Points, MostPoints)
		p.drawn = append(p.drawn, s)
		for _, point := range s.Points {
			if isNumber(point.Y) {
				values = append(values, point.Y)
			}
			if p.placed(point.Y) {
				p.x.take(point.X)
				y.take(point.Y)
			} else if isNumber(point.Y) {
				p.unplaced++
			}
		}
	}
	if l.Zero && !l.Log {
		y.take(0)
	}
	if l.Log && y.seen {
		p.yTicks = logTicks(y.lo, y.hi)
	} else {
		p.yTicks, p.yStep = ticks(y.lo, y.hi)
	}
	p.y0, p.y1 = p.yTicks[0], p.yTicks[len(p.yTicks)-1]
	p.write = format.Column(values)
	p.ends()
	p.best = p.bestPoint()
	p.left = "l44"
	for _, v := range p.yTicks {
		if len([]rune(p.yText(v))) > 6 {
			p.left = "l56"
		}
	}
	return p
}

// leastLogged is the least value that a logarithmic axis has a place for; what
// is smaller differs from zero by the noise of arithmetic.
const leastLogged = 1e-300

// placed reports whether a value has a place on the y axis.
func (p *plot) placed(y float64) bool { return isNumber(y) && (!p.Log || y >= leastLogged) }

// yText writes a value of the y axis.
func (p *plot) yText(v float64) string {
	if p.Log {
		return format.Axis(v, v)
	}
	return format.Axis(v, p.yStep)
}

// leastMarked is the height from which a plot has room for the words of a mark.
const leastMarked = 150

// bestPoint is the best of the one solid line, nil when there are several, when
// no direction is known, where the words have no room, and when it is the last:
// that has its label already.
func (p *plot) bestPoint() *Point {
	if p.Better == Neither || p.Height < leastMarked {
		return nil
	}
	var one *Series
	for i := range p.drawn {
		if p.drawn[i].Dashed {
			continue
		}
		if one != nil {
			return nil
		}
		one = &p.drawn[i]
	}
	if one == nil {
		return nil
	}
	var best, last *Point
	for i := range one.Points {
		point := &one.Points[i]
		if !p.placed(point.Y) {
			continue
		}
		last = point
		if best == nil || (point.Y-best.Y)*float64(p.Better) > 0 {
			best = point
		}
	}
	if best == last {
		return nil
	}
	return best
}

func (p *plot) px(x float64) float64 {
	if p.x.hi == p.x.lo {
		return width / 2
	}
	return (x - p.x.lo) / (p.x.hi - p.x.lo) * width
}

func (p *plot) py(y float64) float64 {
	if p.Log {
		return float64(p.Height) * (1 - (math.Log(y)-math.Log(p.y0))/(math.Log(p.y1)-math.Log(p.y0)))
	}
	return float64(p.Height) * (1 - (y-p.y0)/(p.y1-p.y0))
}

// ends places the labels at the lines' ends, 13 pixels apart at least.
func (p *plot) ends() {
	most := 0
	for _, s := range p.drawn {
		i := len(s.Points) - 1
		for i >= 0 && !p.placed(s.Points[i].Y) {
			i--
		}
		if i < 0 {
			continue
		}
		l := label{value: p.write(s.Points[i].Y), y: p.py(s.Points[i].Y)}
		if len(p.drawn) > 1 {
			l.name = s.Name
		}
		p.labels = append(p.labels, l)
		most = max(most, len([]rune(l.name))+len([]rune(l.value))+1)
	}
	p.right, p.mostChars = "r132", 19
	switch {
	case len(p.drawn) == 1 && most <= 9:
		p.right = "r64"
	case most <= 15:
		p.right = "r104"
	}
	slices.SortStableFunc(p.labels, func(a, b label) int { return int(math.Copysign(1, a.y-b.y)) })
	const apart = 13.0
	for i := 1; i < len(p.labels); i++ {
		p.labels[i].y = max(p.labels[i].y, p.labels[i-1].y+apart)
	}
	for i, limit := len(p.labels)-1, float64(p.Height)+2; i >= 0; i-- {
		p.labels[i].y = min(p.labels[i].y, limit)
		limit = p.labels[i].y - apart
	}
}

func (p *plot) head(b *strings.Builder) {
	fmt.Fprintf(b, `<div class="chart-head"><span class="title">%s</span>`, html.EscapeString(p.Title))
	var notes []string
	if p.Note != "" {
		notes = append(notes, p.Note)
	}
	if p.Log {
		notes = append(notes, "log scale")
	}
	if p.unplaced > 0 {
		notes = append(notes, format.Count(int64(p.unplaced))+" of its values are not above zero")
	}
	for _, s := range p.Series {
		if note := p.broken(s); note != "" {
			notes = append(notes, note)
		}
	}
	if len(notes) > 0 {
		fmt.Fprintf(b, `<span>%s</span>`, html.EscapeString(strings.Join(notes, "; ")))
	}
	if len(p.drawn) > 1 {
		b.WriteString(`<ul class="legend narrow">`)
		for _, s := range p.drawn {
			fmt.Fprintf(b, `<li><span class="key %s %s"></span>%s</li>`, keyShape(s), colour(s), html.EscapeString(s.Name))
		}
		b.WriteString(`</ul>`)
	}
	if p.Switch != "" {
		word := "Log axis"
		if p.Log {
			word = "Linear axis"
		}
		fmt.Fprintf(b, `<span class="end"><a href="%s" rel="nofollow" data-swap aria-label="%s of %s">%s</a></span>`,
			html.EscapeString(p.Switch), word, html.EscapeString(p.Title), word)
	}
	b.WriteString(`</div>`)
}

// broken names where a series is not a number.
func (p *plot) broken(s Series) string {
	all := gaps(s.Points)
	if len(all) == 0 {
		return ""
	}
	name := ""
	if len(p.Series) > 1 {
		name = s.Name + " "
	}
	first, last := all[0], all[len(all)-1]
	var kinds gap
	for _, g := range all {
		kinds.NaN, kinds.Up, kinds.Down = kinds.NaN || g.NaN, kinds.Up || g.Up, kinds.Down || g.Down
	}
	where := xText(first.From)
	if last.To > first.From {
		where += "–" + xText(last.To)
	}
	if len(all) > 1 {
		return fmt.Sprintf("%s%s in %d stretches, %s %s", name, kinds.words(), len(all), p.X, where)
	}
	return fmt.Sprintf("%s%s at %s %s", name, kinds.words(), p.X, where)
}

func xText(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return format.Count(int64(x))
	}
	return format.Metric(x)
}

func colour(s Series) string {
	if s.Slot < 1 {
		return "kref"
	}
	return "k" + strconv.Itoa((s.Slot-1)%8+1)
}

func keyShape(s Series) string {
	if s.Dashed {
		return "dash"
	}
	return "line"
}

// sentence says what the picture shows.
func (p *plot) sentence() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s over %s", p.Title, p.X)
	for _, s := range p.drawn {
		var y span
		last := math.NaN()
		for _, point := range s.Points {
			y.take(point.Y)
			if isNumber(point.Y) {
				last = point.Y
			}
		}
		if !y.seen {
			fmt.Fprintf(&b, "; %s has no number", s.Name)
			continue
		}
		fmt.Fprintf(&b, "; %s from %s to %s, last %s", s.Name, p.write(y.lo), p.write(y.hi), p.write(last))
	}
	if p.best != nil {
		b.WriteString("; " + p.bestText())
	}
	return b.String()
}
