// Package numpy describes numpy's arrays as files have them: element types and
// the header of .npy files, so that a reader knows how many bytes an array has
// and whether objects lie in it.
//
// It reads descriptions and no numbers, evaluates nothing, and gives an error
// for what it does not understand.
package numpy
