package access

import (
	"context"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// Gone takes the grants on an object that is no more, and on what was in it by its
// name, inside the transaction that deletes it: whoever makes one of the same name
// later begins without them.
func (s *Service) Gone(ctx context.Context, tx *rows.Tx, kind, object string) error {
	return s.eachGrantOn(ctx, tx, kind, object, func(g grant.Grant) error {
		return s.Events.Append(ctx, tx, grantChanged(g, g.Level, ""))
	})
}

// Renamed gives the grants on an object, and on what is in it by its name, to its
// new name, inside the transaction that renames it.
func (s *Service) Renamed(ctx context.Context, tx *rows.Tx, kind, from, to string) error {
	if err := s.Gone(ctx, tx, kind, to); err != nil { // of a name that nothing had
		return err
	}
	return s.eachGrantOn(ctx, tx, kind, from, func(g grant.Grant) error {
		if err := s.Events.Append(ctx, tx, grantChanged(g, g.Level, "")); err != nil {
			return err
		}
		g.Object = to + strings.TrimPrefix(g.Object, from)
		if _, err := tx.Exec(ctx, upsertGrant, caller.Workspace(ctx), g.Principal.String(), g.Kind, g.Object, g.Level); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, grantChanged(g, "", g.Level))
	})
}

// eachGrantOn deletes each grant on an object, and on a model's versions, and tells
// it to then.
func (s *Service) eachGrantOn(ctx context.Context, tx *rows.Tx, kind, object string, then func(grant.Grant) error) error {
	if object == grant.AnyObject { // that is no object's name
		return nil
	}
	all, err := rows.Collect(ctx, tx, scanGrant, selectGrantsOn, caller.Workspace(ctx), kind, object)
	if err != nil {
		return err
	}
	if kind == "model" {
		low, high := object+"/", object+"0" // the digit that follows a slash
		below, err := rows.Collect(ctx, tx, scanGrant, selectVersionGrants, caller.Workspace(ctx), low, high)
		if err != nil {
			return err
		}
		all = append(all, below...)
	}
	for _, g := range all {
		if _, err := tx.Exec(ctx, deleteGrant, caller.Workspace(ctx), g.Principal.String(), g.Kind, g.Object); err != nil {
			return err
		}
		if err := then(g); err != nil {
			return err
		}
	}
	return nil
}
