// Package keras reads the configurations of Keras models: config.json of .keras
// files, and the model_config and training_config attributes of HDF5 files, of
// Keras 1 to 3. A configuration is a tree of objects that its loader makes by
// their names; the package finds every one of them, however deep it lies and
// whatever stands around it, and every piece of marshalled code.
//
// Words: an object is a JSON object that names a class or a function; code is
// text in it that a loader turns into a code object of Python; a place is the
// way to a value from the outermost one, config.layers[3].config.function.
//
// It loads and runs nothing and judges nothing: which names may be trusted is
// the reader's business. Weights are not read here, see package hdf5.
package keras
