// Package sharing is a repository and its remotes: push, fetch, and what one has that
// the other lacks.
//
// Words. What is meant is the outs that targets name, in the working copy and in
// revisions, each with the remote it belongs to: its own, or the one that is asked for,
// or the default. Objects are those of their versions.
//
// What must hold: nothing is said to be there that was not asked for, object by object;
// what could not be had is a failure, and named; a listing goes to a remote behind all
// its files, and not at all with a part of them.
//
// It changes no file of the working copy.
package sharing
