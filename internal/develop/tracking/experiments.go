package tracking

import (
	"cmp"
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// ExperimentSpec is what a new experiment is made of.
type ExperimentSpec struct {
	Name             string
	ArtifactLocation string // "" for the artifact proxy
	Tags             []Tag
}

// CreateExperiment makes an experiment. fault.Exists when the name is taken,
// by a deleted experiment as well.
func (s *Service) CreateExperiment(ctx context.Context, spec ExperimentSpec) (_ Experiment, err error) {
	defer fault.Wrap(&err, "tracking.CreateExperiment")
	if err := checkExperimentName(spec.Name); err != nil {
		return Experiment{}, err
	}
	if err := checkLocation(spec.ArtifactLocation); err != nil {
		return Experiment{}, err
	}
	for _, t := range spec.Tags {
		if err := checkExperimentTag(t); err != nil {
			return Experiment{}, err
		}
	}
	var made Experiment
	err = s.write(ctx, func(tx *rows.Tx) error {
		if err := s.makeDefault(ctx, tx); err != nil {
			return err
		}
		id, err := rows.One(ctx, tx, rows.Column[int64], nextExperiment, caller.Workspace(ctx))
		if err != nil {
			return err
		}
		if spec.ArtifactLocation, err = s.locate(ctx, tx, id, spec.ArtifactLocation); err != nil {
			return err
		}
		if made, err = s.insertExperiment(ctx, tx, id, spec); err != nil || s.Grants == nil {
			return err
		}
		return s.Grants.Made(ctx, tx, "experiment", made.ID)
	})
	if rows.IsDuplicate(err) {
		return Experiment{}, nameTaken(spec.Name)
	}
	return made, err
}

func nameTaken(name string) error {
	return fault.New(fault.Exists, "Experiment(name=%s) already exists.", name)
}

func (s *Service) insertExperiment(ctx context.Context, tx *rows.Tx, id int64, spec ExperimentSpec) (Experiment, error) {
	workspace, now := caller.Workspace(ctx), s.Now().UnixMilli()
	e := Experiment{ID: experimentText(id), Name: spec.Name, ArtifactLocation: spec.ArtifactLocation,
		Lifecycle: Active, Created: now, Updated: now, Tags: lastOfKey(spec.Tags)}
	if e.ArtifactLocation == "" {
		e.ArtifactLocation = artifactRoot + "/" + e.ID
	}
	n, err := tx.Exec(ctx, insertExperiment, workspace, id, e.Name, e.ArtifactLocation, now)
	if err != nil {
		return e, err
	}
	if n == 0 {
		return e, nameTaken(e.Name)
	}
	for _, t := range e.Tags {
		if _, err := tx.Exec(ctx, upsertExperimentTag, workspace, id, t.Key, t.Value); err != nil {
			return e, err
		}
	}
	return e, s.Events.Append(ctx, tx, experimentCreated(e))
}

// lastOfKey keeps the last tag of each key, by key.
func lastOfKey(tags []Tag) []Tag {
	if len(tags) == 0 {
		return nil
	}
	sorted := slices.Clone(tags)
	slices.SortStableFunc(sorted, func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
	kept := sorted[:0]
	for i, t := range sorted {
		if i+1 == len(sorted) || sorted[i+1].Key != t.Key {
			kept = append(kept, t)
		}
	}
	return kept
}

// defaultExperiment is the experiment "Default" as every workspace has it from
// the start. No record holds it until something is written that needs one.
func defaultExperiment() Experiment {
	return Experiment{ID: DefaultExperiment, Name: "Default", ArtifactLocation: artifactRoot + "/" + DefaultExperiment, Lifecycle: Active}
}

// Used finds the active experiment that something new is made in, inside the
// transaction that makes it. fault.NotFound; fault.Invalid for a deleted one.
func (s *Service) Used(ctx context.Context, tx *rows.Tx, id string) (Experiment, error) {
	number, err := experimentID(id)
	if err != nil {
		return Experiment{}, err
	}
	if number == 0 {
		if err := s.makeDefault(ctx, tx); err != nil {
			return Experiment{}, err
		}
	}
	e, err := experiment(ctx, tx, number)
	if err != nil {
		return e, err
	}
	return e, activeExperiment(e)
}

// makeDefault makes the record of the experiment "Default" where the caller's
// workspace has none.
func (s *Service) makeDefault(ctx context.Context, tx *rows.Tx) error {
	workspace := caller.Workspace(ctx)
	if made, err := hasDefault(ctx, tx); err != nil || made {
		return err
	}
	by := caller.System("tracking", workspace)
	by.Origin = caller.From(ctx).Origin
	_, err := s.insertExperiment(caller.With(ctx, by), tx, 0, ExperimentSpec{Name: defaultExperiment().Name})
	return err
}

// hasDefault reports whether the experiment "Default" has a record.
func hasDefault(ctx context.Context, r rows.Reader) (bool, error) {
	_, err := rows.One(ctx, r, scanExperiment, selectExperiment, caller.Workspace(ctx), int64(0))
	if rows.IsNone(err) {
		return false, nil
	}
	return err == nil, err
}

func scanExperiment(row rows.Scanner) (Experiment, error) {
	var (
		e  Experiment
		id int64
	)
	err := row.Scan(&id, &e.Name, &e.ArtifactLocation, &e.Lifecycle, &e.Created, &e.Updated)
	e.ID = experimentText(id)
	return e, err
}

// Experiment finds an experiment, deleted ones included. fault.NotFound.
func (s *Service) Experiment(ctx context.Context, id string) (_ Experiment, err error) {
	defer fault.Wrap(&err, "tracking.Experiment(%s)", id)
	number, err := experimentID(id)
	if err != nil {
		return Experiment{}, err
	}
	e, err := experiment(ctx, s.DB.Read(), number)
	if err != nil {
		return e, err
	}
	all := []Experiment{e}
	err = s.fillExperimentTags(ctx, all)
	return all[0], err
}

func experiment(ctx context.Context, r rows.Reader, id int64) (Experiment, error) {
	e, err := rows.One(ctx, r, scanExperiment, selectExperiment, caller.Workspace(ctx), id)
	if rows.IsNone(err) && id == 0 {
		return defaultExperiment(), nil
	}
	if rows.IsNone(err) {
		return e, noExperiment(id)
	}
	return e, err
}

func noExperiment(id int64) error {
	return fault.New(fault.NotFound, "No Experiment with id=%d exists", id)
}

// ExperimentByName finds an experiment by its name, deleted ones included.
// fault.NotFound, also of one that the caller may not see: a name can be tried.
func (s *Service) ExperimentByName(ctx context.Context, name string) (_ Experiment, err error) {
	defer fault.Wrap(&err, "tracking.ExperimentByName(%s)", name)
	if err := label.Stored("experiment_name", name); err != nil {
		return Experiment{}, err
	}
	e, err := rows.One(ctx, s.DB.Read(), scanExperiment, selectExperimentByName, caller.Workspace(ctx), name)
	if rows.IsNone(err) && name == defaultExperiment().Name {
		made, missing := hasDefault(ctx, s.DB.Read())
		if e, err = defaultExperiment(), missing; missing == nil && made { // it has another name
			err = rows.ErrNone
		}
	}
	if err == nil {
		err = s.seen(ctx, e.ID)
	}
	if rows.IsNone(err) {
		return Experiment{}, fault.New(fault.NotFound, "Could not find experiment with name '%s'", name)
	}
	if err != nil {
		return e, err
	}
	all := []Experiment{e}
	err = s.fillExperimentTags(ctx, all)
	return all[0], err
}

// seen is rows.ErrNone where the caller may not see an experiment.
func (s *Service) seen(ctx context.Context, id string) error {
	visible, err := s.Access.Visible(ctx, "experiment.read")
	if _, all := visible.(filter.True); all || err != nil {
		return err
	}
	this := filter.Compare{Field: filter.Field{Entity: objectEntity, Key: "id"}, Op: filter.Eq, Values: []any{id}}
	l := filter.List{Schema: experimentSchema{}, Where: filter.And{this, visible}, Orders: filter.Then(nil, attribute("experiment_id"), false)}
	all, _, err := listed(ctx, s.DB, l, searchExperiments, withDefault(caller.Workspace(ctx)), "", within{}, 1, scanExperimentInto)
	if err == nil && len(all) == 0 {
		err = rows.ErrNone
	}
	return err
}

// RenameExperiment gives an active experiment another name. fault.NotFound,
// fault.Exists.
func (s *Service) RenameExperiment(ctx context.Context, id, name string) (err error) {
	defer fault.Wrap(&err, "tracking.RenameExperiment(%s)", id)
	if err := checkExperimentName(name); err != nil {
		return err
	}
	err = s.changeExperiment(ctx, id, func(tx *rows.Tx, number int64, e Experiment) error {
		if e.Lifecycle != Active {
			return invalid("Cannot rename a non-active experiment.")
		}
		renamed := e
		renamed.Name, renamed.Updated = name, s.Now().UnixMilli()
		n, err := tx.Exec(ctx, renameExperiment, caller.Workspace(ctx), number, name, renamed.Updated)
		if err != nil {
			return err
		}
		if n == 0 {
			return nameTaken(name)
		}
		return s.Events.Append(ctx, tx, experimentRenamed(e, renamed))
	})
	if rows.IsDuplicate(err) {
		return nameTaken(name)
	}
	return err
}

// changeExperiment runs change on an experiment in a transaction.
func (s *Service) changeExperiment(ctx context.Context, id string, change func(*rows.Tx, int64, Experiment) error) error {
	number, err := experimentID(id)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *rows.Tx) error {
		if number == 0 {
			if err := s.makeDefault(ctx, tx); err != nil {
				return err
			}
		}
		e, err := experiment(ctx, tx, number)
		if err != nil {
			return err
		}
		return change(tx, number, e)
	})
}

