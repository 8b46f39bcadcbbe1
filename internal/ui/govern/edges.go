package govern

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// Measures of words beside an edge, in pixels.
const (
	lineHigh = 12
	// mostLines is how many lines of words stand at one side of a box before they
	// would meet those of the next: half above the arrow, half below.
	mostLines = 4
)

// link is what leads from one box to another, with all relations in words.
type link struct {
	from, to box
	words    []string
}

// links are the edges of a graph between its boxes, one for each two of them.
func links(g lineage.Graph, boxes []box, of []int) []link {
	type pair struct{ from, to int }
	at := map[pair]int{}
	var all []link
	for _, e := range g.Edges {
		p := pair{of[e.From], of[e.To]}
		if p.from == p.to {
			continue
		}
		i, is := at[p]
		if !is {
			i = len(all)
			at[p], all = i, append(all, link{from: boxes[p.from], to: boxes[p.to]})
		}
		if word := string(e.Relation); !slices.Contains(all[i].words, word) {
			all[i].words = append(all[i].words, word)
		}
	}
	return all
}

// near reports that the boxes stand one below the other: the line between them is
// straight.
func (l link) near() bool {
	return l.from.lane == l.to.lane && max(l.from.row-l.to.row, l.to.row-l.from.row) == 1
}

// around reports that the line leaves and comes on the right: in one lane, or
// against the flow.
func (l link) around() bool { return l.to.lane <= l.from.lane && !l.near() }

// draw draws the link. Words that end at a box are left to who knows what else
// ends there.
func (l link) draw(s *strings.Builder) {
	x1, y1 := l.from.place()
	x2, y2 := l.to.place()
	switch {
	case l.near() && y2 > y1:
		x := x1 + boxWide/4
		fmt.Fprintf(s, `<path class="edge" d="M%d %dV%d"/><path class="arrow" d="M%d %dl-3.5 -6h7z"/>`, x, y1+boxHigh, y2-5, x, y2-1)
		fmt.Fprintf(s, `<text class="rel" x="%d" y="%d">%s</text>`, x+8, y2-6, html.EscapeString(strings.Join(l.words, ", ")))
	case l.near():
		x := x1 + boxWide*3/4
		fmt.Fprintf(s, `<path class="edge" d="M%d %dV%d"/><path class="arrow" d="M%d %dl-3.5 6h7z"/>`, x, y1, y2+boxHigh+5, x, y2+boxHigh+1)
		fmt.Fprintf(s, `<text class="rel" x="%d" y="%d">%s</text>`, x+8, y1-6, html.EscapeString(strings.Join(l.words, ", ")))
	case l.around(): // the farther, the wider, so that lines stay apart
		x1, y1, x2, y2 = x1+boxWide, y1+boxHigh/2, x2+boxWide, y2+boxHigh/2
		out := max(x1, x2) + 28 + 12*min(max(l.from.row-l.to.row, l.to.row-l.from.row), 5)
		fmt.Fprintf(s, `<path class="edge" d="M%d %dC%d %d %d %d %d %d"/><path class="arrow" d="M%d %dl6 -3.5v7z"/>`, x1, y1, out, y1, out, y2, x2+5, y2, x2+1, y2)
	default:
		x1, y1, y2 = x1+boxWide, y1+boxHigh/2, y2+boxHigh/2
		bend := max((x2-x1)/2, 40)
		fmt.Fprintf(s, `<path class="edge" d="M%d %dC%d %d %d %d %d %d"/><path class="arrow" d="M%d %dl-6 -3.5v7z"/>`, x1, y1, x1+bend, y1, x2-bend, y2, x2-5, y2, x2-1, y2)
	}
}

// drawEdges draws links, and at each side of a box the relations of all that end
// there, each once.
func drawEdges(s *strings.Builder, all []link) {
	type side struct {
		lane, row, step int
		right           bool
	}
	said := map[side][]string{}
	var order []side
	for _, l := range all {
		l.draw(s)
		if l.near() {
			continue
		}
		at := side{l.to.lane, l.to.row, l.to.step, l.around()}
		if said[at] == nil {
			order = append(order, at)
		}
		for _, word := range l.words {
			if !slices.Contains(said[at], word) {
				said[at] = append(said[at], word)
			}
		}
	}
	for _, at := range order {
		x, y := box{lane: at.lane, row: at.row, step: at.step}.place()
		x, anchor := x-9, "end"
		if at.right {
			x, anchor = x+9+boxWide+10, "start"
		}
		for i, text := range stacked(said[at]) {
			fmt.Fprintf(s, `<text class="rel" text-anchor="%s" x="%d" y="%d">%s</text>`, anchor, x, y+boxHigh/2+lineAt(i), html.EscapeString(text))
		}
	}
}

// stacked are words one to a line; the last line holds what is left.
func stacked(words []string) []string {
	if len(words) <= mostLines {
		return words
	}
	return append(slices.Clone(words[:mostLines-1]), strings.Join(words[mostLines-1:], ", "))
}

// lineAt is how far below the arrow a line of words stands: above it first.
func lineAt(i int) int {
	if i < mostLines/2 {
		return -6 - lineHigh*i
	}
	return 14 + lineHigh*(i-mostLines/2)
}
