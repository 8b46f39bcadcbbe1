// Package rest speaks tacit's own API, below /api/v1, for people's scripts:
// docs/openapi.json describes it.
//
// Every operation is one row with its action and what it acts on, as in every
// face, and becomes a route of package route; huma checks the message and
// writes OpenAPI from the Go types. A failure is problem+json (RFC 9457), with
// the kind's status from the one table in problem.go. A write that carries an
// Idempotency-Key is carried out once (idempotent.go).
//
// Words are those of GLOSSARY.md, times RFC 3339, lists {items, next}. What
// reads answers 200, what makes something 201 with it, what changes something
// 204.
//
// It adds nothing that a room does not do. Training scripts speak MLflow's
// protocol; metric points at rate and the bytes of artifacts go that way.
package rest
