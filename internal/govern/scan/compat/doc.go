// Package compat answers as modelscan 0.8.8 and picklescan 1.0.5 do: what they
// flag, pass, skip and stumble over, for pipelines that must not change their
// verdict on the day they change their scanner.
//
// Both list the opcodes of a pickle, as Python's pickletools does, collect the
// globals that are named, and look them up in a list; what they do not list is
// nothing to them. Their answers are those of the programs as pip installs them on
// CPython 3.11, with numpy 2.4 and without extras (h5py, TensorFlow, py7zr). How
// they come about is told with the code. The order in which they list the globals of a file is
// by chance, of the same file from run to run; here it is that of the file.
//
// Words: a failure is a Python exception that one of them catches or not; a
// stream is bytes with a place, as Python's files have one.
//
// It is not for judging: scan does that. What these two miss is missed here.
package compat
