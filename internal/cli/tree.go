package cli

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// tree prints a graph: each thing under what leads to it, its URN last.
type tree struct {
	graph rest.LineageBody
	nodes map[string]rest.LineageNodeBody
	up    map[string][]branch // from a thing to its sources
	down  map[string][]branch // from a thing to what was made of it
	lines [][2]string
}

// branch leads on from a thing.
type branch struct {
	to    string
	words []string // the relations between the two
}

func newTree(g rest.LineageBody) *tree {
	t := &tree{graph: g, nodes: map[string]rest.LineageNodeBody{}, up: map[string][]branch{}, down: map[string][]branch{}}
	for _, n := range g.Nodes {
		t.nodes[n.URN] = n
	}
	for _, e := range g.Edges {
		r := event.Relation(e.Relation)
		// An edge belongs to the way that found it: the farther end says which.
		if t.nodes[e.From].Depth < 0 || t.nodes[e.To].Depth <= 0 {
			t.up[e.To] = grown(t.up[e.To], e.From, lineage.Word(r, false))
			continue
		}
		t.down[e.From] = grown(t.down[e.From], e.To, lineage.Word(r, true))
	}
	return t
}

// grown adds a branch, or a word to the one that leads there.
func grown(all []branch, to, word string) []branch {
	for i, b := range all {
		if b.to == to {
			if !slices.Contains(b.words, word) {
				all[i].words = append(b.words, word)
				slices.Sort(all[i].words)
			}
			return all
		}
	}
	return append(all, branch{to, []string{word}})
}

func (t *tree) print(out *terminal) {
	for _, of := range t.graph.Of {
		t.lines = append(t.lines, [2]string{t.called(of), of})
		for _, way := range []struct {
			title string
			next  map[string][]branch
		}{{"came from", t.up}, {"led to", t.down}} {
			if len(way.next[of]) > 0 {
				t.lines = append(t.lines, [2]string{"  " + way.title})
				t.grow(of, way.next, 2, map[string]bool{of: true})
			}
		}
	}
	wide := 0
	for _, l := range t.lines {
		if l[1] != "" {
			wide = max(wide, utf8.RuneCountInString(l[0]))
		}
	}
	for _, l := range t.lines {
		if l[1] == "" {
			out.say("%s", l[0])
			continue
		}
		out.say("%s%s  %s", l[0], strings.Repeat(" ", wide-utf8.RuneCountInString(l[0])), l[1])
	}
}

// grow prints what lies behind a thing. What was printed before is named again
// without what lies behind it.
func (t *tree) grow(of string, next map[string][]branch, depth int, printed map[string]bool) {
	branches := next[of]
	slices.SortStableFunc(branches, func(a, b branch) int {
		return cmp.Or(strings.Compare(a.words[0], b.words[0]), strings.Compare(a.to, b.to))
	})
	for _, b := range branches {
		line := strings.Repeat("  ", depth) + strings.Join(b.words, ", ") + "  " + t.called(b.to)
		again := printed[b.to]
		if again && len(next[b.to]) > 0 {
			line += "  see above"
		}
		t.lines = append(t.lines, [2]string{line, b.to})
		if !again {
			printed[b.to] = true
			t.grow(b.to, next, depth+1, printed)
		}
	}
}

// called is a thing in words: noun, name, aliases, and whether it is deleted.
func (t *tree) called(name string) string {
	n := t.nodes[name]
	u, err := urn.Parse(name)
	if err != nil {
		return name
	}
	words := []string{lineage.Noun(u)}
	switch {
	case n.Name != "":
		words = append(words, n.Name)
	case u.Kind == "artifact" || u.Kind == "job" || u.Kind == "dataset":
		words = append(words, u.Path[len(u.Path)-1])
	case u.Kind == "model" || isPerson(u):
		words = append(words, strings.Join(u.Path, " "))
	}
	line := strings.Join(words, " ")
	for _, a := range n.Aliases {
		line += "  @" + a
	}
	if n.Deleted != nil {
		line += "  deleted"
	}
	return line
}

func isPerson(u urn.URN) bool { return u.Kind == "user" || u.Kind == "service" || u.Kind == "system" }
