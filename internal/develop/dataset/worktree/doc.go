// Package worktree sees what lies in a working copy: it walks a folder and gives
// every file with what the file system says of it, and it keeps the MD5 of files
// that have not changed since they were read.
//
// A walk reads each folder once and asks for each entry once, relative to its
// folder, in as many goroutines as there are processors. It follows DVC's rule: a
// link to a file stands for the file, a link to a folder is left out, an empty
// folder is nothing.
//
// The kept sums are a file that may be thrown away at any moment. A sum is believed
// only where device, inode, size and both times are what they were, and the file
// was at rest when it was read: its times lie before the moment of the reading by
// more than the file system's clock moves in steps (the rule of git's index, "Racy
// Git", Documentation/technical/racy-git.txt).
//
// It knows nothing of DVC's formats and changes nothing in the working copy.
package worktree
