// Package cache keeps objects in a folder, as DVC's cache and a remote of DVC that
// is a folder do: files/md5/<2 digits>/<30 digits>, and ".dir" behind a listing.
//
// Words. An object is protected when its mode is 0444: whoever sets that mode has
// hashed what was written, and whoever finds it need not hash again. An object of
// any other mode is a write that did not end, or that somebody changed: it is
// hashed when it is asked for, and one that does not hash to its name is put out of
// the way. Both rules are DVC's (dvc_data/hashfile/db/local.py).
//
// The layout of DVC 2, without files/md5, takes objects that come from a remote, under
// the names they had there, and nothing that is added: its names are hashes of text with
// Unix ends of lines.
//
// It knows nothing of working copies, and nothing of what objects mean.
package cache
