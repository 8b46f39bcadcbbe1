// Package registry is the practice "Model Registry": registered models, their
// versions, aliases, model stages and tags.
//
// Words. A registered model is a name; a model version is a number under it,
// never used twice, that points at the artifacts of a run or of a logged
// model. An alias (champion) points at one version. A model stage (None,
// Staging, Production, Archived) is the older way to say the same.
//
// It matches the behaviour of MLflow 3.18's registry. It keeps no bytes and
// judges no model: scanning and gates are other rooms, which its events call.
package registry
