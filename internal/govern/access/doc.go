// Package access knows who asks, and decides who may do what.
//
// Words. A user is a person, a service is a program; both are principals, and
// belong to the installation. A role (viewer, contributor, maintainer, admin)
// is given to a principal in one workspace, or everywhere. A secret is what a
// principal proves itself by: a password, the secret of a service, a personal
// access token, the cookie of a browser's session, or a bearer or refresh token
// of a program's. A session is one sign-in; ending it ends all its tokens. A
// scope narrows what a token may do; it never widens it. An invitation is a link
// by which somebody sets their password, once. A provider proves people's
// identity in our stead; who signs in by it is a user as any other.
//
// A grant is how much a principal, or a group of them, may do on one object or
// on all of a kind; a policy is a rule in Cedar, of tacit's own or of tacit.yaml.
//
// An actor asks for an action, <noun>.<verb>, on an object; Check says yes or
// no; Visible is the condition that a list adds to its own, as a filter tree
// over the listed objects. Where sign-in is not required, everybody who reaches
// tacit is the local user and may do all: tacit then listens to this machine
// alone.
//
// Secrets are kept as hashes, and shown once. Passwords are hashed by argon2id,
// secrets that tacit made by SHA-256, since those cannot be guessed.
//
// It is not authentication of clients' files or of models.
package access
