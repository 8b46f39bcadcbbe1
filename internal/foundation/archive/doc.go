// Package archive lists what lies in a container by every way in which a
// program could read it.
//
// Two programs that read one zip file need not see the same: one goes by the
// last end record and one by the first, one believes the central directory and
// one the headers beside the data, one refuses a wrong checksum and one never
// looks. What the reader of a model sees must be seen here as well, so that a
// view is the union of all readings, and where they differ the view says so.
//
// Words: a member is a named part of a container; a reading is one way to find
// it; an oddity is what a careful writer would not have made; a gap is a range
// of bytes that belongs to no reading.
//
// Nothing is held but names and places: bytes are read through an io.ReaderAt when
// they are asked for, and what must be unpacked for that through a window. Only
// what is large and read back and forth goes to a file, which has no name. What is read is believed in
// nothing: each length is checked against the file, each list against a limit.
//
// It is not for taking archives apart into a folder, and it makes none.
package archive
