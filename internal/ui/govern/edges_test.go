package govern

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

var word = regexp.MustCompile(`<text class="rel"[^>]* y="(-?\d+)">([^<]*)</text>`)

// TestWordsOfEdges: however many lines end at the topmost box, no word is above
// the picture, none covers another, and each stands there once.
func TestWordsOfEdges(t *testing.T) {
	var g lineage.Graph
	boxes, of := []box{{lane: 1}}, []int{0}
	for i, relation := range []event.Relation{"used", "produced", "version-of", "derived-from", "caused-by", "used", "produced"} {
		boxes, of = append(boxes, box{lane: 0, row: i}), append(of, i+1)
		g.Edges = append(g.Edges, lineage.Edge{From: i + 1, To: 0, Relation: relation})
	}
	var s strings.Builder
	drawEdges(&s, links(g, boxes, of))
	heights, said := map[int]bool{}, ""
	for _, m := range word.FindAllStringSubmatch(s.String(), -1) {
		y, err := strconv.Atoi(m[1])
		if err != nil || y < 11 || heights[y] {
			t.Errorf("%q stands at %d", m[2], y)
		}
		heights[y], said = true, said+m[2]+"; "
	}
	if want := "used; produced; version-of; derived-from, caused-by; "; said != want {
		t.Errorf("the words are %q, want %q", said, want)
	}
}

// TestLinesInALane: neighbours are joined by a straight line, others around the
// right side, the farther the wider.
func TestLinesInALane(t *testing.T) {
	for _, c := range []struct {
		l    link
		want string
	}{
		{link{from: box{row: 0}, to: box{row: 1}}, `d="M50 66V81"`},
		{link{from: box{row: 1}, to: box{row: 0}}, `d="M134 86V71"`},
		{link{from: box{row: 0}, to: box{row: 2}}, `d="M176 37C228 37 228 193 181 193"`},
		{link{from: box{row: 0}, to: box{row: 3}}, `d="M176 37C240 37 240 271 181 271"`},
	} {
		var s strings.Builder
		if c.l.draw(&s); !strings.Contains(s.String(), c.want) {
			t.Errorf("drawn as %s, want %s", s.String(), c.want)
		}
	}
}

// TestManyLanesStandCloser: four lanes are as wide as a page, more stand closer and
// say how many they are, so that five and six are drawn smaller where there is room.
func TestManyLanesStandCloser(t *testing.T) {
	for lanes, want := range map[int]string{
		1: `<svg class="lanes-1" width="184" `, 4: `<svg class="lanes-4" width="988" `, 5: `<svg class="lanes-5" width="1184" `, 6: `<svg class="lanes-6" width="1434" `,
	} {
		var g lineage.Graph
		for i := range lanes {
			g.Nodes = append(g.Nodes, lineage.Node{URN: urn.New("run", strconv.Itoa(i)), Depth: i})
		}
		g.Roots = 1
		if got := draw(t.Context(), walked{Graph: g}); !strings.HasPrefix(got, want) {
			t.Errorf("%d lanes are drawn as %.80s", lanes, got)
		}
	}
}
