package chart

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

func (p *plot) svg(b *strings.Builder) {
	fmt.Fprintf(b, `<svg class="pl %s %s" height="%d" role="img" aria-label="%s">`,
		p.left, p.right, p.Height+36, html.EscapeString(p.sentence()))
	fmt.Fprintf(b, `<svg class="marks" data-x="%s" data-x0="%s" data-x1="%s" width="100%%" height="%d" viewBox="0 0 %d %d" preserveAspectRatio="none" overflow="visible">`,
		html.EscapeString(p.X), strconv.FormatFloat(p.x.lo, 'f', -1, 64), strconv.FormatFloat(p.x.hi, 'f', -1, 64), p.Height, width, p.Height)
	for _, v := range p.yTicks {
		fmt.Fprintf(b, `<path class="grid-l" d="M0 %sH%d" vector-effect="non-scaling-stroke"/>`, short(p.py(v)), width)
	}
	fmt.Fprintf(b, `<path class="axis-l" d="M0 %dH%d" vector-effect="non-scaling-stroke"/>`, p.Height, width)
	for _, s := range p.drawn {
		p.zones(b, s)
	}
	if p.best != nil {
		fmt.Fprintf(b, `<path class="cross d3" d="M%s 0V%d"/>`, short(p.px(p.best.X)), p.Height)
	}
	for _, s := range p.drawn {
		p.line(b, s)
	}
	if p.best != nil {
		fmt.Fprintf(b, `<path class="dot l %s" d="M%s %sh0"/>`, p.bestColour(), short(p.px(p.best.X)), short(p.py(p.best.Y)))
	}
	b.WriteString(`</svg>`)
	p.axes(b)
	p.endLabels(b)
	p.bestLabel(b)
	b.WriteString(`</svg>`)
}

// zones shade where a series is not a number.
func (p *plot) zones(b *strings.Builder, s Series) {
	for _, g := range gaps(s.Points) {
		from := min(max(p.px(g.From)-2, 0), width)
		to := min(max(p.px(g.To)+2, 0), width)
		fmt.Fprintf(b, `<rect class="zone" x="%s" width="%s" y="0" height="%d"/>`, short(from), short(max(to-from, 2)), p.Height)
	}
}

