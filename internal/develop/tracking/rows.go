package tracking

// Experiments.
const (
	// selectWorkspaces goes from one workspace to the next by the index, however
	// much each holds. It gives those in which countKept counts something.
	selectWorkspaces = `
WITH RECURSIVE named(workspace) AS (SELECT MIN(workspace) FROM tracking_experiment
UNION ALL SELECT (SELECT MIN(e.workspace) FROM tracking_experiment e WHERE e.workspace > named.workspace) FROM named WHERE named.workspace IS NOT NULL)
SELECT workspace FROM named WHERE workspace IS NOT NULL
AND (EXISTS (SELECT 1 FROM tracking_experiment e WHERE e.workspace = named.workspace AND e.experiment <> 0)
OR EXISTS (SELECT 1 FROM tracking_run r WHERE r.workspace = named.workspace AND r.experiment = 0))`

	// countKept leaves out the experiment "Default", which every workspace gets,
	// while it has no runs.
	countKept = `
SELECT (SELECT count(*) FROM tracking_experiment WHERE workspace = $1 AND experiment <> 0)
  + (SELECT count(*) FROM tracking_run WHERE workspace = $1 AND experiment = 0)`

	nextExperiment = `
INSERT INTO tracking_counter (workspace, last) VALUES ($1, 1)
ON CONFLICT (workspace) DO UPDATE SET last = tracking_counter.last + 1 RETURNING last`

	insertExperiment = `
INSERT INTO tracking_experiment (workspace, experiment, name, artifact_location, lifecycle, created, updated)
VALUES ($1, $2, $3, $4, 'active', $5, $5) ON CONFLICT DO NOTHING`

	selectExperiment = `
SELECT experiment, name, artifact_location, lifecycle, created, updated
FROM tracking_experiment WHERE workspace = $1 AND experiment = $2`

	selectExperimentByName = `
SELECT experiment, name, artifact_location, lifecycle, created, updated
FROM tracking_experiment WHERE workspace = $1 AND name = $2`

	moveExperiment = `
UPDATE tracking_experiment SET lifecycle = $3, updated = $4
WHERE workspace = $1 AND experiment = $2 AND lifecycle <> $3`

	moveExperimentRuns = `
UPDATE tracking_run SET lifecycle = $3, deleted_time = $4 WHERE workspace = $1 AND experiment = $2`

	renameExperiment = `
UPDATE tracking_experiment SET name = $3, updated = $4 WHERE workspace = $1 AND experiment = $2
AND NOT EXISTS (SELECT 1 FROM tracking_experiment o WHERE o.workspace = $1 AND o.name = $3 AND o.experiment <> $2)`

	selectExperiments = `
SELECT experiment, name, artifact_location, lifecycle, created, updated FROM tracking_experiment WHERE workspace = $1 ORDER BY experiment`

	countRunsOf = `SELECT count(*) FROM tracking_run WHERE workspace = $1 AND experiment = $2`

	// What a workspace keeps but its counter: a number that was given to an
	// experiment names no other.
	emptyExperimentTags = `DELETE FROM tracking_experiment_tag WHERE workspace = $1`
	emptyParams         = `DELETE FROM tracking_param WHERE workspace = $1`
	emptyTags           = `DELETE FROM tracking_tag WHERE workspace = $1`
	emptyInputs         = `DELETE FROM tracking_input WHERE workspace = $1`
	emptyDatasets       = `DELETE FROM tracking_dataset WHERE workspace = $1`
	emptyModelInputs    = `DELETE FROM tracking_model_input WHERE workspace = $1`
	emptyModelOutputs   = `DELETE FROM tracking_model_output WHERE workspace = $1`
	emptyRuns           = `DELETE FROM tracking_run WHERE workspace = $1`
	emptyExperiments    = `DELETE FROM tracking_experiment WHERE workspace = $1`

	upsertExperimentTag = `
INSERT INTO tracking_experiment_tag (workspace, experiment, key, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, experiment, key) DO UPDATE SET value = excluded.value`

	deleteExperimentTag = `
DELETE FROM tracking_experiment_tag WHERE workspace = $1 AND experiment = $2 AND key = $3 RETURNING value`
)

// Runs.
const (
	insertRun = `
INSERT INTO tracking_run (workspace, run, experiment, name, user_name, status, start_time, lifecycle, artifact_uri)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8)`

	selectRun = `
SELECT run, experiment, name, user_name, status, start_time, end_time, lifecycle, artifact_uri
FROM tracking_run WHERE workspace = $1 AND run = $2`

	// selectRunPlace prefers the workspace that is asked from.
	selectRunPlace = `
SELECT workspace, artifact_uri FROM tracking_run WHERE run = $2 ORDER BY CASE WHEN workspace = $1 THEN 0 ELSE 1 END, workspace LIMIT 1`

	selectRunState = `
SELECT experiment, lifecycle FROM tracking_run WHERE workspace = $1 AND run = $2`

	// holdRunPostgres lets others change the record of the run, but for its key.
	holdRunPostgres = selectRunState + ` FOR KEY SHARE`

	selectRunStatus = `SELECT status FROM tracking_run WHERE workspace = $1 AND run = $2`

	updateRun = `
UPDATE tracking_run SET status = $3, end_time = $4, name = $5 WHERE workspace = $1 AND run = $2`

	nameRun = `
UPDATE tracking_run SET name = $3 WHERE workspace = $1 AND run = $2`

	moveRun = `
UPDATE tracking_run SET lifecycle = $3, deleted_time = $4 WHERE workspace = $1 AND run = $2`
)

// Params and tags.
const (
	insertParam = `
INSERT INTO tracking_param (workspace, run, key, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, run, key) DO NOTHING`

	selectParam = `SELECT value FROM tracking_param WHERE workspace = $1 AND run = $2 AND key = $3`

	upsertTag = `
INSERT INTO tracking_tag (workspace, run, key, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, run, key) DO UPDATE SET value = excluded.value`

	selectTag = `SELECT value FROM tracking_tag WHERE workspace = $1 AND run = $2 AND key = $3`

	deleteTag = `
DELETE FROM tracking_tag WHERE workspace = $1 AND run = $2 AND key = $3 RETURNING value`
)

// Inputs and outputs.
const (
	insertDataset = `
INSERT INTO tracking_dataset (workspace, experiment, name, digest, source_type, source, schema, profile)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace, experiment, name, digest) DO NOTHING`

	insertInput = `
INSERT INTO tracking_input (workspace, run, experiment, name, digest, context, tags)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace, run, name, digest) DO NOTHING`

	insertModelInput = `
INSERT INTO tracking_model_input (workspace, run, model) VALUES ($1, $2, $3)
ON CONFLICT (workspace, run, model) DO NOTHING`

	insertModelOutput = `
INSERT INTO tracking_model_output (workspace, run, model, step) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, run, model) DO UPDATE SET step = excluded.step`
)