// DeleteExperiment puts an active experiment and all its runs into the bin.
// fault.NotFound when it is not active.
func (s *Service) DeleteExperiment(ctx context.Context, id string) error {
	return s.moveExperiment(ctx, id, Deleted)
}

// RestoreExperiment takes a deleted experiment and all its runs out of the
// bin, those that went there by themselves as well. fault.NotFound when it is
// not deleted.
func (s *Service) RestoreExperiment(ctx context.Context, id string) error {
	return s.moveExperiment(ctx, id, Active)
}

func (s *Service) moveExperiment(ctx context.Context, id string, to Lifecycle) (err error) {
	defer fault.Wrap(&err, "tracking.moveExperiment(%s, %s)", id, to)
	return s.changeExperiment(ctx, id, func(tx *rows.Tx, number int64, before Experiment) error {
		now := s.Now().UnixMilli()
		n, err := tx.Exec(ctx, moveExperiment, caller.Workspace(ctx), number, string(to), now)
		if err != nil {
			return err
		}
		if n == 0 {
			return noExperiment(number)
		}
		if _, err := tx.Exec(ctx, moveExperimentRuns, caller.Workspace(ctx), number, string(to), deletedTime(to, now)); err != nil {
			return err
		}
		after := before
		after.Lifecycle, after.Updated = to, now
		return s.Events.Append(ctx, tx, experimentMoved(before, after))
	})
}

