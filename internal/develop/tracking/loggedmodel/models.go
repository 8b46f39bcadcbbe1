package loggedmodel

import (
	"cmp"
	"context"
	"strconv"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
)

// Spec is what a new model is made of.
type Spec struct {
	Experiment string
	Name       string // "" for one made up
	Type       string
	SourceRun  string
	Params     []tracking.Param
	Tags       []tracking.Tag
}

// Create makes a model whose files are still to come. fault.NotFound for its
// experiment, fault.Invalid for a deleted one.
func (s *Service) Create(ctx context.Context, spec Spec) (_ Model, err error) {
	defer fault.Wrap(&err, "loggedmodel.Create")
	if err := spec.check(); err != nil {
		return Model{}, err
	}
	now := s.Now().UnixMilli()
	m := Model{ID: "m-" + s.IDs.Hex32(), Name: spec.Name, Type: spec.Type, SourceRun: spec.SourceRun,
		Status: Pending, Lifecycle: tracking.Active, Created: now, Updated: now}
	if m.Name == "" {
		m.Name = tracking.RandomName(s.IDs.Bytes(4))
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error { return s.insert(ctx, tx, m, spec) })
	if err != nil {
		return Model{}, err
	}
	return s.Model(ctx, m.ID)
}

// insert writes a new model into the experiment of its spec.
func (s *Service) insert(ctx context.Context, tx *rows.Tx, m Model, spec Spec) error {
	e, err := s.Experiments.Used(ctx, tx, spec.Experiment)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(e.ID, 10, 64)
	if err != nil {
		return err
	}
	m.Experiment, m.ArtifactURI = e.ID, uri.Join(e.ArtifactLocation, "models/"+m.ID+"/artifacts")
	if _, err := tx.Exec(ctx, insertModel, caller.Workspace(ctx), m.ID, number, m.Name, m.ArtifactURI, string(m.Status), m.Type, m.SourceRun, m.Created); err != nil {
		return err
	}
	if _, err := insertParams(ctx, tx, m.ID, spec.Params); err != nil {
		return err
	}
	if err := upsertTags(ctx, tx, m.ID, spec.Tags); err != nil {
		return err
	}
	if err := s.Events.Append(ctx, tx, modelCreated(m)); err != nil || len(spec.Params)+len(spec.Tags) == 0 {
		return err
	}
	return s.Events.Append(ctx, tx, described(m.ID, spec.Params, spec.Tags))
}

func (s Spec) check() error {
	if err := checkName(s.Name); err != nil {
		return err
	}
	if err := label.Text("model_type", s.Type, MaxType); err != nil {
		return err
	}
	if err := label.Text("source_run_id", s.SourceRun, MaxKey); err != nil {
		return err
	}
	if err := checkParams(s.Params); err != nil {
		return err
	}
	return checkTags(s.Tags)
}

// Model finds a model that is not deleted. fault.NotFound.
func (s *Service) Model(ctx context.Context, id string) (_ Model, err error) {
	defer fault.Wrap(&err, "loggedmodel.Model(%s)", id)
	m, err := s.find(ctx, id)
	if err == nil && m.Lifecycle != tracking.Active {
		return Model{}, noModel(id)
	}
	return m, err
}

// AnyModel finds a model, also a deleted one. fault.NotFound.
func (s *Service) AnyModel(ctx context.Context, id string) (_ Model, err error) {
	defer fault.Wrap(&err, "loggedmodel.AnyModel(%s)", id)
	return s.find(ctx, id)
}

// find finds a model with all it has.
func (s *Service) find(ctx context.Context, id string) (Model, error) {
	m, missing := read(ctx, s.DB.Read(), id)
	if missing != nil && !fault.Is(missing, fault.NotFound) {
		return m, missing
	}
	all := []Model{m} // one that is not there takes the same statements
	err := s.fill(ctx, all)
	return all[0], cmp.Or(err, missing)
}

// Place says in which workspace a model is, deleted ones included, and the root of
// its files: the caller's workspace comes first, and "" is none. It asks no
// permission: nobody may be told who may not read the model there.
func (s *Service) Place(ctx context.Context, id string) (workspace, root string, err error) {
	defer fault.Wrap(&err, "loggedmodel.Place(%s)", id)
	_, err = rows.One(ctx, s.DB.Read(), func(row rows.Scanner) (none struct{}, err error) {
		return none, row.Scan(&workspace, &root)
	}, selectPlace, caller.Workspace(ctx), id)
	if rows.IsNone(err) {
		err = nil
	}
	return workspace, root, err
}

// read finds a model itself, deleted ones included.
func read(ctx context.Context, r rows.Reader, id string) (Model, error) {
	if !label.Storable(id) {
		return Model{}, noModel(id)
	}
	m, err := rows.One(ctx, r, scanModel, selectModel, caller.Workspace(ctx), id)
	if rows.IsNone(err) {
		return m, noModel(id)
	}
	return m, err
}

func scanModel(row rows.Scanner) (Model, error) { return scanInto(row, nil) }

// scanInto reads a model and, behind it, into more.
func scanInto(row rows.Scanner, more []any) (Model, error) {
	var (
		m          Model
		experiment int64
	)
	err := row.Scan(append([]any{&m.ID, &experiment, &m.Name, &m.ArtifactURI, &m.Status, &m.Lifecycle, &m.Type, &m.SourceRun, &m.Created, &m.Updated}, more...)...)
	m.Experiment = strconv.FormatInt(experiment, 10)
	return m, err
}

// Finalize says how a model's files ended up. fault.NotFound.
func (s *Service) Finalize(ctx context.Context, id string, status Status) (_ Model, err error) {
	defer fault.Wrap(&err, "loggedmodel.Finalize(%s, %s)", id, status)
	if _, err := ParseStatus(string(status)); err != nil {
		return Model{}, err
	}
	err = s.change(ctx, id, func(tx *rows.Tx, m Model) error {
		after := m
		after.Status, after.Updated = status, s.Now().UnixMilli()
		if _, err := tx.Exec(ctx, finalizeModel, caller.Workspace(ctx), id, string(status), after.Updated); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, modelFinalized(m, after))
	})
	if err != nil {
		return Model{}, err
	}
	return s.find(ctx, id)
}

// Delete puts a model into the bin; its files stay. fault.NotFound.
func (s *Service) Delete(ctx context.Context, id string) (err error) {
	defer fault.Wrap(&err, "loggedmodel.Delete(%s)", id)
	return s.change(ctx, id, func(tx *rows.Tx, m Model) error {
		if m.Lifecycle == tracking.Deleted {
			return nil
		}
		after := m
		after.Lifecycle = tracking.Deleted
		if _, err := tx.Exec(ctx, deleteModel, caller.Workspace(ctx), id, s.Now().UnixMilli()); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, modelDeleted(m, after))
	})
}

// change runs do on a model in a transaction.
func (s *Service) change(ctx context.Context, id string, do func(*rows.Tx, Model) error) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		m, err := read(ctx, tx, id)
		if err != nil {
			return err
		}
		return do(tx, m)
	})
}
