package registry

// Beginnings of statements that a list completes with keys, joins, conditions,
// placeholders or an order. Whole statements are in rows.go.
const (
	searchModels = `SELECT r.name, r.description, r.created, r.updated`

	searchVersions = `SELECT ` + versionColumns

	modelTags = `SELECT name, key, value FROM registry_model_tag WHERE workspace = $1 AND name IN `

	modelAliases = `SELECT name, alias, number FROM registry_alias WHERE workspace = $1 AND name IN `

	versionTags = `SELECT name, number, key, value FROM registry_version_tag WHERE workspace = $1 AND (name, number) IN `

	latestNumbers = `
SELECT name, max(number) FROM registry_version WHERE workspace = $1 AND stage <> 'Deleted_Internal' AND name IN `

	versionsOfKeys = `
SELECT ` + versionColumns + ` FROM registry_version r WHERE r.workspace = $1 AND (r.name, r.number) IN `
)
