// Package comparison tells how data differ: the working copy from what its files say,
// these from a commit, and one commit from another. It answers dvc's status, data status
// and diff.
//
// Words. A side is all data of a revision or of the working copy; an entry is a file, or
// a folder that is an out; a change is an entry of two sides. A comparison is granular
// when it looks into folders. An entry is unknown when the listing of its folder is not
// in the cache.
//
// It changes nothing but the kept sums of the working copy.
package comparison
