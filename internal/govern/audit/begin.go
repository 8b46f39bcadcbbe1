package audit

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// beginTime bounds how long a start waits for what another left unsigned: on
// PostgreSQL a transaction of another program may hold it back.
const beginTime = 2 * time.Second

// Begin has a log that was never signed begin with an entry of its own, before
// its key is made: a log that has a key and no such entry was emptied. Then it
// signs what whoever was there before left unsigned, so that no checkpoint covers
// both what a killed server wrote and what comes now.
func (s *Service) Begin(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "audit.Begin")
	ctx = caller.With(ctx, caller.System("audit", caller.DefaultWorkspace))
	keys, err := s.Keys.Keys(ctx, KeyName)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		if err := s.begin(ctx); err != nil {
			return err
		}
		if _, err := s.Keys.Key(ctx, KeyName); err != nil {
			return err
		}
		if err := s.goOn(ctx); err != nil {
			return err
		}
	}
	u, err := s.untaken(ctx, s.DB.Read())
	if err != nil {
		return err
	}
	for _, text := range u.texts() {
		s.Log.Warn(text + ": " + takeEarlier)
	}
	short, cancel := context.WithTimeout(ctx, beginTime)
	defer cancel()
	if err := s.takeRestored(short); err != nil {
		s.Log.Error("the audit log does not tell yet that it was restored", "error", err)
	}
	if err := s.Settle(short); err != nil && ctx.Err() == nil {
		s.Log.Warn("what the audit log was left with could not be signed at the start", "error", err)
	}
	return ctx.Err()
}

// begin has the log begin or, where there is one, go on with a key that is to come: an
// entry tells so, and what retention left is sealed for it, both in one transaction.
func (s *Service) begin(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if err := s.sealLeft(ctx, tx); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, logBegun())
	})
}

// goOn takes a log that is there for one to go on with, with a new key: that which
// sealed its entries is gone with the one it was signed with.
func (s *Service) goOn(ctx context.Context) error {
	size, _, err := s.sizes(ctx)
	if err != nil || size == 0 {
		return err
	}
	_, err = s.Accept(ctx)
	return err
}
