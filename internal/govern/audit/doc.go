// Package audit keeps proof of what happened: a log of all events that cannot
// be rewritten unseen.
//
// Words. An entry is an event of the stream: who, from where, which action was
// asked, what happened to which object, how it ended. Its leaf is a hash of it
// in a Merkle tree over all entries of the installation, in the order in which
// they were settled. A checkpoint is the size and the root of the tree, signed;
// whoever keeps one can have it proved later that today's log holds all that it
// held then, unchanged and in the same order. Emptying takes actor, origin and
// data out of old entries, as retention asks, but for what lineage is made of, which
// is sealed anew; their leaves stay and still prove the rest.
//
// The tree is that of RFC 6962, through golang.org/x/mod/sumdb/tlog; checkpoints
// are notes of golang.org/x/mod/sumdb/note (C2SP tlog-checkpoint) with Ed25519,
// and the text of a leaf is canonical JSON (RFC 8785), so that a program of
// others can check them.
//
// It does not decide who may do what, writes no entry of its own about others'
// changes (they come with the event, in the change's transaction), and keeps no
// metric points or predictions: the event that seals them is their entry.
package audit
