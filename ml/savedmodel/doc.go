// Package savedmodel reads what TensorFlow saves: saved_model.pb, graphs by
// themselves (frozen ones and .meta files), keras_metadata.pb, and the index of
// a checkpoint, which says what lies where in its data files.
//
// Graphs are walked through a window, the main one and the library's functions
// alike; of nodes are kept which operators there are, which function they call,
// and for those who are asked for by name where their first inputs come from, as
// far as these are constants. Nothing is computed and nothing judged.
//
// Words: an operator is a type of nodes; a shard is one data file of a
// checkpoint; an asset is a file that belongs to the model.
package savedmodel
