package lineage

import (
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Writing. Marks and aliases go by the position of the event that last set
// them, so that an event which comes again changes nothing.
const (
	nextID = `
INSERT INTO lineage_counter (workspace, last) VALUES ($1, 1)
ON CONFLICT (workspace) DO UPDATE SET last = lineage_counter.last + 1 RETURNING last`

	selectID = `SELECT id FROM lineage_node WHERE workspace = $1 AND urn = $2`

	insertNode = `
INSERT INTO lineage_node (workspace, id, urn, kind, name, digest, actor, within, event, time, position, made, deleted, marked)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0)`

	beginNode = `UPDATE lineage_node SET event = $3, time = $4 WHERE workspace = $1 AND id = $2 AND event = ''`

	selectBegun = `SELECT count(*) FROM lineage_node WHERE workspace = $1 AND urn = $2 AND event <> '' AND time < $3`

	selectMade = `SELECT count(*) FROM lineage_node WHERE workspace = $1 AND urn = $2 AND made > 0 AND made < $3`

	nameNode = `UPDATE lineage_node SET name = $3 WHERE workspace = $1 AND id = $2 AND name <> $3`

	setName = `
INSERT INTO lineage_name (workspace, node, giver, name, position) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, node, giver) DO UPDATE SET name = excluded.name, position = excluded.position
WHERE lineage_name.position < excluded.position`

	// madeNode goes by the first event that made a node, also where it no longer tells
	// who did.
	madeNode = `
UPDATE lineage_node SET actor = $3, within = $4, made = $5 WHERE workspace = $1 AND id = $2 AND made = 0`

	digestNode = `UPDATE lineage_node SET digest = $3 WHERE workspace = $1 AND id = $2 AND digest <> $3`

	markNode = `
UPDATE lineage_node SET deleted = $3, marked = $4 WHERE workspace = $1 AND urn = $2 AND marked < $4`

	// markBelow marks what lies below a path: its URNs come from $2 up to $3.
	markBelow = `
UPDATE lineage_node SET deleted = $4, marked = $5
WHERE workspace = $1 AND urn >= $2 AND urn < $3 AND marked < $5`

	markWithin = `
UPDATE lineage_node SET deleted = $3, marked = $4
WHERE workspace = $1 AND within = $2 AND within <> '' AND marked < $4`

	selectBelow = `
SELECT id, urn, name FROM lineage_node
WHERE workspace = $1 AND urn >= $2 AND urn < $3 AND position < $4 AND marked < $4 AND deleted = 0 ORDER BY urn`

	insertEdge = `
INSERT INTO lineage_edge (workspace, source, target, relation, event, time) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING`

	setAlias = `
INSERT INTO lineage_alias (workspace, model, alias, node, position) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, model, alias) DO UPDATE SET node = excluded.node, position = excluded.position
WHERE lineage_alias.position < excluded.position`

	removeAlias = `DELETE FROM lineage_alias WHERE workspace = $1 AND model = $2 AND alias = $3 AND position < $4`

	removeAliasesOfNode = `DELETE FROM lineage_alias WHERE workspace = $1 AND node = $2 AND position < $3`

	removeAliasesOfModel = `DELETE FROM lineage_alias WHERE workspace = $1 AND model = $2 AND position < $3`

	// selectPointing is what points at a node by a model's own name.
	selectPointing = `
SELECT alias FROM lineage_alias WHERE workspace = $1 AND model = $2 AND node = $3 AND position < $4 ORDER BY alias`
)

// Clearing, before the graph is built anew.
const (
	clearNodes    = `DELETE FROM lineage_node`
	clearEdges    = `DELETE FROM lineage_edge`
	clearNames    = `DELETE FROM lineage_name`
	clearAliases  = `DELETE FROM lineage_alias`
	clearCounters = `DELETE FROM lineage_counter`
)

// Reading.
const (
	countGraph = `SELECT (SELECT count(*) FROM lineage_node), (SELECT count(*) FROM lineage_edge)`

	// selectBeside is what used or made a thing in its workspace, the last that was
	// first named first.
	selectBeside = `
SELECT n.urn FROM lineage_node n WHERE n.workspace = $1 AND n.urn NOT LIKE 'tacit:@%' AND n.id IN (
  SELECT e.target FROM lineage_edge e WHERE e.workspace = $1 AND e.source = $2
  UNION SELECT e.source FROM lineage_edge e WHERE e.workspace = $1 AND e.target = $2)
ORDER BY n.id DESC LIMIT $3`

	// selectFirst is who used or made a thing in its workspace, with the event that
	// says so, the first first.
	selectFirst = `
SELECT n.urn, a.event, a.time FROM (
  SELECT e.target AS other, e.event, e.time FROM lineage_edge e WHERE e.workspace = $1 AND e.source = $2
  UNION ALL SELECT e.source, e.event, e.time FROM lineage_edge e WHERE e.workspace = $1 AND e.target = $2) a
JOIN lineage_node n ON n.workspace = $1 AND n.id = a.other
WHERE n.urn NOT LIKE 'tacit:@%' ORDER BY a.time, a.event LIMIT $3`

	// selectNames are the names that a thing was given, with who gave them, the
	// last first.
	selectNames = `
SELECT n.urn, g.name FROM lineage_name g JOIN lineage_node n ON n.workspace = g.workspace AND n.id = g.giver
WHERE g.workspace = $1 AND g.node = $2 ORDER BY g.position DESC, g.giver LIMIT $3`

	selectAlias = `
SELECT n.urn FROM lineage_alias a
JOIN lineage_node m ON m.workspace = a.workspace AND m.id = a.model
JOIN lineage_node n ON n.workspace = a.workspace AND n.id = a.node
WHERE a.workspace = $1 AND m.urn = $2 AND a.alias = $3`
)

// found is a node as it lies in the table.
type found struct {
	id   int64
	node Node
}

// scanFound reads a node. A URN is relative to the workspace it lies in.
func scanFound(s rows.Scanner) (f found, err error) {
	var (
		name, actor   string
		first, erased int64
	)
	if err := s.Scan(&f.id, &name, &f.node.Name, &f.node.Digest, &actor, &f.node.Event, &first, &erased); err != nil {
		return f, err
	}
	return f, f.fill(name, actor, first, erased)
}

func (f *found) fill(name, actor string, first, erased int64) (err error) {
	if first != 0 {
		f.node.First = time.UnixMicro(first).UTC()
	}
	if erased != 0 {
		f.node.Deleted = time.UnixMicro(erased).UTC()
	}
	if actor != "" {
		if f.node.Actor, err = urn.Parse(actor); err != nil {
			return err
		}
	}
	f.node.URN, err = urn.Parse(name)
	return err
}

// step is one edge of a walk with the node that it leads to.
type step struct {
	from     int64 // the node that the walk came from
	relation event.Relation
	event    string
	time     time.Time
	found
}

func scanStep(s rows.Scanner) (t step, err error) {
	var (
		name, actor           string
		asserted, first, gone int64
	)
	err = s.Scan(&t.from, &t.relation, &t.event, &asserted, &t.id, &name, &t.node.Name, &t.node.Digest, &actor, &t.node.Event, &first, &gone)
	if err != nil {
		return t, err
	}
	t.time = time.UnixMicro(asserted).UTC()
	return t, t.fill(name, actor, first, gone)
}

// given is a name and who gave it.
type given struct{ giver, name string }

func scanGiven(s rows.Scanner) (g given, err error) { return g, s.Scan(&g.giver, &g.name) }

// asserted is who asserted an edge, by which event and when.
type asserted struct {
	by    string
	event string
	time  time.Time
}

func scanAsserted(s rows.Scanner) (a asserted, err error) {
	var at int64
	err = s.Scan(&a.by, &a.event, &at)
	a.time = time.UnixMicro(at).UTC()
	return a, err
}

// child is a thing whose URN lies below another's.
type child struct {
	id   int64
	urn  urn.URN
	name string
}

func scanChild(s rows.Scanner) (c child, err error) {
	var name string
	if err := s.Scan(&c.id, &name, &c.name); err != nil {
		return c, err
	}
	c.urn, err = urn.Parse(name)
	return c, err
}

// told is what this room reads of the data of other rooms' events.
type told struct {
	Name       string            `json:"name,omitempty"`
	SHA256     string            `json:"sha256,omitempty"`
	Experiment string            `json:"experiment,omitempty"`
	Datasets   map[string]string `json:"datasets,omitempty"`
	Alias      string            `json:"alias,omitempty"`
}
