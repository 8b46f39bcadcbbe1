package tracking

// Beginnings of statements that a list completes with keys, joins, conditions,
// placeholders or an order. Whole statements are in rows.go.
const (
	searchExperiments = `
SELECT r.experiment, r.name, r.artifact_location, r.lifecycle, r.created, r.updated`

	// countExperiments is followed by a table, conditions, a limit and a bracket.
	countExperiments = `SELECT count(*) FROM (SELECT 1 AS one FROM `

	// anyExperiment leaves out what countKept does.
	anyExperiment = `SELECT 1 FROM tracking_experiment r
WHERE (r.experiment <> 0 OR EXISTS (SELECT 1 FROM tracking_run k WHERE k.workspace = r.workspace AND k.experiment = 0)) AND r.workspace = `

	anyRun = `SELECT 1 FROM tracking_run r WHERE r.workspace = `

	experimentRecords = `
SELECT workspace, experiment, name, artifact_location, lifecycle, created, updated FROM tracking_experiment WHERE workspace = `

	experimentsAmong = `SELECT experiment FROM tracking_experiment WHERE workspace = $1 AND experiment IN `

	experimentTags = `
SELECT experiment, key, value FROM tracking_experiment_tag WHERE workspace = $1 AND experiment IN `

	searchRuns = `
SELECT r.run, r.experiment, r.name, r.user_name, r.status, r.start_time, r.end_time, r.lifecycle, r.artifact_uri`

	// runsAmong is followed by a list of runs, then by one of experiments.
	runsAmong = `SELECT run FROM tracking_run WHERE workspace = $1 AND run IN `

	// inUse holds for runs, listed as r, of experiments that are not in the bin.
	inUse = ` AND NOT EXISTS (SELECT 1 FROM tracking_experiment e
WHERE e.workspace = r.workspace AND e.experiment = r.experiment AND e.lifecycle <> 'active')`

	countRuns = `SELECT count(*) FROM tracking_run r`

	sumUpRuns = `SELECT r.experiment, count(*), max(r.start_time) FROM tracking_run r`

	runParams = `SELECT run, key, value FROM tracking_param WHERE workspace = $1 AND run IN `

	runTags = `SELECT run, key, value FROM tracking_tag WHERE workspace = $1 AND run IN `

	ofDatasets = `
FROM tracking_input i JOIN tracking_dataset d
ON d.workspace = i.workspace AND d.experiment = i.experiment AND d.name = i.name AND d.digest = i.digest
WHERE i.workspace = $1 AND i.run IN `

	runInputs = `SELECT i.run, d.name, d.digest, d.source_type, d.source, d.schema, d.profile, i.tags` + ofDatasets

	runInputsBrief = `
SELECT i.run, i.name, i.digest, '', '', '', '', i.tags FROM tracking_input i WHERE i.workspace = $1 AND i.run IN `

	// paramSizes, tagSizes and inputSizes are followed by a GROUP BY.
	paramSizes = `SELECT run, SUM(OCTET_LENGTH(key) + OCTET_LENGTH(value)) FROM tracking_param WHERE workspace = $1 AND run IN `

	tagSizes = `SELECT run, SUM(OCTET_LENGTH(key) + OCTET_LENGTH(value)) FROM tracking_tag WHERE workspace = $1 AND run IN `

	inputSizes = `SELECT i.run, SUM(OCTET_LENGTH(d.source) + OCTET_LENGTH(d.schema) + OCTET_LENGTH(d.profile))` + ofDatasets

	runModelInputs = `SELECT run, model FROM tracking_model_input WHERE workspace = $1 AND run IN `

	runModelOutputs = `SELECT run, model, step FROM tracking_model_output WHERE workspace = $1 AND run IN `

	datasetSummaries = `
SELECT DISTINCT i.experiment, i.name, i.digest, i.context
FROM tracking_input i JOIN tracking_run r ON r.workspace = i.workspace AND r.run = i.run WHERE i.workspace = `
)
