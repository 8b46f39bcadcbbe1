package tracking

import (
	"context"
	"fmt"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// lockPostgres waits for all who write experiments or runs, or hold a run, and keeps
// others from it until the transaction ends; readers go on. Tables stand in the order
// in which writers come to them: a run before what is logged to it.
const lockPostgres = `
LOCK TABLE tracking_counter, tracking_experiment, tracking_experiment_tag, tracking_run, tracking_param, tracking_tag,
tracking_dataset, tracking_input, tracking_model_input, tracking_model_output IN EXCLUSIVE MODE`

// Hold keeps others from writing to experiments and runs until tx ends. It comes
// before all that tx reads.
func (s *Service) Hold(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "tracking.Hold")
	return rows.Lock(ctx, tx, lockPostgres)
}

// Taken are the experiments of the workspace m.From whose names m.To has already,
// a line each. The experiment "Default", which every workspace has, is none while it
// is empty.
func (s *Service) Taken(ctx context.Context, r rows.Reader, m *room.Move) (lines []string, err error) {
	defer fault.Wrap(&err, "tracking.Taken(%s)", m.From)
	here, err := s.transferred(ctx, r, m)
	if err != nil {
		return nil, err
	}
	there := m.There(ctx)
	for _, e := range here {
		_, err := rows.One(ctx, r, scanExperiment, selectExperimentByName, m.To, e.Name)
		taken := err == nil
		if rows.IsNone(err) && e.Name == defaultExperiment().Name {
			made, missing := hasDefault(there, r)
			taken, err = !made, missing
		}
		if err != nil && !rows.IsNone(err) {
			return nil, err
		}
		if taken {
			lines = append(lines, fmt.Sprintf("experiments: '%s'", e.Name))
		}
	}
	return lines, nil
}

// transferred are the experiments that move with the workspace: all but an empty
// "Default".
func (s *Service) transferred(ctx context.Context, r rows.Reader, m *room.Move) (some []Experiment, err error) {
	all, err := rows.Collect(ctx, r, scanExperiment, selectExperiments, m.From)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if e.ID == DefaultExperiment && e.Name == defaultExperiment().Name {
			holds, err := rows.One(ctx, r, rows.Column[int64], countInDefault, m.From)
			if err != nil {
				return nil, err
			}
			if holds == 0 {
				continue
			}
		}
		some = append(some, e)
	}
	return some, nil
}

// Move gives the experiments of the workspace m.From, with their runs and points,
// to m.To, each with another number, and tells of each there. Runs keep their ids.
func (s *Service) Move(ctx context.Context, tx *rows.Tx, m *room.Move) (err error) {
	defer fault.Wrap(&err, "tracking.Move(%s)", m.From)
	all, err := s.transferred(ctx, tx, m)
	if err != nil {
		return err
	}
	m.Experiments = map[string]string{}
	for _, e := range all {
		if err := s.transfer(ctx, tx, m, e); err != nil {
			return err
		}
	}
	for _, statement := range transferRest {
		if _, err := tx.Exec(ctx, statement, m.From, m.To); err != nil {
			return err
		}
	}
	if err := s.points.Move(ctx, tx, m); err != nil {
		return err
	}
	return s.Empty(ctx, tx) // of "Default", where it stayed
}

// transfer gives one experiment to m.To.
func (s *Service) transfer(ctx context.Context, tx *rows.Tx, m *room.Move, e Experiment) error {
	was, err := experimentID(e.ID)
	if err != nil {
		return err
	}
	number, err := rows.One(ctx, tx, rows.Column[int64], nextExperiment, m.To)
	if err != nil {
		return err
	}
	moved := e
	moved.ID, moved.ArtifactLocation = experimentText(number), m.Address(e.ArtifactLocation)
	m.Experiments[e.ID] = moved.ID
	if _, err := tx.Exec(ctx, transferExperiment, m.From, was, m.To, number, moved.ArtifactLocation); err != nil {
		return err
	}
	for _, statement := range transferOfExperiment {
		if _, err := tx.Exec(ctx, statement, m.From, was, m.To, number); err != nil {
			return err
		}
	}
	there := m.There(ctx)
	if err := s.Events.Append(there, tx, experimentTransferred(m, e, moved)); err != nil {
		return err
	}
	runs, err := rows.Collect(ctx, tx, func(row rows.Scanner) (Run, error) { return scanRun(row, nil) }, selectRunsOf, m.From, was)
	if err != nil {
		return err
	}
	for _, run := range runs {
		after := run
		after.Experiment, after.ArtifactURI = moved.ID, m.Address(run.ArtifactURI)
		_, err := tx.Exec(ctx, transferRun, m.From, run.ID, m.To, number, after.ArtifactURI)
		if rows.IsDuplicate(err) {
			return fault.New(fault.Conflict, "The workspace '%s' has a run %s already.", m.To, run.ID)
		}
		if err != nil {
			return err
		}
		if err := s.Events.Append(there, tx, runTransferred(m, run, after)); err != nil {
			return err
		}
	}
	return nil
}