func deletedTime(to Lifecycle, now int64) *int64 {
	if to == Deleted {
		return &now
	}
	return nil
}

// SetExperimentTag writes a tag of an active experiment.
func (s *Service) SetExperimentTag(ctx context.Context, id string, t Tag) (err error) {
	defer fault.Wrap(&err, "tracking.SetExperimentTag(%s)", id)
	if err := checkExperimentTag(t); err != nil {
		return err
	}
	return s.changeExperiment(ctx, id, func(tx *rows.Tx, number int64, e Experiment) error {
		if err := activeExperiment(e); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, upsertExperimentTag, caller.Workspace(ctx), number, t.Key, t.Value); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, experimentTagged(e.ID, t))
	})
}

// DeleteExperimentTag takes a tag off an active experiment. fault.NotFound
// when it has no such tag.
func (s *Service) DeleteExperimentTag(ctx context.Context, id, key string) (err error) {
	defer fault.Wrap(&err, "tracking.DeleteExperimentTag(%s)", id)
	if err := label.Stored("key", key); err != nil {
		return err
	}
	return s.changeExperiment(ctx, id, func(tx *rows.Tx, number int64, e Experiment) error {
		if err := activeExperiment(e); err != nil {
			return err
		}
		was, err := rows.One(ctx, tx, rows.Column[string], deleteExperimentTag, caller.Workspace(ctx), number, key)
		if rows.IsNone(err) {
			return fault.New(fault.NotFound, "No tag with name: %s in experiment with id %s", key, e.ID)
		}
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, experimentUntagged(e.ID, Tag{key, was}))
	})
}

func activeExperiment(e Experiment) error {
	if e.Lifecycle != Active {
		return invalid("The experiment %s must be in the 'active' state. Current state is %s.", e.ID, e.Lifecycle)
	}
	return nil
}

// fillExperimentTags reads the tags of experiments.
func (s *Service) fillExperimentTags(ctx context.Context, all []Experiment) error {
	at := make(map[int64]*Experiment, len(all))
	ids := make([]int64, 0, len(all))
	for i := range all {
		id, err := experimentID(all[i].ID)
		if err != nil {
			return err
		}
		at[id] = &all[i]
		ids = append(ids, id)
	}
	d := s.DB.Dialect()
	_, err := rows.Collect(ctx, s.DB.Read(), func(row rows.Scanner) (struct{}, error) {
		var (
			id int64
			t  Tag
		)
		err := row.Scan(&id, &t.Key, &t.Value)
		if e := at[id]; e != nil {
			e.Tags = append(e.Tags, t)
		}
		return struct{}{}, err
	}, experimentTags+rows.Listed[int64](d, 2)+" ORDER BY experiment, key", caller.Workspace(ctx), rows.List(d, ids))
	return err
}
