// Package idempotency keeps the answers of requests that carry a key, so that
// a client that does not know whether its request arrived may send it again.
//
// Words. A key is a text of the client's choice, apart for each workspace and
// actor. Who begins a key claims it for a lease, carries the request out under
// the claim, and keeps its answer; the same request with the key then gets
// that answer. A lease that ends without an answer, because the process died,
// frees the key.
//
// Every transaction that is written under a claim marks the key as done in
// itself. So a change is never made twice: not when the process dies between
// the change and its answer (the answer is then lost, and the key says so), and
// not by a claim whose lease is over and whose key another has (its
// transaction fails).
//
// It knows no protocol: faces say what each outcome is in their language.
package idempotency

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

//go:embed migrations
var migrations embed.FS

const (
	// Lease is how long a claim holds without an answer.
	Lease = 30 * time.Second
	// Kept is how long an answer is kept.
	Kept = 24 * time.Hour
	// MaxKey is the greatest length of a key, in bytes.
	MaxKey = 255
)

// Schema is the package's table.
func Schema() rows.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return rows.Schema{Name: "idempotency", Files: files, LeftOut: []rows.LeftOut{{
		Tables: []string{"idempotency_answer"}, What: "answers kept for repeated requests",
		Why: "they are kept for a day and belong to clients of the running server",
	}}}
}

// Answer is what a request was answered with.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Outcome says what a key's history asks for.
type Outcome uint8

// The outcomes of Begin.
const (
	Claimed  Outcome = iota // carry the request out under the claim
	Answered                // it was carried out: here is its answer
	Busy                    // it is being carried out now
	Reused                  // the key came before with another request
	Lost                    // it was carried out, and its answer is lost
)

// Begun is the result of Begin. Claim is set when the outcome is Claimed,
// Answer when it is Answered.
type Begun struct {
	Outcome Outcome
	Answer  Answer
	Claim   *Claim
}

// Store keeps keys and answers.
type Store struct {
	db  *rows.DB
	ids *id.Source
	now func() time.Time
}

// New gives a store over a table that is there.
func New(db *rows.DB, ids *id.Source, now func() time.Time) *Store { return &Store{db, ids, now} }

// CheckKey refuses a key that is empty, longer than MaxKey, or not of visible
// ASCII characters. fault.Invalid.
func CheckKey(key string) error {
	ok := len(key) > 0 && len(key) <= MaxKey
	for i := range len(key) {
		ok = ok && key[i] > ' ' && key[i] < 0x7f
	}
	if !ok {
		return fault.WithHint(fault.New(fault.Invalid, "The idempotency key has 1 to %d visible ASCII characters.", MaxKey), "a UUID made for this one request is a good key")
	}
	return nil
}

// Begin claims the key of the caller in ctx for a request, told apart from
// others by its hash.
func (s *Store) Begin(ctx context.Context, key, request string) (b Begun, err error) {
	defer fault.Wrap(&err, "idempotency.Begin")
	if err := CheckKey(key); err != nil {
		return b, err
	}
	c := caller.From(ctx)
	claim := &Claim{store: s, workspace: c.Workspace, actor: c.Actor.String(), key: key, id: s.ids.Hex32()}
	err = s.db.Write(ctx, func(tx *rows.Tx) error {
		b = Begun{Outcome: Claimed, Claim: claim}
		now := s.now()
		lease := now.Add(Lease).UnixMicro()
		n, err := tx.Exec(ctx, insertClaim, claim.workspace, claim.actor, key, request, claim.id, lease, []byte{})
		if err != nil || n > 0 {
			return err
		}
		e, err := rows.One(ctx, tx, scanEntry, selectEntry, claim.workspace, claim.actor, key)
		if err != nil {
			return err
		}
		if e.until <= now.UnixMicro() {
			_, err := tx.Exec(ctx, takeOver, claim.workspace, claim.actor, key, request, claim.id, lease, []byte{}, e.claim)
			return err
		}
		b = e.outcome(request, now)
		return nil
	})
	return b, err
}

// outcome is what an entry whose time is not over asks of a request.
func (e entry) outcome(request string, now time.Time) Begun {
	marked := time.UnixMicro(e.until).Add(-Kept)
	switch {
	case e.request != request:
		return Begun{Outcome: Reused}
	case e.state == kept:
		return Begun{Outcome: Answered, Answer: e.answer}
	case e.state == lost, e.state == done && !now.Before(marked.Add(Lease)):
		return Begun{Outcome: Lost}
	}
	return Begun{Outcome: Busy}
}

// TakeUp frees the keys that a dead process had claimed. On PostgreSQL other
// processes may be at work, and leases end by themselves.
func (s *Store) TakeUp(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "idempotency.TakeUp")
	if s.db.Dialect() == rows.Postgres {
		return nil
	}
	return s.db.Write(ctx, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, deleteBegun); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, loseAnswers)
		return err
	})
}

// Sweep deletes what is over.
func (s *Store) Sweep(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "idempotency.Sweep")
	return s.db.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, deleteOver, s.now().UnixMicro())
		return err
	})
}

// Claim is the right to carry out the request of one key.
type Claim struct {
	store                     *Store
	workspace, actor, key, id string
}

// Within gives a context whose writes belong to the claim: each marks the key
// as done, or fails with fault.Conflict when another has the key by now.
func (c *Claim) Within(ctx context.Context) context.Context {
	return rows.Along(ctx, func(ctx context.Context, tx *rows.Tx) error {
		n, err := tx.Exec(ctx, markDone, c.workspace, c.actor, c.key, c.id, c.store.now().Add(Kept).UnixMicro())
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "This request took so long that another with the same idempotency key was begun.")
		}
		return err
	})
}

// Keep keeps the answer, also when the client has gone away. A claim whose key
// another has keeps nothing.
func (c *Claim) Keep(ctx context.Context, a Answer) (err error) {
	defer fault.Wrap(&err, "idempotency.Keep")
	header, err := json.Marshal(a.Header)
	if err != nil {
		return err
	}
	body := a.Body
	if body == nil {
		body = []byte{}
	}
	ctx = context.WithoutCancel(ctx)
	return c.store.db.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, keepAnswer, c.workspace, c.actor, c.key, c.id, c.store.now().Add(Kept).UnixMicro(), a.Status, string(header), body)
		return err
	})
}

// Release ends the claim without an answer: the key is free when nothing was
// changed under it, and else its answer is lost.
func (c *Claim) Release(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "idempotency.Release")
	ctx = context.WithoutCancel(ctx)
	return c.store.db.Write(ctx, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, deleteClaim, c.workspace, c.actor, c.key, c.id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, loseAnswer, c.workspace, c.actor, c.key, c.id)
		return err
	})
}
