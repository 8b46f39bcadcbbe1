// Package staging hashes the files of a working copy and brings their bytes into a
// cache: what "add", "commit" and "status" have in common.
//
// A file is read once: what is hashed is stored from the same reading. A file that
// was hashed before and has not changed since (package worktree) is not read at
// all, unless its object is not in the cache.
//
// A file that changes while it is read is an error that names it: the version
// would be of no moment.
package staging
