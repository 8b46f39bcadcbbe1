// Package tflite reads the structure of TensorFlow Lite models, which are
// FlatBuffers: which operators they use, and whether every offset, length and
// number of a table lies where it may, since the interpreter on a device trusts
// them.
//
// A schema as text, generated from TensorFlow's own, says what each table has;
// each part of the file is visited once through a cache of pages. Numbers of
// tensors are not read.
//
// Words: a table is a FlatBuffer's record, a slot one of its fields; an operator
// is custom when TensorFlow Lite does not have it.
package tflite
