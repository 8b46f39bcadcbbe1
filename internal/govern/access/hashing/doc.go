// Package hashing makes the texts that are stored of passwords, by argon2id, and
// remembers for a while which passwords were right, so that not every request of a
// client waits for a hash.
// It knows no accounts and counts no guesses.
package hashing
