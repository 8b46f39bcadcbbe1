// Package object holds Python objects as data: what the pickle of a fitted
// estimator makes, once everything in it is known to be data.
//
// Words: a Value is one of Go's nil, bool, int64, *big.Int, float64 and string,
// or one of the types here; an Instance is an object of a class with its state;
// what a pickle makes and the root does not hold is left out.
//
// FromPickle follows a pickle.Graph from its root. It runs nothing, knows the
// idioms by which numpy, joblib, Cython and scikit-learn pickle, and refuses
// every other call with its name and place. What the state of a class means is
// not known here.
package object
