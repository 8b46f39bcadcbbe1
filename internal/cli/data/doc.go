// Package data is the command line "tacit data …", which is that of dvc 3: the same
// commands and flags, the same text on standard output, the same exit codes.
//
// Words. What dvc prints goes to standard output; what tacit adds, as a hint, goes to
// standard error. A command that says "caught" fails as dvc's does that catches its own
// exceptions: with 1, where others fail with 255.
//
// It parses, calls package workingcopy and its neighbours, and prints. commands.go lists
// the commands; a new one is a line there and a file of its own.
package data
