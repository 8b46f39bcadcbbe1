package tracking

import (
	"context"
	"database/sql"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
)

// RunSpec is what a new run is made of.
type RunSpec struct {
	Experiment string // "" for the default experiment
	Name       string // "" for the tag mlflow.runName, or else a name of chance
	User       string
	Start      int64 // ms since 1970
	Tags       []Tag
}

// CreateRun begins a run in an active experiment.
func (s *Service) CreateRun(ctx context.Context, spec RunSpec) (_ Run, err error) {
	defer fault.Wrap(&err, "tracking.CreateRun")
	if spec.Experiment == "" {
		spec.Experiment = DefaultExperiment
	}
	number, err := experimentID(spec.Experiment)
	if err != nil {
		return Run{}, err
	}
	run, err := s.newRun(spec)
	if err != nil {
		return run, err
	}
	workspace := caller.Workspace(ctx)
	err = s.write(ctx, func(tx *rows.Tx) error {
		e, err := s.Used(ctx, tx, spec.Experiment)
		if err != nil {
			return err
		}
		run.Experiment = e.ID
		run.ArtifactURI = uri.Join(e.ArtifactLocation, run.ID+"/artifacts")
		if _, err := tx.Exec(ctx, insertRun, workspace, run.ID, number, run.Name, run.User, string(run.Status), run.Start, run.ArtifactURI); err != nil {
			return err
		}
		for _, t := range run.Tags {
			if _, err := tx.Exec(ctx, upsertTag, workspace, run.ID, t.Key, t.Value); err != nil {
				return err
			}
		}
		return s.Events.Append(ctx, tx, runCreated(run))
	})
	return run, err
}

// newRun checks a spec and makes the run of it, with id and name.
func (s *Service) newRun(spec RunSpec) (Run, error) {
	if len(spec.Tags) > MaxRunTags {
		return Run{}, invalid("A run can be created with at most %d tags. Got %d tags.", MaxRunTags, len(spec.Tags))
	}
	tags := make([]Tag, 0, len(spec.Tags)+1)
	tagged := ""
	for i := range spec.Tags {
		t := spec.Tags[i]
		if t.Key == "" {
			return Run{}, invalid("Missing value for required parameter 'tags[%d].key'.", i)
		}
		t.Value = cut(t.Value, MaxTagValue)
		if err := label.Stored("tags", t.Key+t.Value); err != nil {
			return Run{}, err
		}
		if err := label.Length("tags", t.Key, MaxKey); err != nil {
			return Run{}, err
		}
		if t.Key == runNameTag {
			tagged = t.Value
		}
		tags = append(tags, t)
	}
	name := cut(spec.Name, maxRunName)
	if name != "" && tagged != "" && name != tagged {
		return Run{}, invalid("Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='%s', mlflow.runName='%s').", name, tagged)
	}
	if name == "" {
		name = tagged
	}
	if name == "" {
		name = RandomName(s.IDs.Bytes(4))
	}
	if tagged == "" {
		tags = append(tags, Tag{runNameTag, name})
	}
	if err := label.Stored("run_name", name+spec.User); err != nil {
		return Run{}, err
	}
	return Run{ID: s.IDs.Hex32(), Name: name, User: cut(spec.User, maxUser), Status: Running, Start: spec.Start,
		Lifecycle: Active, Tags: lastOfKey(tags)}, nil
}

func scanRun(row rows.Scanner, keys []any) (Run, error) {
	var (
		r          Run
		experiment int64
		end        sql.NullInt64
	)
	err := row.Scan(append([]any{&r.ID, &experiment, &r.Name, &r.User, &r.Status, &r.Start, &end, &r.Lifecycle, &r.ArtifactURI}, keys...)...)
	r.Experiment, r.End = experimentText(experiment), end.Int64
	return r, err
}

func noRun(id string) error {
	return fault.New(fault.NotFound, "Run with id=%s not found", cut(id, 256))
}

func readRun(ctx context.Context, r rows.Reader, id string) (Run, error) {
	run, err := rows.One(ctx, r, func(row rows.Scanner) (Run, error) { return scanRun(row, nil) }, selectRun, caller.Workspace(ctx), id)
	if rows.IsNone(err) {
		return run, noRun(id)
	}
	return run, err
}

