package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// Lineage are the use cases that this resource calls.
type Lineage interface {
	Walk(context.Context, lineage.Walk) (lineage.Graph, error)
	Named(ctx context.Context, word string) ([]lineage.Node, error)
	Report(ctx context.Context, body []byte) error
	Export(ctx context.Context, of urn.URN) ([]json.RawMessage, error)
	Rebuild(ctx context.Context, goOn bool) (lineage.Built, error)
}

// LineageNodeBody is one thing of the graph.
type LineageNodeBody struct {
	URN     string     `json:"urn" example:"tacit:model/churn/3"`
	Name    string     `json:"name,omitempty" doc:"that people gave it"`
	Digest  string     `json:"digest,omitempty"`
	Aliases []string   `json:"aliases,omitempty" doc:"that point at it now"`
	Actor   string     `json:"actor,omitempty" doc:"who made it, as a URN"`
	Depth   int        `json:"depth" doc:"edges from the nearest root, below 0 upwards"`
	First   *time.Time `json:"first,omitempty" doc:"when the first event about it was, of data the first that named it; absent for what was only named"`
	Event   string     `json:"event,omitempty" doc:"that event's id"`
	Deleted *time.Time `json:"deleted,omitempty"`
}

// LineageEdgeBody is one edge: data went from one thing to another.
type LineageEdgeBody struct {
	From     string    `json:"from" doc:"URN of the source"`
	To       string    `json:"to" doc:"URN of what was made of it"`
	Relation string    `json:"relation" doc:"as the event asserted it" example:"used"`
	Event    string    `json:"event" doc:"id of the first event that asserted it"`
	Time     time.Time `json:"time"`
}

// LineageBody is what a walk found.
type LineageBody struct {
	Of     []string          `json:"of" nullable:"false" doc:"where the walk began"`
	Nodes  []LineageNodeBody `json:"nodes" nullable:"false" doc:"by distance"`
	Edges  []LineageEdgeBody `json:"edges" nullable:"false"`
	Rest   int               `json:"rest" doc:"things within the depth beyond the 2,000 given"`
	Least  bool              `json:"rest_at_least,omitempty" doc:"there are more than rest says"`
	Deeper bool              `json:"deeper,omitempty" doc:"there is more beyond the depth"`
	Behind bool              `json:"behind,omitempty" doc:"events that happened are not yet in the graph"`
}

// LineageBuiltBody tells how large the graph is.
type LineageBuiltBody struct {
	Nodes  int64 `json:"nodes"`
	Edges  int64 `json:"edges"`
	Behind bool  `json:"behind,omitempty" doc:"it is not whole yet: ask again with continue"`
}

type walkInput struct {
	Of        []string `query:"of,explode" nullable:"false" required:"true" minItems:"1" maxItems:"20" doc:"URN of a thing; given again for more"`
	Direction string   `query:"direction" enum:"up,down,both" default:"both" doc:"up: what it came from; down: what was built on it"`
	Depth     int      `query:"depth" minimum:"1" maximum:"50" default:"20" doc:"edges to go"`
}

type wordsInput struct {
	Word []string `query:"word,explode" nullable:"false" required:"true" minItems:"1" maxItems:"5" doc:"URN, id of a run or a logged model or its beginning, models:/name/version, models:/name@alias, or a digest"`
}

type exportInput struct {
	Of string `query:"of" required:"true" maxLength:"4096" doc:"URN of a thing"`
}

type rebuildInput struct {
	Continue bool `query:"continue" doc:"go on where the call before stopped, instead of from the first event"`
}

type reportInput struct {
	Body json.RawMessage `doc:"as https://openlineage.io/spec/2-0-2/OpenLineage.json describes it"`
}

