// Package jsonstream reads JSON of any size one token at a time and says of each
// where it stands, in memory that does not grow with the file.
//
// Words: a token is a bracket, a key or a value; a key is a duplicate when its
// object had it before. Numbers are read as Python and XGBoost read them: NaN,
// Infinity and -Infinity are numbers. Texts are unescaped.
//
// It makes no Go values of a caller's types and judges nothing: what a repeated
// key means differs from reader to reader, so it is only told.
package jsonstream
