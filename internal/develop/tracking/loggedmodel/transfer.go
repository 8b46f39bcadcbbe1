package loggedmodel

import (
	"context"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// lockPostgres keeps others from writing to logged models; readers go on.
const lockPostgres = `
LOCK TABLE tracking_logged_model, tracking_logged_model_param, tracking_logged_model_tag, tracking_logged_model_metric IN EXCLUSIVE MODE`

// Hold keeps others from writing to logged models until tx ends. It comes before
// all that tx reads.
func (s *Service) Hold(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "loggedmodel.Hold")
	return rows.Lock(ctx, tx, lockPostgres)
}

// Taken are none: a logged model has an id that no other has.
func (s *Service) Taken(context.Context, rows.Reader, *room.Move) ([]string, error) { return nil, nil }

// Move gives the logged models of the workspace m.From to m.To, where they are in
// the experiments that moved before, and tells of each there.
func (s *Service) Move(ctx context.Context, tx *rows.Tx, m *room.Move) (err error) {
	defer fault.Wrap(&err, "loggedmodel.Move(%s)", m.From)
	all, err := rows.Collect(ctx, tx, scanModel, selectTransferred, m.From)
	if err != nil {
		return err
	}
	for _, before := range all {
		after := before
		var moved bool
		if after.Experiment, moved = m.Experiments[before.Experiment]; !moved {
			return fault.WithHint(fault.New(fault.Conflict, "The experiment %s of the workspace '%s' holds the logged model %s, and its name is taken in '%s'.", before.Experiment, m.From, before.ID, m.To),
				"rename that experiment")
		}
		number, err := strconv.ParseInt(after.Experiment, 10, 64)
		if err != nil {
			return err
		}
		after.ArtifactURI = m.Address(before.ArtifactURI)
		_, err = tx.Exec(ctx, transferModel, m.From, before.ID, m.To, number, after.ArtifactURI)
		if rows.IsDuplicate(err) {
			return fault.New(fault.Conflict, "The workspace '%s' has a logged model %s already.", m.To, before.ID)
		}
		if err != nil {
			return err
		}
		if err := s.Events.Append(m.There(ctx), tx, modelTransferred(m, before, after)); err != nil {
			return err
		}
	}
	for _, statement := range []string{transferParams, transferTags, transferMetrics} {
		if _, err := tx.Exec(ctx, statement, m.From, m.To); err != nil {
			return err
		}
	}
	return nil
}
