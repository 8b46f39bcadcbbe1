package registry

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// SetStage moves a version to a model stage. With archive, the other versions
// of that stage are archived, which only Staging and Production take.
// fault.NotFound.
func (s *Service) SetStage(ctx context.Context, name string, number int64, stage string, archive bool) (_ Version, err error) {
	defer fault.Wrap(&err, "registry.SetStage(%s, %d, %s)", name, number, stage)
	to, err := ParseStage(stage)
	if err != nil {
		return Version{}, err
	}
	if archive && to != Staging && to != Production {
		return Version{}, invalid("Model version transition cannot archive existing model versions because '%s' is not an Active stage. Valid stages are ['Staging', 'Production']", stage)
	}
	if to != Staging && to != Production {
		return s.setStage(ctx, name, number, to, archive, func(context.Context, *rows.Tx) error { return nil })
	}
	var v Version
	err = s.admitted(ctx, name, number, "", to, func(still check) error {
		v, err = s.setStage(ctx, name, number, to, archive, still)
		return err
	})
	return v, err
}

func (s *Service) setStage(ctx context.Context, name string, number int64, to Stage, archive bool, still check) (Version, error) {
	return s.changeVersion(ctx, name, number, func(tx *rows.Tx, before Version) error {
		if err := still(ctx, tx); err != nil {
			return err
		}
		now := s.Now().UnixMilli()
		if archive {
			if err := s.archiveOthers(ctx, tx, before, to, now); err != nil {
				return err
			}
		}
		if err := s.moveVersion(ctx, tx, before, to, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, touchModel, caller.Workspace(ctx), name, now)
		return err
	})
}

func (s *Service) archiveOthers(ctx context.Context, tx *rows.Tx, kept Version, stage Stage, now int64) error {
	others, err := rows.Collect(ctx, tx, scanVersion, selectVersionsOfStage, caller.Workspace(ctx), kept.Model, string(stage), kept.Number)
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := s.moveVersion(ctx, tx, other, Archived, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) moveVersion(ctx context.Context, tx *rows.Tx, before Version, to Stage, now int64) error {
	after := before
	after.Stage, after.Updated = to, now
	if _, err := tx.Exec(ctx, stageVersion, caller.Workspace(ctx), after.Model, after.Number, string(to), now); err != nil {
		return err
	}
	return s.Events.Append(ctx, tx, versionStaged(before, after))
}

// Latest gives the newest version of each of the named model stages, of all
// stages when none is named, with aliases. fault.NotFound for the model.
func (s *Service) Latest(ctx context.Context, name string, stageNames []string) (_ []Version, err error) {
	defer fault.Wrap(&err, "registry.Latest(%s)", name)
	wanted := make([]Stage, 0, len(stageNames))
	for _, n := range stageNames {
		stage, err := ParseStage(n)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, stage)
	}
	m, err := s.Model(ctx, name)
	if err != nil {
		return nil, err
	}
	all := m.Latest
	if len(wanted) > 0 {
		all = slices.DeleteFunc(all, func(v Version) bool { return !slices.Contains(wanted, v.Stage) })
	}
	return all, nil
}
