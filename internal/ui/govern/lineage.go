package govern

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// hereLineage is the navigation's item of the page of lineage.
const hereLineage = "/lineage"

// pageDepth is how many edges the page goes; the command goes further.
const pageDepth = 10

// LineageItem is the line of the navigation for lineage.
func LineageItem() kit.Item {
	return kit.Item{Name: "Lineage", Icon: kit.IconLineage, Path: hereLineage}
}

// walked is what the page of lineage shows.
type walked struct {
	Word      string // that the reader typed or followed
	Of        urn.URN
	Direction lineage.Direction
	Several   []lineage.Node // what the word may mean, when it means more than one thing
	Graph     lineage.Graph
	Picture   string // the graph as SVG
	Path      string
	Edges     []lineage.Edge // those of the graph that this page of the table lists
	Pages     kit.Pages
}

// lineageOf names what the page asks for, when it is told by its URN.
func lineageOf(r *http.Request, _ any) []route.Object {
	if u, err := urn.Parse(strings.TrimSpace(r.URL.Query().Get("of"))); err == nil {
		return route.On(u)
	}
	return nil
}

func (p *Pages) lineage(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx, q := r.Context(), r.URL.Query()
	v := walked{Word: strings.TrimSpace(q.Get("of")), Direction: lineage.Direction(q.Get("direction")), Path: kit.To(ctx, "lineage")}
	if v.Direction != lineage.Up && v.Direction != lineage.Down {
		v.Direction = lineage.Both
	}
	status := http.StatusOK
	var err error
	if v.Of, err = urn.Parse(v.Word); err != nil && v.Word != "" {
		found, err := p.Lineage.Named(ctx, v.Word)
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
		if len(found) == 1 {
			http.Redirect(w, r, v.link(found[0].URN, v.Direction), http.StatusSeeOther)
			return nil
		}
		if v.Several = found; len(found) == 0 {
			status = http.StatusNotFound
		}
	}
	if !v.Of.IsZero() {
		v.Graph, err = p.Lineage.Walk(ctx, lineage.Walk{Roots: []urn.URN{v.Of}, Direction: v.Direction, Depth: pageDepth})
		switch {
		case fault.Is(err, fault.NotFound):
			status = http.StatusNotFound
		case err != nil:
			return err
		default:
			v.Picture = draw(ctx, v)
			v.turn(kit.At(r))
		}
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Lineage", Here: hereLineage, Status: status}, lineageBody(v))
}

// link is the address of a thing's lineage.
func (v walked) link(u urn.URN, d lineage.Direction) string { return kit.With(v.Path, v.query(u, d)) }

func (v walked) query(u urn.URN, d lineage.Direction) url.Values {
	q := url.Values{"of": {u.String()}}
	if d != lineage.Both {
		q.Set("direction", string(d))
	}
	return q
}

// page is where a thing is looked at: its own page, or else its lineage.
func (v walked) page(ctx context.Context, u urn.URN) string {
	if href := kit.PageOf(ctx, u); href != "" {
		return href
	}
	return v.link(u, lineage.Both)
}

// turn turns to the page of the table that has the edge at; the nearest edges
// stand first. Behind the last it is the first page.
func (v *walked) turn(at int) {
	all := v.Graph.Edges
	if at >= len(all) {
		at = 0
	}
	v.Edges = all[at:min(at+perPage, len(all))]
	v.Pages = kit.Pages{At: at, Shown: len(v.Edges), Noun: "edges", Of: int64(len(all)), Known: true}
	if at > 0 {
		v.Pages.First = v.link(v.Of, v.Direction) + "#edges"
	}
	if next := at + perPage; next < len(all) {
		q := v.query(v.Of, v.Direction)
		q.Set("at", strconv.Itoa(next))
		v.Pages.Next = kit.With(v.Path, q) + "#edges"
	}
}

// called is what people call a thing.
func called(n lineage.Node) string {
	u := n.URN
	switch {
	case n.Name != "":
		return n.Name
	case u.Kind == "artifact" || u.Kind == "job" || u.Kind == "dataset":
		return u.Path[len(u.Path)-1]
	}
	parts := make([]string, len(u.Path))
	for i, p := range u.Path {
		parts[i] = kit.ShortID(p)
	}
	return strings.Join(parts, " ")
}

// note is what stands under a thing's name.
func note(n lineage.Node) string {
	switch {
	case !n.Deleted.IsZero():
		return "deleted"
	case len(n.Aliases) > 0:
		return "@" + strings.Join(n.Aliases, " @")
	case n.Name != "" && len(n.URN.Path) == 1:
		return kit.ShortID(n.URN.Name())
	case n.URN.Workspace != "":
		return "in " + n.URN.Workspace
	}
	return ""
}

// counts says how large the graph is.
func (v walked) counts() string {
	things, edges := "things", "edges"
	if len(v.Graph.Nodes) == 1 {
		things = "thing"
	}
	if len(v.Graph.Edges) == 1 {
		edges = "edge"
	}
	return format.Count(int64(len(v.Graph.Nodes))) + " " + things + ", " + format.Count(int64(len(v.Graph.Edges))) + " " + edges
}

// missing says what of the graph is not shown.
func (v walked) missing() string {
	var all []string
	if v.Graph.Rest > 0 {
		all = append(all, format.Count(int64(v.Graph.Rest))+" more things are not shown.")
	}
	if v.Graph.Deeper {
		all = append(all, "There is more beyond "+format.Count(pageDepth)+" edges.")
	}
	if v.Graph.Behind {
		all = append(all, "The graph is being built: some events are not in it yet.")
	}
	return strings.Join(all, " ")
}

func directionWord(d lineage.Direction) string {
	return map[lineage.Direction]string{lineage.Up: "Came from", lineage.Down: "Led to", lineage.Both: "Both"}[d]
}

// under says what a thing is, and what is to be known of it.
func under(n lineage.Node) string {
	if s := note(n); s != "" {
		return lineage.Noun(n.URN) + ", " + s
	}
	return lineage.Noun(n.URN)
}
