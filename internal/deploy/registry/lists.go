package registry

// Beginnings of statements that a list completes with keys, joins, conditions,
// placeholders or an order. Whole statements are in rows.go.
const (
	searchModels = `SELECT r.name, r.description, r.created, r.updated`

	anyModel = `SELECT 1 FROM registry_model r WHERE r.workspace = `

	anyVersion = `SELECT 1 FROM registry_version r WHERE r.stage <> 'Deleted_Internal' AND r.workspace = `

	modelNames = `SELECT r.name FROM registry_model r WHERE r.workspace = `

	versionNumbers = `
SELECT r.name, r.number FROM registry_version r WHERE r.stage <> 'Deleted_Internal' AND r.workspace = `

	// countModels is followed by conditions, a limit and a bracket.
	countModels = `SELECT count(*) FROM (SELECT 1 AS one FROM registry_model r WHERE `

	searchVersions = `SELECT ` + versionColumns

	modelTags = `SELECT name, key, value FROM registry_model_tag WHERE workspace = $1 AND name IN `

	modelAliases = `SELECT name, alias, number FROM registry_alias a WHERE workspace = $1 AND name IN `

	// ofVersion holds for aliases, listed as a, of a version that conditions behind
	// it and endOfVersion select.
	ofVersion = ` AND EXISTS (SELECT 1 FROM registry_version r WHERE r.workspace = a.workspace AND r.name = a.name AND r.number = a.number AND `

	endOfVersion = `)`

	versionTags = `SELECT name, number, key, value FROM registry_version_tag WHERE workspace = $1 AND (name, number) IN `

	latestNumbers = `
SELECT r.name, max(r.number) FROM registry_version r WHERE r.workspace = $1 AND r.stage <> 'Deleted_Internal' AND r.name IN `

	// versionsOfModel is followed by a condition and an order.
	versionsOfModel = `
SELECT r.number FROM registry_version r WHERE r.workspace = $1 AND r.name = $2 AND r.stage <> 'Deleted_Internal' AND `

	versionsOfKeys = `
SELECT ` + versionColumns + ` FROM registry_version r WHERE r.workspace = $1 AND (r.name, r.number) IN `
)
