package audit

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Accept takes the log as it stands for the one that has to hold from now on:
// for whoever put an older state in place on purpose. It signs the log, and an
// entry tells who did it, what was signed before and what is now. All servers of
// the store take it from there. What a tacit emptied that did not seal entries is sealed
// when its log is first taken. fault.Conflict when the store is at odds with
// itself: what it signed last it does not hold.
func (s *Service) Accept(ctx context.Context) (c Checkpoint, err error) {
	defer fault.Wrap(&err, "audit.Accept")
	before, _, _ := s.kept.known() // a file that holds none is replaced as well
	return s.accept(ctx, before)
}

func (s *Service) accept(ctx context.Context, before Checkpoint) (Checkpoint, error) {
	if err := s.Events.CatchUp(ctx, subscriber); err != nil {
		return Checkpoint{}, err
	}
	keys, err := s.signers(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	size, _, err := s.sizes(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	u, err := s.untaken(ctx, s.DB.Read())
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := s.sign(ctx, size, keys[0], func(ctx context.Context, tx *rows.Tx, c Checkpoint) error {
		if len(u.texts()) > 0 {
			if err := s.sealThose(ctx, tx, u.left); err != nil {
				return err
			}
		}
		return s.Events.Append(inDefault(ctx), tx, checkpointAccepted(before, c))
	})
	if err != nil {
		return Checkpoint{}, err
	}
	return c, s.kept.replace(c)
}

// acceptance is the log that somebody took as it stood, and when; zero for none.
type acceptance struct {
	Checkpoint           // without note and key
	at         time.Time // later than what was signed of it
	sealed     bool      // what an earlier tacit emptied was sealed then
}

// accepted is the newest acceptance that tacit wrote.
func (s *Service) accepted(ctx context.Context, r rows.Reader) (a acceptance, err error) {
	e, err := s.newest(ctx, r, acceptedVerb)
	var data accepted
	if raw, ok := e.Data.(json.RawMessage); err != nil || !ok || json.Unmarshal(raw, &data) != nil {
		return a, err
	}
	a.at, a.sealed = e.Time, data.Sealed
	a.Size, a.Root, a.Time = data.After.Size, data.After.Root, time.UnixMicro(data.After.Time).UTC()
	return a, nil
}

// looked bounds how many entries are looked at that somebody may have made up.
const looked = 20

// newest is the newest event of a verb about the log that tacit wrote, the zero one
// for none.
func (s *Service) newest(ctx context.Context, r rows.Reader, verb string) (event.Event, error) {
	all, err := s.Events.List(ctx, event.Query{Workspace: caller.DefaultWorkspace, Verb: verb, Limit: looked})
	if err != nil {
		return event.Event{}, err
	}
	for _, e := range all {
		stored, err := s.storedAt(ctx, r, e.Position)
		if err != nil {
			return event.Event{}, err
		}
		if stored.ID == e.ID && written(stored) {
			return stored.Event, nil
		}
	}
	return event.Event{}, nil
}

// due is what the log has to hold: the checkpoint that is kept outside the store
// or, where somebody accepted another log since it was signed, that; the zero one
// for none.
func (s *Service) due(ctx context.Context, r rows.Reader) (c Checkpoint, name string, a acceptance, err error) {
	if a, err = s.accepted(ctx, r); err != nil {
		return c, "", a, err
	}
	c, name, broken := s.kept.known()
	switch {
	case broken != nil:
		c, err = Checkpoint{}, &brokenFile{broken}
	case a.at.After(c.Time):
		c, name = a.Checkpoint, "What was accepted "+a.at.Format(time.RFC3339)
	}
	return c, name, a, err
}

// brokenFile says why the file of the folder holds no checkpoint.
type brokenFile struct{ error }

// takeRestored tells, once, that the folder's file was replaced by a restore, and
// what it had said.
func (s *Service) takeRestored(ctx context.Context) error {
	if s.kept.path == "" {
		return nil
	}
	path := s.kept.path + replacedSuffix
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := openCheckpoint(string(text), nil)
	if err != nil && !errors.Is(err, errUnknownKey) {
		before = Checkpoint{}
	}
	if _, err := s.accept(ctx, before); err != nil {
		return err
	}
	return os.Remove(path)
}
