// Package rows is the store of records: SQLite in one file, or PostgreSQL.
//
// Words. A statement is SQL written once for both dialects with $1
// placeholders; only DDL differs. A read sees what was committed; a snapshot
// sees one moment. A write is a function over a transaction: all or nothing,
// durable when Write returns.
//
// On SQLite one goroutine owns the one writing connection and commits in
// groups: each waiting write runs in a savepoint of a shared transaction, so
// many small writes pay for one sync, and a failing one takes none along. On
// PostgreSQL a write is a serialisable transaction of its own that is repeated
// when it collides: a function given to Write must therefore have no effect
// outside its transaction, and must not treat an error of a statement as
// harmless, since PostgreSQL ends the transaction there (use ON CONFLICT).
//
// It is not an ORM and knows no room's tables. Rooms keep their statements in
// rows.go as named constants, which a test prepares on both engines.
package rows
