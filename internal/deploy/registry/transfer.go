package registry

import (
	"context"
	"fmt"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// What gives models of the workspace $1 to another.
const (
	selectTaken = `
SELECT m.name FROM registry_model m JOIN registry_model o ON o.workspace = $2 AND o.name = m.name WHERE m.workspace = $1 ORDER BY m.name`

	selectTransferred = `SELECT ` + versionColumns + ` FROM registry_version r WHERE r.workspace = $1 ORDER BY r.name, r.number`

	transferVersion = `
UPDATE registry_version SET workspace = $4, source = $5, location = $6 WHERE workspace = $1 AND name = $2 AND number = $3`

	transferModels      = `UPDATE registry_model SET workspace = $2 WHERE workspace = $1`
	transferModelTags   = `UPDATE registry_model_tag SET workspace = $2 WHERE workspace = $1`
	transferVersionTags = `UPDATE registry_version_tag SET workspace = $2 WHERE workspace = $1`
	transferAliases     = `UPDATE registry_alias SET workspace = $2 WHERE workspace = $1`
)

// deletedStage is the stage of a version whose number alone is kept.
const deletedStage Stage = "Deleted_Internal"

// lockPostgres keeps others from writing to registered models; readers go on.
const lockPostgres = `
LOCK TABLE registry_model, registry_model_tag, registry_version, registry_version_tag, registry_alias IN EXCLUSIVE MODE`

// Hold keeps others from writing to registered models until tx ends. It comes before
// all that tx reads.
func (s *Service) Hold(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "registry.Hold")
	return rows.Lock(ctx, tx, lockPostgres)
}

// Taken are the models of the workspace m.From whose names m.To has already, a
// line each.
func (s *Service) Taken(ctx context.Context, r rows.Reader, m *room.Move) (lines []string, err error) {
	defer fault.Wrap(&err, "registry.Taken(%s)", m.From)
	names, err := rows.Collect(ctx, r, rows.Column[string], selectTaken, m.From, m.To)
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("registered_models: '%s'", name))
	}
	return lines, err
}

// Move gives the models of the workspace m.From to m.To, under their names and
// with their versions, and tells of each there.
func (s *Service) Move(ctx context.Context, tx *rows.Tx, m *room.Move) (err error) {
	defer fault.Wrap(&err, "registry.Move(%s)", m.From)
	models, err := rows.Collect(ctx, tx, scanModel, selectAllModels, m.From)
	if err != nil {
		return err
	}
	versions, err := rows.Collect(ctx, tx, scanVersion, selectTransferred, m.From)
	if err != nil {
		return err
	}
	for _, statement := range []string{transferModels, transferModelTags, transferVersionTags, transferAliases} {
		if _, err := tx.Exec(ctx, statement, m.From, m.To); err != nil {
			return err
		}
	}
	there := m.There(ctx)
	for _, one := range models {
		if err := s.Events.Append(there, tx, modelTransferred(m, one.Model)); err != nil {
			return err
		}
	}
	for _, before := range versions {
		after := before
		after.Source, after.Location = m.Address(before.Source), m.Address(before.Location)
		if _, err := tx.Exec(ctx, transferVersion, m.From, before.Model, before.Number, m.To, after.Source, after.Location); err != nil {
			return err
		}
		if before.Stage == deletedStage {
			continue
		}
		if err := s.Events.Append(there, tx, versionTransferred(m, before, after)); err != nil {
			return err
		}
	}
	return nil
}
