// Package tracking is the practice "Experiment Tracking": experiments, runs,
// params, metrics, tags, dataset inputs, and the models that runs log.
//
// Words. An experiment holds runs. A run has params (written once), tags
// (overwritten) and metrics (a history of points for each key; the latest is
// the greatest by step, timestamp and value). A dataset input says which data a
// run used. A logged model (package tracking/loggedmodel) is what a run made.
//
// It matches the behaviour of MLflow 3.18's tracking store: limits, messages,
// ordering and defaults. It keeps points (package tracking/points) as compressed
// chunks for each run and key, not a record a point. It does not keep
// artifacts' bytes, that is artifact, and not registered models, that is
// registry.
package tracking
