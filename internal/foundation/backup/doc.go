// Package backup writes a whole tacit into one file and reads it back, into
// the same engine or the other.
//
// Words. An archive is a tar file compressed with zstd:
//
//	tacit-backup.json       head: format, version, time, engine, schemas, tables
//	rows/TABLE/NNNNNN.jsonl records, one JSON object a line, all of one moment
//	blobs/KEY               bytes, as they were when the archive came to them
//	manifest.json           counts and SHA-256 digests; an archive without it is damaged
//
// Integers are exact, floating-point numbers are the shortest text that reads
// back the same (NaN and the infinities are words), booleans are 0 and 1, bytes
// are base64: archives of equal stores are equal table by table, whichever the
// engine.
//
// The records are read before the bytes: bytes are put before a record names
// them, so what the records name is there.
//
// Left out, and said so in the head: the master key, because whoever finds the
// archive shall not open the secrets in it; jobs that wait, because they are
// River's and differ by engine (schedules enqueue again what is to do).
//
// It knows no room's tables: it takes those of the engine's catalogue whose
// names begin with a schema's. Tables have no foreign keys, so their order does
// not matter.
package backup
