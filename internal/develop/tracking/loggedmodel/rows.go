package loggedmodel

const (
	// selectWorkspaces goes from one workspace to the next by the index, however
	// much each holds.
	selectWorkspaces = `
WITH RECURSIVE named(workspace) AS (SELECT MIN(workspace) FROM tracking_logged_model
UNION ALL SELECT (SELECT MIN(m.workspace) FROM tracking_logged_model m WHERE m.workspace > named.workspace) FROM named WHERE named.workspace IS NOT NULL)
SELECT workspace FROM named WHERE workspace IS NOT NULL`

	countKept = `SELECT count(*) FROM tracking_logged_model WHERE workspace = $1`

	selectAllModels = `SELECT model, name FROM tracking_logged_model WHERE workspace = $1 ORDER BY model`

	emptyParams  = `DELETE FROM tracking_logged_model_param WHERE workspace = $1`
	emptyTags    = `DELETE FROM tracking_logged_model_tag WHERE workspace = $1`
	emptyMetrics = `DELETE FROM tracking_logged_model_metric WHERE workspace = $1`
	emptyModels  = `DELETE FROM tracking_logged_model WHERE workspace = $1`

	selectTransferred = `SELECT ` + modelColumns + ` FROM tracking_logged_model r WHERE r.workspace = $1 ORDER BY r.model`

	transferModel = `
UPDATE tracking_logged_model SET workspace = $3, experiment = $4, artifact_location = $5 WHERE workspace = $1 AND model = $2`

	transferParams  = `UPDATE tracking_logged_model_param SET workspace = $2 WHERE workspace = $1`
	transferTags    = `UPDATE tracking_logged_model_tag SET workspace = $2 WHERE workspace = $1`
	transferMetrics = `UPDATE tracking_logged_model_metric SET workspace = $2 WHERE workspace = $1`

	insertModel = `
INSERT INTO tracking_logged_model (workspace, model, experiment, name, artifact_location, status, lifecycle, model_type, source_run, created, updated)
VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, $9)`

	modelColumns = `r.model, r.experiment, r.name, r.artifact_location, r.status, r.lifecycle, r.model_type, r.source_run, r.created, r.updated`

	selectModel = `SELECT ` + modelColumns + ` FROM tracking_logged_model r WHERE r.workspace = $1 AND r.model = $2`

	// selectPlace prefers the workspace that is asked from.
	selectPlace = `
SELECT workspace, artifact_location FROM tracking_logged_model WHERE model = $2 ORDER BY CASE WHEN workspace = $1 THEN 0 ELSE 1 END, workspace LIMIT 1`

	selectPresence = `SELECT 1 FROM tracking_logged_model WHERE workspace = $1 AND model = $2`

	// lockModel keeps other writers of a model waiting until this one has ended.
	lockModel = `
UPDATE tracking_logged_model SET updated = updated WHERE workspace = $1 AND model = $2`

	finalizeModel = `
UPDATE tracking_logged_model SET status = $3, updated = $4 WHERE workspace = $1 AND model = $2`

	deleteModel = `
UPDATE tracking_logged_model SET lifecycle = 'deleted', updated = $3 WHERE workspace = $1 AND model = $2`

	insertParam = `
INSERT INTO tracking_logged_model_param (workspace, model, key, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, model, key) DO NOTHING`

	selectParam = `SELECT value FROM tracking_logged_model_param WHERE workspace = $1 AND model = $2 AND key = $3`

	upsertTag = `
INSERT INTO tracking_logged_model_tag (workspace, model, key, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, model, key) DO UPDATE SET value = excluded.value`

	selectTag = `SELECT value FROM tracking_logged_model_tag WHERE workspace = $1 AND model = $2 AND key = $3`

	deleteTag = `DELETE FROM tracking_logged_model_tag WHERE workspace = $1 AND model = $2 AND key = $3`

	insertMetric = `
INSERT INTO tracking_logged_model_metric (workspace, model, key, step, timestamp, run, dataset_name, dataset_digest, value, is_nan)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`
)
