// Package demo walks the guide's chapters on real data against a running
// tacit, over the HTTP APIs that any client uses and the commands that a person types.
//
// Words. A chapter is one step of the guide (data, versions of it, experiments, models); it
// leaves things that a person can look at, and tells one line. Everything is
// made in one workspace, and made again only when it is not there.
//
// It reaches into no room and no store: what it does, a script could do.
package demo
