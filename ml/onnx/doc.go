// Package onnx reads the structure of ONNX models, as onnx.proto has it: which
// operators of which domains its graphs use, which functions it brings, which
// tensors lie in other files and where, and whether those in the file have as
// many bytes as their shape says.
//
// It computes nothing and opens no other file. What it finds are facts with
// their places in the file; what may be trusted is the reader's business.
//
// Words: a domain is a set of operators with a version, "" being ONNX's own; a
// function is an operator that the model itself defines; external data are the
// bytes of a tensor in a file beside the model.
package onnx
