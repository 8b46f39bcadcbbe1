package lineage

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// catchUpTime is how long a walk waits for events that happened before it.
const catchUpTime = 2 * time.Second

// fewNeighbours is how many things are looked at first to know whether there are
// any beyond the depth.
const fewNeighbours = 50

// Walk walks from the roots that the caller may see. fault.NotFound when one is
// not there, fault.Unavailable when it may be among what the graph has not taken up, fault.Invalid for a walk beyond the limits.
func (s *Service) Walk(ctx context.Context, w Walk) (_ Graph, err error) {
	defer fault.Wrap(&err, "lineage.Walk(%v)", w.Roots)
	if w.Depth == 0 {
		w.Depth = DefaultDepth
	}
	switch {
	case len(w.Roots) == 0 || len(w.Roots) > MaxRoots:
		return Graph{}, fault.New(fault.Invalid, "A walk begins at 1 to %d things, and %d were named.", MaxRoots, len(w.Roots))
	case w.Depth < 0 || w.Depth > MaxDepth:
		return Graph{}, fault.New(fault.Invalid, "A walk goes 1 to %d edges far, not %d.", MaxDepth, w.Depth)
	}
	behind, err := s.catchUp(ctx)
	if err != nil {
		return Graph{}, err
	}
	k := &walker{service: s, here: caller.Workspace(ctx), at: map[key]int{}, edges: map[edgeKey]bool{}, counted: map[key]bool{}}
	k.graph.Behind = behind
	roots, err := k.begin(ctx, w.Roots)
	if behind && fault.Is(err, fault.NotFound) {
		return Graph{}, takingUp(err)
	}
	if err != nil {
		return Graph{}, err
	}
	both := w.Direction == "" || w.Direction == Both
	for _, d := range []Direction{Up, Down} {
		if both || w.Direction == d {
			k.limit = MaxNodes
			if both && d == Up {
				k.limit = MaxNodes / 2 // what was built on the roots has its place as well
			}
			if err := k.walk(ctx, roots, d, w.Depth); err != nil {
				return Graph{}, err
			}
		}
	}
	if err := k.aliases(ctx); err != nil {
		return Graph{}, err
	}
	return k.graph, nil
}

// catchUp takes what happened before now into the graph. It reports whether it
// had to give up waiting.
func (s *Service) catchUp(ctx context.Context) (behind bool, err error) {
	short, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	err = s.Events.CatchUp(short, subscriber)
	if err != nil && ctx.Err() == nil && errors.Is(short.Err(), context.DeadlineExceeded) {
		return true, nil
	}
	return false, err
}

// takingUp says that something may be there that the graph does not know yet.
func takingUp(cause error) error {
	return fault.After(fault.Because(cause, fault.Unavailable, "The graph is still taking up what happened."), catchUpTime)
}

// key is a node of the whole graph: workspaces number their own.
type key struct {
	workspace string
	id        int64
}

// edgeKey is an edge of a walk, by the indexes of its nodes.
type edgeKey struct {
	from, to int
	relation string
}

// walker is one walk.
type walker struct {
	service *Service
	here    string // the workspace that asks
	graph   Graph
	keys    []key       // of graph.Nodes
	at      map[key]int // index in graph.Nodes
	edges   map[edgeKey]bool
	counted map[key]bool // nodes that are not given
	limit   int          // nodes that may be given
}

// begin finds the roots.
func (k *walker) begin(ctx context.Context, named []urn.URN) ([]int, error) {
	var roots []int
	for _, u := range named {
		u = local(u, k.here)
		workspace := cmp.Or(u.Workspace, k.here)
		f, err := k.service.find(ctx, workspace, u.In(""))
		if err != nil {
			return nil, err
		}
		if _, twice := k.at[key{workspace, f.id}]; !twice {
			roots = append(roots, k.add(workspace, f, 0))
		}
	}
	k.graph.Roots = len(roots)
	return roots, nil
}

// add puts a node into the graph.
func (k *walker) add(workspace string, f found, depth int) int {
	i := len(k.graph.Nodes)
	f.node.Depth = depth
	if workspace != k.here {
		f.node.URN = f.node.URN.In(workspace)
	}
	k.graph.Nodes = append(k.graph.Nodes, f.node)
	k.keys = append(k.keys, key{workspace, f.id})
	k.at[key{workspace, f.id}] = i
	return i
}

// walk goes one way, level by level: one statement a level and workspace.
func (k *walker) walk(ctx context.Context, roots []int, d Direction, depth int) error {
	sign := 1
	if d == Up {
		sign = -1
	}
	level, rest := roots, map[string][]int64{}
	been := map[int]bool{}
	for _, i := range roots {
		been[i] = true
	}
	for n := 1; n <= depth && (len(level) > 0 || len(rest) > 0); n++ {
		var next []int
		beyond := map[string][]int64{}
		for _, workspace := range k.workspaces(level) {
			steps, err := k.service.steps(ctx, workspace, k.of(level, workspace), d)
			if err != nil {
				return err
			}
			if n == 1 && d == Down {
				made, err := k.made(ctx, workspace, level)
				if err != nil {
					return err
				}
				steps = append(steps, made...)
			}
			for _, t := range steps {
				found, err := k.take(ctx, workspace, t, d, sign*n, beyond)
				if err != nil {
					return err
				}
				if found >= 0 && !been[found] {
					been[found] = true
					next = append(next, found)
				}
			}
		}
		if err := k.count(ctx, rest, d, beyond); err != nil {
			return err
		}
		level, rest = next, beyond
	}
	return k.look(ctx, level, rest, d)
}

