package tracking

// What gives things of the workspace $1 to another.
const (
	countInDefault = `SELECT count(*) FROM tracking_run WHERE workspace = $1 AND experiment = 0`

	selectRunsOf = `
SELECT run, experiment, name, user_name, status, start_time, end_time, lifecycle, artifact_uri
FROM tracking_run WHERE workspace = $1 AND experiment = $2 ORDER BY run`

	transferExperiment = `
UPDATE tracking_experiment SET workspace = $3, experiment = $4, artifact_location = $5 WHERE workspace = $1 AND experiment = $2`

	transferExperimentTags = `
UPDATE tracking_experiment_tag SET workspace = $3, experiment = $4 WHERE workspace = $1 AND experiment = $2`

	transferDatasets = `
UPDATE tracking_dataset SET workspace = $3, experiment = $4 WHERE workspace = $1 AND experiment = $2`

	transferInputs = `
UPDATE tracking_input SET workspace = $3, experiment = $4 WHERE workspace = $1 AND experiment = $2`

	transferRun = `
UPDATE tracking_run SET workspace = $3, experiment = $4, artifact_uri = $5 WHERE workspace = $1 AND run = $2`

	transferParams       = `UPDATE tracking_param SET workspace = $2 WHERE workspace = $1`
	transferTags         = `UPDATE tracking_tag SET workspace = $2 WHERE workspace = $1`
	transferModelInputs  = `UPDATE tracking_model_input SET workspace = $2 WHERE workspace = $1`
	transferModelOutputs = `UPDATE tracking_model_output SET workspace = $2 WHERE workspace = $1`
)

// transferOfExperiment give what is kept by the number of an experiment,
// transferRest what is kept by a run.
var (
	transferOfExperiment = []string{transferExperimentTags, transferDatasets, transferInputs}
	transferRest         = []string{transferParams, transferTags, transferModelInputs, transferModelOutputs}
)
