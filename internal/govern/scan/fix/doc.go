// Package fix makes a model that does no more than predict of one that may do
// anything: the fitted estimator in a pickle, written in a form that holds data
// alone.
//
// Words: the source is the file that is read, the form what is written of it; what
// the source does besides making the model is left out; the proof is that both
// predict the same for the same rows, the source's model and the one read back
// from the bytes that are about to be kept.
//
// Nothing of the source is run. What is not known to be the model's own data is
// not written: either the model does without it, or the fix is refused with the
// reason. Files are read and written by the caller.
package fix
