package registry

import (
	"context"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// SetAlias points an alias at a version, away from where it pointed before.
// fault.NotFound for the version.
func (s *Service) SetAlias(ctx context.Context, name, alias string, number int64) (err error) {
	defer fault.Wrap(&err, "registry.SetAlias(%s, %s)", name, alias)
	if err := checkName(name); err != nil {
		return err
	}
	if err := checkNewAlias(alias); err != nil {
		return err
	}
	return s.admitted(ctx, name, number, alias, "", func(still check) error { return s.pointAlias(ctx, name, alias, number, still) })
}

func (s *Service) pointAlias(ctx context.Context, name, alias string, number int64, still check) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		workspace := caller.Workspace(ctx)
		if _, err := readVersion(ctx, tx, name, number); err != nil {
			return err
		}
		if err := still(ctx, tx); err != nil {
			return err
		}
		before, err := rows.One(ctx, tx, rows.Column[int64], selectAlias, workspace, name, alias)
		if err != nil && !rows.IsNone(err) {
			return err
		}
		if _, err := tx.Exec(ctx, upsertAlias, workspace, name, alias, number); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, aliasSet(name, alias, before, number))
	})
}

// DeleteAlias takes an alias away; that there is none is no error.
// fault.NotFound for the model.
func (s *Service) DeleteAlias(ctx context.Context, name, alias string) (err error) {
	defer fault.Wrap(&err, "registry.DeleteAlias(%s, %s)", name, alias)
	if err := checkAlias(alias); err != nil {
		return err
	}
	_, err = s.changeModel(ctx, name, func(tx *rows.Tx, _ modelRecord) error {
		workspace := caller.Workspace(ctx)
		before, err := rows.One(ctx, tx, rows.Column[int64], selectAlias, workspace, name, alias)
		if rows.IsNone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteAlias, workspace, name, alias); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, aliasRemoved(name, alias, before))
	})
	return err
}

// VersionByAlias finds the version that an alias points at, of those that the caller
// may see; "latest" is the newest. fault.NotFound for the model, fault.Invalid for
// the alias.
func (s *Service) VersionByAlias(ctx context.Context, name, alias string) (_ Version, err error) {
	defer fault.Wrap(&err, "registry.VersionByAlias(%s, %s)", name, alias)
	if err := checkName(name); err != nil {
		return Version{}, err
	}
	if err := checkAlias(alias); err != nil {
		return Version{}, err
	}
	seen, err := s.sightOf(ctx)
	if err != nil {
		return Version{}, err
	}
	var v Version
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		if _, err := readModel(ctx, r, name); err != nil {
			return err
		}
		number, err := aliased(ctx, r, seen, name, alias)
		if err != nil {
			return err
		}
		v, err = fullVersion(ctx, r, name, number)
		return err
	})
	return v, err
}

// aliased is the number of the version in sight that an alias points at.
func aliased(ctx context.Context, r rows.Reader, seen sight, name, alias string) (int64, error) {
	args := []any{caller.Workspace(ctx), name}
	if strings.EqualFold(alias, "latest") {
		where, args, err := seen.render(r.Dialect(), args...)
		if err != nil {
			return 0, err
		}
		number, err := rows.One(ctx, r, rows.Column[int64], versionsOfModel+where+" ORDER BY r.number DESC LIMIT 1", args...)
		if rows.IsNone(err) {
			err = fault.New(fault.NotFound, "Latest version not found for model %s.", name)
		}
		return number, err
	}
	number, err := rows.One(ctx, r, rows.Column[int64], selectAlias, append(args, alias)...)
	if err == nil {
		var where string
		if where, args, err = seen.render(r.Dialect(), append(args, number)...); err != nil {
			return 0, err
		}
		number, err = rows.One(ctx, r, rows.Column[int64], versionsOfModel+"r.number = $3 AND "+where, args...)
	}
	if rows.IsNone(err) {
		err = invalid("Registered model alias %s not found.", alias)
	}
	return number, err
}
