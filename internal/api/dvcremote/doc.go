// Package dvcremote is a remote of DVC over HTTP: dvc itself, unmodified, pushes to
// http://host/dvc/NAME and pulls from there.
//
// Words. NAME is a remote of the workspace of the request, /w/W/dvc/NAME of another;
// an object lies at files/md5/ab/cdef… below it, or at ab/cdef… as DVC 2 has it.
//
// dvc (dvc-http 2.32, fsspec's HTTP files) asks whether an object is there by a GET
// whose body it does not read; it reads by GET, with ranges by some of its parts, and
// sizes by HEAD; it writes by POST, or PUT where a remote's method says so, in chunks
// without a length. It repeats what it reads and never what it writes. It lists and
// deletes nothing over HTTP.
//
// tacit asks more at /.tacit below a remote: which of many objects are missing, and
// many small ones in one stream (package develop/dataset/pack); and it tells where a
// repository has a version. dvc never asks there.
package dvcremote
