// Package hdf5 reads the structure of HDF5 files, as the specification of the
// format (HDF5 File Format Specification, version 3.0, The HDF Group) has it:
// which groups, datasets, attributes and links there are, where in the file
// their bytes lie, and what leads out of it.
//
// It reads no numbers: of a dataset it tells the extents of its storage, of an
// attribute the texts. Superblocks 0 to 3, object headers 1 and 2, symbol tables
// and link messages, dense links and attributes in fractal heaps, and every
// index of chunks are followed; what is not understood becomes a Problem, never
// silence. Every address, length and count is checked against the file and a
// Budget, and each structure is read once, so that cycles end.
//
// Words: an address is a place relative to the superblock's base, an offset one
// in the file; an extent is a range of bytes and what it holds; a message is a
// part of an object's header.
package hdf5
