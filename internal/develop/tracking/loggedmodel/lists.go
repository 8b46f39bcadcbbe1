package loggedmodel

// Beginnings and parts of statements that a list completes. Whole statements
// are in rows.go.
const (
	searchModels = `SELECT ` + modelColumns

	anyModel = `SELECT 1 FROM tracking_logged_model r WHERE r.workspace = `

	paramsOf = `SELECT model, key, value FROM tracking_logged_model_param WHERE workspace = $1 AND model IN `

	tagsOf = `SELECT model, key, value FROM tracking_logged_model_tag WHERE workspace = $1 AND model IN `

	metricsOf = `
SELECT model, key, step, timestamp, run, dataset_name, dataset_digest, value, is_nan
FROM tracking_logged_model_metric WHERE workspace = $1 AND model IN `

	// belongs joins a point, aliased @, to its model.
	belongs = `@.workspace = r.workspace AND @.model = r.model`

	// latest holds for the point @ that no later one follows; what it leaves
	// open is closed by endLatest, conditions on n between them.
	latest = ` AND NOT EXISTS (SELECT 1 FROM tracking_logged_model_metric n
WHERE n.workspace = @.workspace AND n.model = @.model AND n.key = @.key
AND (n.step, n.timestamp, n.value, n.run, n.dataset_name, n.dataset_digest) > (@.step, @.timestamp, @.value, @.run, @.dataset_name, @.dataset_digest)`

	endLatest = `)`
)
