// Package workingcopy changes a repository's working copy: data are added, committed,
// checked out, moved, removed, as dvc's commands of these names do.
//
// Words. A change is what one command does: it has the repository's lock from its
// beginning to its end. To track a file is to tell git of it.
//
// What must hold: a .dvc file names objects only that are in the cache, durable, before
// it is written; it is written at once, and not at all where nothing changed; and a
// command that fails before it wrote leaves everything as it was.
//
// It prints nothing: it gives what was done, and asks through the functions it is given.
package workingcopy
