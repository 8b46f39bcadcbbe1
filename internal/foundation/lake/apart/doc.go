// Package apart asks files of rows in a process of its own: a file that others made may
// end the engine that reads it, and then ends that process alone.
//
// Words. The asking side (Lake) starts a program for each question and reads its
// answer; the answering side (Answer) is that program, which is tacit itself under a
// hidden command. A question is one JSON document on standard input, which stays open
// behind it: that it closes says that nobody waits any more, and the program ends. The
// answer is one JSON document on standard output.
//
// The program has no variables of the environment, holds no store and no key, and has
// bounds for memory and time. It is no sandbox: it reads what the user may read whom it
// runs as, and the engine is told to open no file but those it is asked of.
package apart
