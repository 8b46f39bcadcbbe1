// Package revision reads what git keeps of a working copy: the files of a commit,
// which files are tracked or ignored, and which commits branches and tags name.
//
// Words: a revision is what git resolves to a commit; a blob is a file as a commit
// has it.
//
// It runs the git program, since that is what decides for the person beside it, and
// one process answers for any number of blobs (docs/decisions/git-program.md).
// It commits nothing, and writes nothing but the index, where it is told to.
package revision
