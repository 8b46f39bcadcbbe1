package lineage

import "github.com/tacit-ml/tacit/internal/foundation/rows"

// What gives the graph of a workspace to another.
const (
	selectDerived = `
SELECT s.urn, t.urn FROM lineage_node s
JOIN lineage_edge e ON e.workspace = s.workspace AND e.source = s.id
JOIN lineage_node t ON t.workspace = e.workspace AND t.id = e.target
WHERE s.workspace = $1 AND s.urn >= $2 AND s.urn < $3 AND e.relation = 'derived-from' AND t.kind = 'experiment'`

	selectOthers = `SELECT workspace FROM lineage_counter WHERE workspace <> $1 ORDER BY workspace`

	selectNamed = `SELECT id, urn, name FROM lineage_node WHERE workspace = $1 AND urn >= $2 AND urn < $3 ORDER BY urn`

	renameNode = `UPDATE lineage_node SET urn = $3 WHERE workspace = $1 AND id = $2`

	copySources = `
INSERT INTO lineage_edge (workspace, source, target, relation, event, time)
SELECT workspace, $3, target, relation, event, time FROM lineage_edge WHERE workspace = $1 AND source = $2 AND target <> $3
ON CONFLICT DO NOTHING`

	copyTargets = `
INSERT INTO lineage_edge (workspace, source, target, relation, event, time)
SELECT workspace, source, $3, relation, event, time FROM lineage_edge WHERE workspace = $1 AND target = $2 AND source <> $3
ON CONFLICT DO NOTHING`

	deleteEdgesOf = `DELETE FROM lineage_edge WHERE workspace = $1 AND (source = $2 OR target = $2)`

	deleteNode = `DELETE FROM lineage_node WHERE workspace = $1 AND id = $2`

	selectNodes = `
SELECT id, urn, name, digest, actor, within, event, time, position, made, deleted, marked
FROM lineage_node WHERE workspace = $1 AND id > $2 ORDER BY id LIMIT $3`

	// fillNode adds what one workspace knew of a thing to what another does: who
	// made it, the first event that named it, and the last that marked it.
	fillNode = `
UPDATE lineage_node SET
  name = CASE WHEN name = '' THEN $3 ELSE name END,
  digest = CASE WHEN digest = '' THEN $4 ELSE digest END,
  actor = CASE WHEN made = 0 THEN $5 ELSE actor END,
  within = CASE WHEN within = '' THEN $6 ELSE within END,
  event = CASE WHEN event = '' OR position > $9 AND $7 <> '' THEN $7 ELSE event END,
  time = CASE WHEN event = '' OR position > $9 AND $7 <> '' THEN $8 ELSE time END,
  position = CASE WHEN position > $9 THEN $9 ELSE position END,
  made = CASE WHEN made = 0 THEN $12 ELSE made END,
  deleted = CASE WHEN marked < $11 THEN $10 ELSE deleted END,
  marked = CASE WHEN marked < $11 THEN $11 ELSE marked END
WHERE workspace = $1 AND id = $2`

	selectEdges = `SELECT source, target, relation, event, time FROM lineage_edge WHERE workspace = $1 ORDER BY source, target, relation`

	selectAliases = `SELECT model, node, alias, position FROM lineage_alias WHERE workspace = $1 ORDER BY model, alias`

	selectGiven = `SELECT node, giver, name, position FROM lineage_name WHERE workspace = $1 ORDER BY node, giver`

	selectActors = `SELECT urn FROM lineage_node WHERE workspace = $1 AND kind IN ('user', 'service', 'system') ORDER BY urn`

	dropNames   = `DELETE FROM lineage_name WHERE workspace = $1`
	dropAliases = `DELETE FROM lineage_alias WHERE workspace = $1`
	dropEdges   = `DELETE FROM lineage_edge WHERE workspace = $1`
	dropNodes   = `DELETE FROM lineage_node WHERE workspace = $1`
)

// whole is a node with all that its record has.
type whole struct {
	id                                      int64
	urn, name, digest, actor, within, event string
	time, position, made, deleted, marked   int64
}

func scanWhole(s rows.Scanner) (n whole, err error) {
	return n, s.Scan(&n.id, &n.urn, &n.name, &n.digest, &n.actor, &n.within, &n.event, &n.time, &n.position, &n.made, &n.deleted, &n.marked)
}

// edgeRecord is an edge by the ids of its nodes.
type edgeRecord struct {
	source, target  int64
	relation, event string
	time            int64
}

func scanEdge(s rows.Scanner) (e edgeRecord, err error) {
	return e, s.Scan(&e.source, &e.target, &e.relation, &e.event, &e.time)
}

// tied is a text that ties two nodes: an alias, or a name and who gave it.
type tied struct {
	first, second int64
	text          string
	position      int64
}

func scanTied(s rows.Scanner) (t tied, err error) {
	return t, s.Scan(&t.first, &t.second, &t.text, &t.position)
}
