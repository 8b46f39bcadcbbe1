package lineage

// Beginnings of statements that a walk or a search completes with the condition
// of what the caller may see. Whole statements are in rows.go.
const (
	nodeColumns = `n.id, n.urn, n.name, n.digest, n.actor, n.event, n.time, n.deleted`

	listNodes = `SELECT ` + nodeColumns + ` FROM lineage_node n WHERE n.workspace = `

	// sourcesOf and targetsOf lead from nodes to their neighbours. CROSS JOIN
	// has SQLite begin with the edges, as PostgreSQL does by itself.
	sourcesOf = `
SELECT e.target, e.relation, e.event, e.time, ` + nodeColumns + ` FROM lineage_edge e
CROSS JOIN lineage_node n WHERE n.workspace = e.workspace AND n.id = e.source AND e.workspace = `

	targetsOf = `
SELECT e.source, e.relation, e.event, e.time, ` + nodeColumns + ` FROM lineage_edge e
CROSS JOIN lineage_node n WHERE n.workspace = e.workspace AND n.id = e.target AND e.workspace = `

	// sourceIDs and targetIDs count what a walk does not give, of the workspace alone:
	// who may not look into another is not told that there is more.
	sourceIDs = `
SELECT DISTINCT n.id FROM lineage_edge e
CROSS JOIN lineage_node n WHERE n.workspace = e.workspace AND n.id = e.source AND n.urn NOT LIKE 'tacit:@%' AND e.workspace = `

	targetIDs = `
SELECT DISTINCT n.id FROM lineage_edge e
CROSS JOIN lineage_node n WHERE n.workspace = e.workspace AND n.id = e.target AND n.urn NOT LIKE 'tacit:@%' AND e.workspace = `

	aliasesOf = `SELECT node, alias FROM lineage_alias WHERE workspace = $1 AND node IN `
)
