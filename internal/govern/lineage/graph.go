package lineage

import (
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Direction says which way a walk goes.
type Direction string

// The directions.
const (
	Up   Direction = "up"   // what it came from
	Down Direction = "down" // what was built on it
	Both Direction = "both" // up, and down, from the roots
)

// Limits of a walk.
const (
	MaxRoots     = 20     // things that one walk begins at
	MaxDepth     = 50     // edges from a root
	DefaultDepth = 20     //
	MaxNodes     = 2000   // nodes that a walk gives; the rest is counted
	maxCounted   = 50_000 // nodes that are counted beyond them
)

// Node is a thing in the graph.
type Node struct {
	URN     urn.URN   // as seen from the workspace that asked
	Name    string    // that people gave it, "" for none
	Digest  string    // of its bytes, "" when no event told one
	Aliases []string  // that point at it now, sorted
	Actor   urn.URN   // who made it; zero when no event told
	Event   string    // the first that was about it, of data the first that named it; "" for none
	First   time.Time // when that was, zero for none
	Deleted time.Time // zero while it is there
	Depth   int       // edges from the nearest root; below 0 upwards
}

// Edge says that data went from one node to another.
type Edge struct {
	From, To int            // indexes in Graph.Nodes: the source, and what was made of it
	Relation event.Relation // that the event asserted
	Event    string         // the first event that asserted it
	Time     time.Time      // of that event
}

// Graph is what a walk found.
type Graph struct {
	Nodes  []Node // by distance from the roots, those first
	Edges  []Edge
	Roots  int  // how many of Nodes are roots
	Rest   int  // nodes within the depth that are not given
	Least  bool // Rest is at least so many: counting ended there
	Deeper bool // there is more beyond the depth
	Behind bool // events that happened are not yet in the graph
}

// Walk says what to walk.
type Walk struct {
	Roots     []urn.URN // 1 to MaxRoots
	Direction Direction // "" is Both
	Depth     int       // 0 is DefaultDepth
}

// fromEnd reports whether data goes from the end of a link to its subject: the
// subject used the end. Else the subject made the end.
func fromEnd(r event.Relation) bool { return r != event.Produced && r != event.DeployedAs }
