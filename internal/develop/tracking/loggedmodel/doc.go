// Package loggedmodel is the part of tracking that keeps logged models: what a
// run made with log_model, before anybody registers it.
//
// Words. A logged model has an id (m- and 32 hexadecimal digits), a name, a
// status (pending while its files are stored, then ready or failed), params
// (written once), tags (overwritten) and metrics: points that were logged with
// its id, each perhaps for one dataset. The latest point of a key is the
// greatest by step, timestamp and value.
//
// It matches the behaviour of MLflow 3.18's logged models. It keeps no files,
// that is artifact, and makes no versions, that is registry. Points are kept a
// record a point: a model has those that were measured on it, not a training
// run's curves.
package loggedmodel