// Run finds a run, deleted ones included, with all it has. fault.NotFound.
func (s *Service) Run(ctx context.Context, id string) (_ Run, err error) {
	defer fault.Wrap(&err, "tracking.Run(%s)", id)
	if label.Stored("", id) != nil {
		return Run{}, noRun(id)
	}
	run, err := readRun(ctx, s.DB.Read(), id)
	if err != nil {
		return run, err
	}
	if err := s.points.Settle(ctx, id); err != nil {
		return Run{}, err
	}
	all := []Run{run}
	err = s.fillRuns(ctx, all, false)
	return all[0], err
}

func activeRun(id string, l Lifecycle) error {
	if l != Active {
		return invalid("The run %s must be in the 'active' state. Current state is %s.", id, l)
	}
	return nil
}

// RunUpdate says what of a run changes.
type RunUpdate struct {
	ID     string
	Status *Status // nil leaves it
	End    *int64  // ms since 1970, nil leaves it
	Name   string  // "" leaves it
}

// UpdateRun changes an active run and gives it without params, tags and metrics.
func (s *Service) UpdateRun(ctx context.Context, u RunUpdate) (_ Run, err error) {
	defer fault.Wrap(&err, "tracking.UpdateRun(%s)", u.ID)
	u.Name = cut(u.Name, maxRunName)
	if err := label.Stored("run_name", u.Name); err != nil {
		return Run{}, err
	}
	if label.Stored("", u.ID) != nil {
		return Run{}, noRun(u.ID)
	}
	var after Run
	err = s.write(ctx, func(tx *rows.Tx) error {
		before, err := readRun(ctx, tx, u.ID)
		if err != nil {
			return err
		}
		if err := activeRun(before.ID, before.Lifecycle); err != nil {
			return err
		}
		after = before
		if u.Status != nil {
			after.Status = *u.Status
		}
		if u.End != nil {
			after.End = *u.End
		}
		if u.Name != "" {
			after.Name = u.Name
		}
		return s.storeUpdate(ctx, tx, before, after, u.Name != "")
	})
	return after, err
}

func (s *Service) storeUpdate(ctx context.Context, tx *rows.Tx, before, after Run, named bool) error {
	workspace := caller.Workspace(ctx)
	end := sql.NullInt64{Int64: after.End, Valid: after.End != 0}
	if _, err := tx.Exec(ctx, updateRun, workspace, after.ID, string(after.Status), end, after.Name); err != nil {
		return err
	}
	if named {
		if _, err := tx.Exec(ctx, upsertTag, workspace, after.ID, runNameTag, after.Name); err != nil {
			return err
		}
	}
	if after.Status.Ended() {
		s.points.End(ctx, tx, after.ID)
	}
	if stateOf(before) == stateOf(after) {
		return nil // nothing to tell
	}
	return s.Events.Append(ctx, tx, runUpdated(before, after))
}

// DeleteRun puts a run into the bin. Twice is fine. fault.NotFound.
func (s *Service) DeleteRun(ctx context.Context, id string) error { return s.moveRun(ctx, id, Deleted) }

// RestoreRun takes a run out of the bin. Twice is fine. fault.NotFound.
func (s *Service) RestoreRun(ctx context.Context, id string) error { return s.moveRun(ctx, id, Active) }

func (s *Service) moveRun(ctx context.Context, id string, to Lifecycle) (err error) {
	defer fault.Wrap(&err, "tracking.moveRun(%s, %s)", id, to)
	if label.Stored("", id) != nil {
		return noRun(id)
	}
	return s.write(ctx, func(tx *rows.Tx) error {
		before, err := readRun(ctx, tx, id)
		if err != nil || before.Lifecycle == to {
			return err
		}
		if _, err := tx.Exec(ctx, moveRun, caller.Workspace(ctx), id, string(to), deletedTime(to, s.Now().UnixMilli())); err != nil {
			return err
		}
		after := before
		after.Lifecycle = to
		return s.Events.Append(ctx, tx, runMoved(before, after))
	})
}

// ArtifactRoot is the URI of a run's artifacts. fault.NotFound.
func (s *Service) ArtifactRoot(ctx context.Context, id string) (_ string, err error) {
	defer fault.Wrap(&err, "tracking.ArtifactRoot(%s)", id)
	if label.Stored("", id) != nil {
		return "", noRun(id)
	}
	r, err := readRun(ctx, s.DB.Read(), id)
	return r.ArtifactURI, err
}
