package event

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Remains is what a room needs of events that retention empties.
type Remains struct {
	// Keep gives what stays of an event's data, as a value that marshals to a JSON
	// object and tells of no person; nil for nothing. Of what stayed it gives the
	// same again.
	Keep func(Event) any
	// Forget takes out of what the room made of the events at positions whatever they
	// no longer tell; nil for a room that made nothing of it.
	Forget func(ctx context.Context, tx *rows.Tx, positions []int64) error
}

// Remain has what a subscriber needs of old events stay when they are emptied. All
// are named before Run.
func (l *Log) Remain(subscriber string, r Remains) error {
	s, err := l.named(subscriber)
	if err == nil {
		s.remains = r
	}
	return err
}

// selectRecordsAt reads events that are emptied. A list of positions stands behind it.
const selectRecordsAt = `SELECT ` + columns + ` FROM event_log WHERE position IN `

// emptyEvent takes out what tells of people and of details.
const emptyEvent = `
UPDATE event_log SET actor = '', request = '', address = '', client = '', data = $2, seal = $3 WHERE position = $1`

// Empty takes actor, origin and data out of the events at positions, in one
// transaction with what goes along. Of the data of those that are vouched for it
// leaves what Remain asks for, and seals what is left; of the others nothing is left,
// and no seal holds. While it runs no subscriber that has to forget is brought
// anything: what it read before the events were emptied it has made something of.
func (l *Log) Empty(ctx context.Context, positions []int64, vouched func(Event) bool, along func(*rows.Tx) error) error {
	for _, s := range l.subscribers {
		if s.remains.Forget != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
		}
	}
	return l.db.Write(ctx, func(tx *rows.Tx) error {
		if err := along(tx); err != nil {
			return err
		}
		all, err := rows.Collect(ctx, tx, scanRecord, selectRecordsAt+rows.Listed[int64](tx.Dialect(), 1), rows.List(tx.Dialect(), positions))
		if err != nil {
			return err
		}
		for _, one := range all {
			left, err := l.emptied(one, vouched)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, emptyEvent, left.Position, left.data, left.seal); err != nil {
				return err
			}
		}
		for _, s := range l.subscribers {
			if s.remains.Forget == nil {
				continue
			}
			if err := s.remains.Forget(ctx, tx, positions); err != nil {
				return err
			}
		}
		return nil
	})
}

// selectEmptiedAt reads those of events that tell of nobody. A list of positions stands
// behind it.
const selectEmptiedAt = `SELECT ` + columns + ` FROM event_log WHERE actor = '' AND position IN `

// AsLeft gives events that were read before tx began as they are inside it: those that
// another replica has emptied since tell what is left of them alone. A subscriber that
// makes something of what can be emptied, in a serialisable transaction, makes it of
// these: where Empty goes on beside it, one of the two transactions is done over, after
// the other. On SQLite Empty waits for who is brought events, and they are as they were read.
func (l *Log) AsLeft(ctx context.Context, tx *rows.Tx, all []Event) ([]Event, error) {
	if tx.Dialect() != rows.Postgres {
		return all, nil
	}
	positions := make([]int64, len(all))
	for i, e := range all {
		positions[i] = e.Position
	}
	found, err := rows.Collect(ctx, tx, scanRecord, selectEmptiedAt+rows.Listed[int64](tx.Dialect(), 1), rows.List(tx.Dialect(), positions))
	if err != nil || len(found) == 0 {
		return all, err
	}
	left := make(map[int64]Event, len(found))
	for _, one := range found {
		e, err := one.read()
		if err != nil {
			return nil, err
		}
		e.Mark = l.markOf(one)
		left[e.Position] = e
	}
	all = slices.Clone(all)
	for i, e := range all {
		if emptied, ok := left[e.Position]; ok && emptied.ID == e.ID {
			all[i] = emptied
		}
	}
	return all, nil
}

const sealEvent = `UPDATE event_log SET seal = $2 WHERE position = $1`

// SealLeft seals what is left of the emptied events at positions by the log's key: for a
// log that goes on without the one that sealed them, or had none. Those that left says are not what
// was left, and those that cannot be read, keep the seal that they have.
func (l *Log) SealLeft(ctx context.Context, tx *rows.Tx, positions []int64, left func(Event) bool) error {
	all, err := rows.Collect(ctx, tx, scanRecord, selectRecordsAt+rows.Listed[int64](tx.Dialect(), 1), rows.List(tx.Dialect(), positions))
	if err != nil {
		return err
	}
	for _, one := range all {
		e, err := one.read()
		if e.Mark = l.markOf(one); err != nil || !left(e) {
			continue
		}
		// As one that this key did not seal when it was written: firstSealed passes it by.
		if _, err := tx.Exec(ctx, sealEvent, one.Position, l.sealEmptied(one.values(), false)); err != nil {
			return err
		}
	}
	return nil
}

// emptied is what is left of a record.
func (l *Log) emptied(r record, vouched func(Event) bool) (record, error) {
	e, err := r.read()
	r.actor, r.Origin, r.data = "", caller.Origin{}, ""
	if r.seal == nil {
		r.seal = []byte{}
	}
	if err != nil || !vouched(e) {
		return r, nil
	}
	kept := map[string]json.RawMessage{}
	for _, s := range l.subscribers {
		if s.remains.Keep == nil {
			continue
		}
		text, err := json.Marshal(s.remains.Keep(e))
		if err != nil {
			return r, fmt.Errorf("event %s: what stays: %w", e.ID, err)
		}
		var some map[string]json.RawMessage
		if err := json.Unmarshal(text, &some); err != nil {
			return r, fmt.Errorf("event %s: what stays: %w", e.ID, err)
		}
		maps.Copy(kept, some)
	}
	if len(kept) > 0 {
		text, err := json.Marshal(kept)
		if err != nil {
			return r, fmt.Errorf("event %s: what stays: %w", e.ID, err)
		}
		r.data = string(text)
	}
	r.seal = l.sealEmptied(r.values(), len(r.seal) > 0)
	return r, nil
}