// line draws a series: a path, with a dot for a point that stands alone and at
// the end. The numbers go along for whoever points at them.
func (p *plot) line(b *strings.Builder, s Series) {
	var path, dots, xs, ys strings.Builder
	var last *Point
	for i, point := range s.Points {
		if i > 0 {
			xs.WriteByte(' ')
			ys.WriteByte(' ')
		}
		xs.WriteString(strconv.FormatFloat(point.X, 'f', -1, 64))
		ys.WriteString(strings.ReplaceAll(p.write(point.Y), "\u00a0", ""))
		if !p.placed(point.Y) {
			last = nil
			continue
		}
		x, y := short(p.px(point.X)), short(p.py(point.Y))
		if last == nil {
			fmt.Fprintf(&path, "M%s %s", x, y)
			if i+1 >= len(s.Points) || !p.placed(s.Points[i+1].Y) {
				fmt.Fprintf(&dots, "M%s %sh0", x, y)
			}
		} else {
			fmt.Fprintf(&path, "L%s %s", x, y)
		}
		last = &s.Points[i]
	}
	class := "ln " + colour(s)
	if s.Dashed {
		class += " d2"
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path class="%s" data-name="%s" data-x="%s" data-y="%s" d="%s"/>`,
			class, html.EscapeString(s.Name), xs.String(), ys.String(), path.String())
	}
	if last != nil {
		fmt.Fprintf(&dots, "M%s %sh0", short(p.px(last.X)), short(p.py(last.Y)))
	}
	if dots.Len() > 0 {
		fmt.Fprintf(b, `<path class="dot %s" d="%s"/>`, colour(s), dots.String())
	}
}

func (p *plot) axes(b *strings.Builder) {
	for _, v := range p.yTicks {
		fmt.Fprintf(b, `<text class="e" x="-8" y="%s">%s</text>`, short(p.py(v)+4), p.yText(v))
	}
	n := 4
	if p.Height < leastMarked {
		n = 3
	}
	at, step := inside(p.x.lo, p.x.hi, n, true)
	for i, v := range at {
		x := p.px(v) / width * 100
		class := "m"
		switch {
		case x < 3:
			class = ""
		case x > 94:
			class = "e"
		}
		if i%2 == 1 && len(at) > 3 {
			class += " minor"
		}
		fmt.Fprintf(b, `<text class="%s" x="%s%%" y="%d">%s</text>`, class, short(x), p.Height+16, format.Axis(v, step))
	}
	fmt.Fprintf(b, `<text class="e" x="100%%" y="%d">%s</text>`, p.Height+32, html.EscapeString(p.X))
}

func (p *plot) endLabels(b *strings.Builder) {
	for _, l := range p.labels {
		name := ""
		if l.name != "" {
			name = html.EscapeString(shorten(l.name, p.mostChars-len([]rune(l.value)))) + " "
		}
		fmt.Fprintf(b, `<text class="lab endlab" x="100%%" y="%s" dx="8">%s<tspan class="val">%s</tspan></text>`,
			short(l.y+4), name, l.value)
	}
}

// bestLabel names the best point. It stands where such a curve is not: at the
// top of one that falls, at the foot of one that rises.
func (p *plot) bestLabel(b *strings.Builder) {
	if p.best == nil {
		return
	}
	x, class, dx := p.px(p.best.X)/width*100, "lab e halo", -8
	if x < 50 {
		class, dx = "lab halo", 8
	}
	y := 0.12
	if p.Better == Higher {
		y = 0.86
	}
	fmt.Fprintf(b, `<text class="%s" x="%s%%" y="%s" dx="%d">%s</text>`, class, short(x), short(y*float64(p.Height)), dx, html.EscapeString(p.bestText()))
}

func (p *plot) bestText() string {
	name := ""
	for _, s := range p.drawn {
		if !s.Dashed && len(p.drawn) > 1 {
			name = s.Name + " "
		}
	}
	return fmt.Sprintf("best %s%s at %s %s", name, p.write(p.best.Y), p.X, xText(p.best.X))
}

func (p *plot) bestColour() string {
	for _, s := range p.drawn {
		if !s.Dashed {
			return colour(s)
		}
	}
	return "kref"
}

// table gives the same numbers to whoever cannot see or wants to copy them.
func (p *plot) table(b *strings.Builder) {
	rows := p.rows()
	shown := everyNth(rows, MostRows)
	b.WriteString(`<details class="alt"><summary>Show as table</summary>`)
	if len(shown) < len(rows) {
		fmt.Fprintf(b, `<p class="mt-2">%s of %s rows.`, format.Count(int64(len(shown))), format.Count(int64(len(rows))))
		if p.Export != "" {
			fmt.Fprintf(b, ` <a href="%s">All as CSV</a>`, html.EscapeString(p.Export))
		}
		b.WriteString(`</p>`)
	} else if p.Export != "" {
		fmt.Fprintf(b, `<p class="mt-2"><a href="%s">As CSV</a></p>`, html.EscapeString(p.Export))
	}
	fmt.Fprintf(b, `<div class="table-wrap tall" tabindex="0" role="region" aria-label="%s"><table class="table"><thead><tr><th scope="col">%s</th>`,
		html.EscapeString(p.Title+" as a table"), html.EscapeString(p.X))
	for _, s := range p.Series {
		fmt.Fprintf(b, `<th scope="col" class="num">%s</th>`, html.EscapeString(s.Name))
	}
	b.WriteString(`</tr></thead><tbody>`)
	for _, r := range shown {
		fmt.Fprintf(b, `<tr><td class="num">%s</td>`, xText(r.x))
		for _, cell := range r.cells {
			fmt.Fprintf(b, `<td class="num">%s</td>`, cell)
		}
		b.WriteString(`</tr>`)
	}
	b.WriteString(`</tbody></table></div></details>`)
}

type row struct {
	x     float64
	cells []string
}

// rows joins the series by x; the last of several values at one x stands for it.
func (p *plot) rows() []row {
	var rows []row
	place := map[float64]int{}
	for i, s := range p.drawn {
		for _, point := range s.Points {
			at, ok := place[point.X]
			if !ok {
				at = len(rows)
				place[point.X] = at
				rows = append(rows, row{point.X, make([]string, len(p.drawn))})
			}
			rows[at].cells[i] = p.write(point.Y)
		}
	}
	for _, r := range rows {
		for i := range r.cells {
			if r.cells[i] == "" {
				r.cells[i] = format.None
			}
		}
	}
	sortRows(rows)
	return rows
}

func short(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64)
}

// shorten cuts the middle out of a name that is longer than most runes.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most || most < 5 {
		return s
	}
	tail := (most - 1) / 2
	return string(r[:most-1-tail]) + "…" + string(r[len(r)-tail:])
}
