// Package secret keeps the keys that tacit makes for itself: for page tokens,
// sign-in tokens, the audit log.
//
// Words. The master key is 32 bytes in a file that is never in the store of
// records: whoever has the records alone can open nothing. A named key is made
// on first use, sealed by the master key and kept in the records, so that all
// replicas have the same one. A key is rotated by making its next version. A ring
// signs with the newest version of a key, and each signature tells its version:
// what an older one signed holds for Grace, unless that version was retired.
// Keys belong to the whole
// installation, not to a workspace.
//
// Sealing is AES-256-GCM under a key derived from the master key for each
// purpose (HKDF-SHA-256): what was sealed for one purpose does not open for
// another.
//
// It is no vault for people's passwords: those are hashed, not sealed.
package secret
