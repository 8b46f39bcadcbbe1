package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
)

// Rotated is a key with its new version.
type Rotated struct {
	Name    string `json:"key"`
	Version int64  `json:"version"`
}

// RotateKeys makes the next version of the named keys, of all when none is
// named; retire ends what older versions signed at once. SQLite's folder must
// not be in use, and the next server signs what the audit log tells of it; servers on PostgreSQL notice the rotation within a minute.
func RotateKeys(ctx context.Context, s Settings, log *slog.Logger, names []string, retire bool) (_ []Rotated, err error) {
	defer fault.Wrap(&err, "app.RotateKeys")
	if err := s.MustExist(); err != nil {
		return nil, err
	}
	if s.inFolder() {
		locked, err := folder.Open(s.Dir)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, locked.Close()) }()
	}
	ids := id.NewSource(s.Now, s.Random)
	db, err := rows.Open(ctx, s.RowsAddress(s.Dir), rows.Options{Now: s.Now, Spread: ids.Spread, Log: log})
	if err != nil {
		return nil, unopened(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx, Schemas()); err != nil {
		return nil, err
	}
	file := s.MasterKey(s.Dir)
	box, err := secret.Open(ctx, secret.Config{DB: db, Now: s.Now, Random: s.Random, File: file})
	if err != nil {
		return nil, err
	}
	known, err := box.Names(ctx)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		names = known
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fault.WithHint(fault.New(fault.Invalid, "There is no key %q.", name), "there are: %s", strings.Join(known, ", "))
		}
	}
	seal, err := box.Derived(sealPurpose)
	if err != nil {
		return nil, err
	}
	events := event.NewSealedLog(db, ids, s.Now, log, seal)
	return rotate(caller.With(ctx, caller.Local(caller.DefaultWorkspace)), box, events, names, retire)
}

func rotate(ctx context.Context, box *secret.Box, events *event.Log, names []string, retire bool) ([]Rotated, error) {
	rotated, retired := tellKeys(events)
	var all []Rotated
	for _, name := range names {
		key, err := box.Rotate(ctx, name, rotated)
		if err == nil && retire {
			err = box.Retire(ctx, name, retired)
		}
		if err != nil {
			return all, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, Rotated{name, key.Version})
	}
	return all, nil
}
