// Package sqlite reads the values that an SQLite database holds, as its file format
// (Database File Format, sqlite.org) has them: the schema, the b-trees of tables and
// indexes, the pages over which a value goes on, and what pages are free.
//
// It executes no SQL and computes nothing: of a table it gives what its rows store,
// of the schema the texts. Each page is read once, so that cycles end; what is not
// understood is a Problem, and a page that belongs to nothing is neither Parsed nor
// Free.
package sqlite
