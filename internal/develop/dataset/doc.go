// Package dataset keeps versions of data: what DVC keeps in a repository, its cache
// and its remotes, so that a team can go on with either tool.
//
// Words. An object is some bytes under the name of their MD5; a listing is the object
// that names the files of a folder (DVC's ".dir"); a data version is an object or a
// listing as the data of a moment. A cache is a folder of objects beside the
// repository, a remote is where others find them.
//
// The remotes that tacit keeps are records that say what lies in them, and blobs with
// the bytes, under keys that are used once: an object is found when its record is
// committed, after its bytes were judged and are durable. Small files that come
// together rest in one blob.
//
// What closes a version: a listing, as soon as it comes; and a file that no listing
// has named when nothing was pushed for a while, since a plain client says no more of
// it.
//
// It matches dvc 3.67.1. The formats, each alone, are the packages below this one.
// It runs no pipeline, and does not read what the data mean.
package dataset