// take adds what a step found, and gives its index; -1 when it is only counted
// or may not be seen.
func (k *walker) take(ctx context.Context, workspace string, t step, d Direction, depth int, beyond map[string][]int64) (int, error) {
	from := k.at[key{workspace, t.from}]
	if t.node.URN.Workspace != "" { // a thing of another workspace, as this one names it
		other := t.node.URN.Workspace
		f, err := k.service.find(ctx, other, t.node.URN.In(""))
		if fault.Is(err, fault.NotFound) {
			return -1, nil
		}
		if err != nil {
			return -1, err
		}
		workspace, t.found = other, f
	}
	to, known := k.at[key{workspace, t.id}]
	if !known {
		if len(k.graph.Nodes) >= k.limit {
			k.note(workspace, t.id, beyond)
			return -1, nil
		}
		to = k.add(workspace, t.found, depth)
	}
	if to == from { // a thing of which its own name is told in another way
		return -1, nil
	}
	e := Edge{From: from, To: to, Relation: t.relation, Event: t.event, Time: t.time}
	if d == Up {
		e.From, e.To = to, from
	}
	if same := (edgeKey{e.From, e.To, string(e.Relation)}); !k.edges[same] {
		k.edges[same] = true
		k.graph.Edges = append(k.graph.Edges, e)
	}
	return to, nil
}

// note counts a node that is not given, once.
func (k *walker) note(workspace string, id int64, beyond map[string][]int64) {
	at := key{workspace, id}
	if _, given := k.at[at]; given || k.counted[at] {
		return
	}
	if k.graph.Rest >= maxCounted {
		k.graph.Least = true
		return
	}
	k.counted[at] = true
	k.graph.Rest++
	beyond[workspace] = append(beyond[workspace], id)
}

// count goes on from nodes that are not given, and only counts.
func (k *walker) count(ctx context.Context, rest map[string][]int64, d Direction, beyond map[string][]int64) error {
	for workspace, ids := range rest {
		more, err := k.service.neighbours(ctx, workspace, ids, d, 2*maxCounted)
		if err != nil {
			return err
		}
		for _, id := range more {
			k.note(workspace, id, beyond)
		}
	}
	return nil
}

// look sees whether there is more beyond the last level.
func (k *walker) look(ctx context.Context, level []int, rest map[string][]int64, d Direction) error {
	for _, i := range level {
		rest[k.keys[i].workspace] = append(rest[k.keys[i].workspace], k.keys[i].id)
	}
	for workspace, ids := range rest {
		for _, limit := range []int{fewNeighbours, maxCounted} { // nearly always the first few tell
			more, err := k.service.neighbours(ctx, workspace, ids, d, limit)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(more, func(id int64) bool {
				_, given := k.at[key{workspace, id}]
				return !given && !k.counted[key{workspace, id}]
			}) {
				k.graph.Deeper = true
				return nil
			}
			if len(more) < limit {
				break
			}
		}
	}
	return nil
}

// made are the things that those of a level made who are people or services:
// an edge that every event asserts by its actor.
func (k *walker) made(ctx context.Context, workspace string, level []int) ([]step, error) {
	var all []step
	for _, i := range level {
		if k.keys[i].workspace != workspace || !isActor(k.graph.Nodes[i].URN) {
			continue
		}
		steps, err := k.service.madeBy(ctx, workspace, k.graph.Nodes[i].URN.In(""), k.keys[i].id)
		if err != nil {
			return nil, err
		}
		all = append(all, steps...)
	}
	return all, nil
}

// workspaces are those of the nodes of a level, sorted.
func (k *walker) workspaces(level []int) []string {
	var all []string
	for _, i := range level {
		all = append(all, k.keys[i].workspace)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// of are the ids of a level's nodes in a workspace.
func (k *walker) of(level []int, workspace string) []int64 {
	var ids []int64
	for _, i := range level {
		if k.keys[i].workspace == workspace {
			ids = append(ids, k.keys[i].id)
		}
	}
	return ids
}

// aliases fills in which aliases point at the nodes.
func (k *walker) aliases(ctx context.Context) error {
	level := make([]int, len(k.graph.Nodes))
	for i := range level {
		level[i] = i
	}
	type pointing struct {
		id    int64
		alias string
	}
	d := k.service.DB.Dialect()
	for _, workspace := range k.workspaces(level) {
		all, err := rows.Collect(ctx, k.service.DB.Read(), func(row rows.Scanner) (p pointing, err error) { return p, row.Scan(&p.id, &p.alias) },
			aliasesOf+rows.Listed[int64](d, 2)+" ORDER BY alias", workspace, rows.List(d, k.of(level, workspace)))
		if err != nil {
			return err
		}
		for _, p := range all {
			n := &k.graph.Nodes[k.at[key{workspace, p.id}]]
			n.Aliases = append(n.Aliases, p.alias)
		}
	}
	return nil
}