func (f *face) lineage() {
	of := target{objects: func(r *http.Request, _ []byte) []route.Object {
		var all []route.Object
		for _, word := range r.URL.Query()["of"] {
			if u, err := urn.Parse(word); err == nil { // what is none is refused where it is read
				all = append(all, route.On(u)...)
			}
		}
		return all
	}}
	add(f, operation{"GET", "/lineage", "walk-lineage", "What things came from, and what was built on them", "lineage.read", of, 0}, f.walkLineage)
	add(f, operation{"POST", "/lineage", "report-lineage", "Take an event of OpenLineage 2-0-2: of a run, a job or a dataset", "lineage.create", whole, http.StatusCreated}, f.reportLineage)
	add(f, operation{"GET", "/lineage/things", "find-lineage", "The things that words may mean", "lineage.list", listed, 0}, f.findLineage)
	add(f, operation{"GET", "/lineage/openlineage", "export-lineage", "The events of a thing in the words of OpenLineage, the oldest first", "lineage.read", of, 0}, f.exportLineage)
	add(f, operation{"POST", "/lineage/rebuild", "rebuild-lineage", "Build the graph of all workspaces anew from the event log", "lineage.rebuild", whole, http.StatusOK}, f.rebuildLineage)
}

func (f *face) walkLineage(ctx context.Context, in *walkInput) (*output[LineageBody], error) {
	w := lineage.Walk{Direction: lineage.Direction(in.Direction), Depth: in.Depth}
	for _, word := range in.Of {
		u, err := parseURN(word)
		if err != nil {
			return nil, err
		}
		w.Roots = append(w.Roots, u)
	}
	g, err := f.Lineage.Walk(ctx, w)
	return &output[LineageBody]{lineageBody(g)}, err
}

func parseURN(word string) (urn.URN, error) {
	u, err := urn.Parse(word)
	if err != nil {
		return u, fault.WithHint(fault.New(fault.Invalid, "%q is not a URN.", word), "write it as tacit:run/<id>; /lineage/things finds it by other words")
	}
	return u, nil
}

func (f *face) reportLineage(ctx context.Context, in *reportInput) (*changed, error) {
	return &changed{}, f.Lineage.Report(ctx, in.Body)
}

func (f *face) findLineage(ctx context.Context, in *wordsInput) (*output[Page[LineageNodeBody]], error) {
	var all []lineage.Node
	seen := map[string]bool{}
	for _, word := range in.Word {
		found, err := f.Lineage.Named(ctx, word)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			if name := n.URN.String(); !seen[name] {
				seen[name] = true
				all = append(all, n)
			}
		}
	}
	return pageOf(all, "", lineageNodeBody), nil
}

func (f *face) exportLineage(ctx context.Context, in *exportInput) (*output[Page[json.RawMessage]], error) {
	u, err := parseURN(in.Of)
	if err != nil {
		return nil, err
	}
	all, err := f.Lineage.Export(ctx, u)
	return pageOf(all, "", func(raw json.RawMessage) json.RawMessage { return raw }), err
}

func (f *face) rebuildLineage(ctx context.Context, in *rebuildInput) (*output[LineageBuiltBody], error) {
	b, err := f.Lineage.Rebuild(ctx, in.Continue)
	return &output[LineageBuiltBody]{LineageBuiltBody(b)}, err
}

func lineageBody(g lineage.Graph) LineageBody {
	b := LineageBody{Of: []string{}, Nodes: make([]LineageNodeBody, len(g.Nodes)), Edges: make([]LineageEdgeBody, len(g.Edges)),
		Rest: g.Rest, Least: g.Least, Deeper: g.Deeper, Behind: g.Behind}
	for i, n := range g.Nodes {
		b.Nodes[i] = lineageNodeBody(n)
		if i < g.Roots {
			b.Of = append(b.Of, b.Nodes[i].URN)
		}
	}
	for i, e := range g.Edges {
		b.Edges[i] = LineageEdgeBody{b.Nodes[e.From].URN, b.Nodes[e.To].URN, string(e.Relation), e.Event, e.Time}
	}
	return b
}

func lineageNodeBody(n lineage.Node) LineageNodeBody {
	b := LineageNodeBody{URN: n.URN.String(), Name: n.Name, Digest: n.Digest, Aliases: n.Aliases, Actor: n.Actor.String(), Depth: n.Depth, Event: n.Event}
	if !n.First.IsZero() {
		b.First = &n.First
	}
	if !n.Deleted.IsZero() {
		b.Deleted = &n.Deleted
	}
	return b
}
