// Package checkout makes files of a working copy those of a data version, out of a
// cache.
//
// Its cost is that of what differs: files that have the bytes they should have are
// left alone. A file whose bytes are nowhere else is not overwritten and not
// deleted, unless it is forced: then nothing at all is changed, and the files are
// named. A file comes to be at once: it is made in a scratch folder and renamed, so
// that an end at any moment leaves the former or the new file, and never a half.
package checkout
