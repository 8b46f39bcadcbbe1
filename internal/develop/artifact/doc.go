// Package artifact keeps the files of runs and models: bytes under a path of
// the workspace.
//
// Words. A root is where the artifacts of one run, one logged model or one
// experiment lie, as a URI: mlflow-artifacts:/<experiment>/<run>/artifacts,
// …/<experiment>/models/<model>/artifacts, …/<experiment>. A path is a file or
// folder below the workspace, as in 1/<run>/artifacts/plots/roc.svg; its key
// in the store of bytes is artifact/<workspace>/<path>. A folder is there as
// long as a file lies in it.
//
// It matches MLflow 3.18's artifact proxy (mlflow-artifacts:): paths are
// decoded again and again before they are judged. Bytes are stored first, then
// the event in a transaction: an event never tells of bytes that are not
// there. It does not read what the files mean.
package artifact
