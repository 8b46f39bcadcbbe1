package govern

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/lineage"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// Measures of the picture, in pixels.
const (
	boxWide, boxHigh = 168, 58
	laneWide         = 268 // from one lane to the next: a box and room for words
	laneClose        = 250 // the same where there are many: as little as the words take
	// mostLanes is how many fit beside each other into a page of 1,440 pixels as wide
	// as they are; one more does when it is drawn smaller, see charts.css.
	mostLanes = 4
	rowHigh   = 78
	edge      = 8
	// mostBoxes is how many boxes are drawn before things of one kind and lane
	// are folded into one.
	mostBoxes = 40
	// mostAlike is how many things of one kind and lane stay apart in any graph.
	mostAlike = 6
	// boxText is how many characters fit into a box.
	boxText = 21
)

// box is a thing, or several of one kind that are folded.
type box struct {
	nodes []int // of the graph
	lane  int
	row   int
	step  int // from one lane to the next, in pixels
}

// folded places the things of a graph in lanes by their distance, sources left.
// of says in which box each is.
func folded(g lineage.Graph) (boxes []box, of []int) {
	first := 0
	for _, n := range g.Nodes {
		first = min(first, n.Depth)
	}
	type group struct {
		lane int
		noun string
	}
	at, alike := map[group]int{}, map[group]int{}
	for _, n := range g.Nodes {
		alike[group{n.Depth - first, lineage.Noun(n.URN)}]++
	}
	of = make([]int, len(g.Nodes))
	rows := map[int]int{}
	for i, n := range g.Nodes {
		where := group{n.Depth - first, lineage.Noun(n.URN)}
		if b, is := at[where]; is && (len(g.Nodes) > mostBoxes || alike[where] > mostAlike) && i >= g.Roots {
			boxes[b].nodes, of[i] = append(boxes[b].nodes, i), b
			continue
		}
		of[i] = len(boxes)
		if i >= g.Roots {
			at[where] = of[i]
		}
		boxes = append(boxes, box{[]int{i}, where.lane, rows[where.lane], laneWide})
		rows[where.lane]++
	}
	if lanes := lanesOf(boxes); lanes > mostLanes {
		for i := range boxes {
			boxes[i].step = laneClose
		}
	}
	return boxes, of
}

// lanesOf is how many lanes boxes stand in.
func lanesOf(boxes []box) (lanes int) {
	for _, b := range boxes {
		lanes = max(lanes, b.lane+1)
	}
	return lanes
}

// draw is the graph as SVG: boxes that lead to their pages, and how data went.
func draw(ctx context.Context, v walked) string {
	boxes, of := folded(v.Graph)
	lanes, rows, step := lanesOf(boxes), 0, boxes[0].step
	for _, b := range boxes {
		rows = max(rows, b.row+1)
	}
	wide, high := (lanes-1)*step+boxWide+2*edge, rows*rowHigh-(rowHigh-boxHigh)+2*edge
	all := links(v.Graph, boxes, of)
	if slices.ContainsFunc(all, func(l link) bool { return l.around() && max(l.from.lane, l.to.lane) == lanes-1 }) {
		wide += step - boxWide // for what goes around the last lane
	}
	var s strings.Builder
	fmt.Fprintf(&s, `<svg class="lanes-%d" width="%d" height="%d" viewBox="0 0 %d %d" role="group" aria-label="Lineage of %s; the same facts are in the table below">`,
		lanes, wide, high, wide, high, html.EscapeString(called(v.Graph.Nodes[0])))
	drawEdges(&s, all)
	for _, b := range boxes {
		b.draw(ctx, &s, v)
	}
	s.WriteString(`</svg>`)
	return s.String()
}

func (b box) place() (x, y int) { return edge + b.lane*b.step, edge + b.row*rowHigh }

func (b box) draw(ctx context.Context, s *strings.Builder, v walked) {
	x, y := b.place()
	n := v.Graph.Nodes[b.nodes[0]]
	class, href := "node", v.page(ctx, n.URN)
	noun, name, under := lineage.Noun(n.URN), called(n), note(n)
	switch {
	case len(b.nodes) > 1:
		href, name, under = "#edges", format.Count(int64(len(b.nodes)))+" "+plural(noun), "see the table"
	case b.nodes[0] < v.Graph.Roots:
		class += " here"
	case !n.Deleted.IsZero():
		class += " warn"
	}
	fmt.Fprintf(s, `<a href="%s"><g class="%s"><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="6"/>`, html.EscapeString(href), class,
		html.EscapeString(n.URN.String()), x, y, boxWide, boxHigh)
	fmt.Fprintf(s, `<path class="gi" transform="translate(%d %d) scale(.875)" d="%s"/>`, x+10, y+8, kit.IconOf(n.URN))
	fmt.Fprintf(s, `<text class="kind" x="%d" y="%d">%s</text><text x="%d" y="%d">%s</text><text class="kind" x="%d" y="%d">%s</text></g></a>`,
		x+30, y+19, html.EscapeString(noun), x+10, y+36, html.EscapeString(fit(name)), x+10, y+50, html.EscapeString(fit(under)))
}

// plural is a noun for several things.
func plural(noun string) string {
	if noun == "data" {
		return noun
	}
	return noun + "s"
}

// fit cuts a name to the width of a box, and keeps the number after it.
func fit(text string) string {
	r := []rune(text)
	if len(r) <= boxText {
		return text
	}
	tail := ""
	if at := strings.LastIndexByte(text, ' '); at >= 0 && len(text)-at <= boxText/3 {
		tail = text[at:]
	}
	return string(r[:boxText-1-len([]rune(tail))]) + "…" + tail
}
