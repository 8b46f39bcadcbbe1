package registry

import (
	"context"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// ModelSpec is what a new registered model is made of.
type ModelSpec struct {
	Name        string
	Description string
	Tags        []Tag
}

// CreateModel makes a registered model. fault.Exists when the name is taken;
// fault.Invalid for a tag that is reserved for versions.
func (s *Service) CreateModel(ctx context.Context, spec ModelSpec) (_ Model, err error) {
	defer fault.Wrap(&err, "registry.CreateModel(%s)", spec.Name)
	if err := checkNewModel(&spec); err != nil {
		return Model{}, err
	}
	for _, t := range spec.Tags {
		if err := s.checkFree(t.Key); err != nil {
			return Model{}, err
		}
	}
	now := s.Now().UnixMilli()
	m := Model{Name: spec.Name, Description: spec.Description, Created: now, Updated: now, Tags: spec.Tags}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		workspace := caller.Workspace(ctx)
		n, err := tx.Exec(ctx, insertModel, workspace, m.Name, m.Description, now, marked(m.Tags))
		if err != nil {
			return err
		}
		if n == 0 {
			return s.modelExists(ctx, tx, m)
		}
		if s.Grants != nil {
			if err := s.Grants.Gone(ctx, tx, "model", m.Name); err != nil {
				return err
			}
		}
		for _, t := range m.Tags {
			if _, err := tx.Exec(ctx, upsertModelTag, workspace, m.Name, t.Key, t.Value); err != nil {
				return err
			}
		}
		if err := s.Events.Append(ctx, tx, modelCreated(m)); err != nil || s.Grants == nil {
			return err
		}
		return s.Grants.Made(ctx, tx, "model", m.Name)
	})
	return m, err
}

// modelExists says what holds the name: models and prompts share names.
func (s *Service) modelExists(ctx context.Context, r rows.Reader, wanted Model) error {
	held, err := readModel(ctx, r, wanted.Name)
	if err != nil {
		return err
	}
	was, is := kindOf(held.prompt), kindOf(marked(wanted.Tags))
	if was != is {
		return fault.New(fault.Exists, "Tried to create a %s with name '%s', but the name is already taken by a %s. MLflow does not allow creating a model and a prompt with the same name.",
			strings.ToLower(is), wanted.Name, strings.ToLower(was))
	}
	return fault.New(fault.Exists, "%s (name=%s) already exists.", is, wanted.Name)
}

func kindOf(prompt bool) string {
	if prompt {
		return "Prompt"
	}
	return "Registered Model"
}

// marked reports whether tags make their owner a prompt.
func marked(tags []Tag) bool {
	for _, t := range tags {
		if t.Key == promptTag {
			return strings.EqualFold(t.Value, "true")
		}
	}
	return false
}

// modelRecord is a model as its own table has it.
type modelRecord struct {
	Model
	prompt bool
}

func scanModel(row rows.Scanner) (m modelRecord, err error) {
	return m, row.Scan(&m.Name, &m.Description, &m.Created, &m.Updated, &m.prompt)
}

func readModel(ctx context.Context, r rows.Reader, name string) (modelRecord, error) {
	m, err := rows.One(ctx, r, scanModel, selectModel, caller.Workspace(ctx), name)
	if rows.IsNone(err) {
		return m, noModel(name)
	}
	return m, err
}

func noModel(name string) error {
	return fault.New(fault.NotFound, "Registered Model with name=%s not found", name)
}

// Model finds a registered model with tags, aliases and the newest version of
// each stage. fault.NotFound.
func (s *Service) Model(ctx context.Context, name string) (_ Model, err error) {
	defer fault.Wrap(&err, "registry.Model(%s)", name)
	if err := checkName(name); err != nil {
		return Model{}, err
	}
	seen, err := s.sightOf(ctx)
	if err != nil {
		return Model{}, err
	}
	var m Model
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		m, err = fullModel(ctx, r, seen, name)
		return err
	})
	return m, err
}

func fullModel(ctx context.Context, r rows.Reader, seen sight, name string) (Model, error) {
	m, err := readModel(ctx, r, name)
	if err != nil {
		return Model{}, err
	}
	all := []Model{m.Model}
	err = fillModels(ctx, r, seen, all)
	return all[0], err
}

// changeModel runs change on a model in a transaction and gives the model as
// it is then.
func (s *Service) changeModel(ctx context.Context, name string, change func(*rows.Tx, modelRecord) error) (Model, error) {
	if err := checkName(name); err != nil {
		return Model{}, err
	}
	seen, err := s.sightOf(ctx)
	if err != nil {
		return Model{}, err
	}
	var m Model
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		before, err := readModel(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := change(tx, before); err != nil {
			return err
		}
		m, err = fullModel(ctx, tx, seen, name)
		if fault.Is(err, fault.NotFound) {
			return nil // the change was to delete it or to name it otherwise
		}
		return err
	})
	return m, err
}

// DescribeModel writes the description of a model. fault.NotFound.
func (s *Service) DescribeModel(ctx context.Context, name, description string) (_ Model, err error) {
	defer fault.Wrap(&err, "registry.DescribeModel(%s)", name)
	if err := label.Text("description", description, maxDescription); err != nil {
		return Model{}, err
	}
	return s.changeModel(ctx, name, func(tx *rows.Tx, before modelRecord) error {
		after := before.Model
		after.Description, after.Updated = description, s.Now().UnixMilli()
		if _, err := tx.Exec(ctx, describeModel, caller.Workspace(ctx), name, description, after.Updated); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, modelDescribed(before.Model, after))
	})
}

// RenameModel gives a model another name, with all that belongs to it.
// fault.NotFound; fault.Exists when the new name is taken.
func (s *Service) RenameModel(ctx context.Context, name, newName string) (_ Model, err error) {
	defer fault.Wrap(&err, "registry.RenameModel(%s)", name)
	if strings.TrimSpace(newName) == "" {
		return Model{}, missing("new_name")
	}
	if err := checkName(newName); err != nil {
		return Model{}, err
	}
	seen, err := s.sightOf(ctx)
	if err != nil {
		return Model{}, err
	}
	var m Model
	_, err = s.changeModel(ctx, name, func(tx *rows.Tx, before modelRecord) (err error) {
		workspace, now := caller.Workspace(ctx), s.Now().UnixMilli()
		if name != newName {
			_, err := readModel(ctx, tx, newName)
			if err == nil {
				return fault.New(fault.Exists, "Registered Model (name=%s) already exists.", newName)
			}
			if !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		// What the caller may see of it is told of its name before.
		if m, err = fullModel(ctx, tx, seen, name); err != nil {
			return err
		}
		m.Name, m.Updated = newName, now
		for i := range m.Latest {
			m.Latest[i].Model, m.Latest[i].Updated = newName, now
		}
		for _, statement := range []string{renameModel, renameVersions} {
			if _, err := tx.Exec(ctx, statement, workspace, name, newName, now); err != nil {
				return err
			}
		}
		for _, statement := range []string{renameModelTags, renameVersionTags, renameAliases} {
			if _, err := tx.Exec(ctx, statement, workspace, name, newName); err != nil {
				return err
			}
		}
		if s.Grants != nil {
			if err := s.Grants.Renamed(ctx, tx, "model", name, newName); err != nil {
				return err
			}
		}
		return s.Events.Append(ctx, tx, modelRenamed(before.Model, m))
	})
	return m, err
}

// DeleteModel removes a model with its versions, tags and aliases for good.
// fault.NotFound.
func (s *Service) DeleteModel(ctx context.Context, name string) (err error) {
	defer fault.Wrap(&err, "registry.DeleteModel(%s)", name)
	_, err = s.changeModel(ctx, name, func(tx *rows.Tx, before modelRecord) error { return s.remove(ctx, tx, before.Model) })
	return err
}

// remove removes a model with all that belongs to it.
func (s *Service) remove(ctx context.Context, tx *rows.Tx, m Model) error {
	for _, statement := range []string{deleteAliases, deleteVersionTags, deleteVersions, deleteModelTags, deleteModel} {
		if _, err := tx.Exec(ctx, statement, caller.Workspace(ctx), m.Name); err != nil {
			return err
		}
	}
	if s.Grants != nil {
		if err := s.Grants.Gone(ctx, tx, "model", m.Name); err != nil {
			return err
		}
	}
	return s.Events.Append(ctx, tx, modelDeleted(m))
}

// SetModelTag writes a tag of a model. fault.NotFound; fault.Invalid for one that is
// reserved for versions.
func (s *Service) SetModelTag(ctx context.Context, name string, t Tag) (err error) {
	defer fault.Wrap(&err, "registry.SetModelTag(%s)", name)
	if err := s.checkFree(t.Key); err != nil {
		return err
	}
	if err := checkTag(t); err != nil {
		return err
	}
	_, err = s.changeModel(ctx, name, func(tx *rows.Tx, _ modelRecord) error {
		if _, err := tx.Exec(ctx, upsertModelTag, caller.Workspace(ctx), name, t.Key, t.Value); err != nil {
			return err
		}
		if err := s.markModel(ctx, tx, name, t.Key, marked([]Tag{t})); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, modelTagged(name, t))
	})
	return err
}

// markModel keeps the model's own word of being a prompt as its tag says.
func (s *Service) markModel(ctx context.Context, tx *rows.Tx, name, key string, prompt bool) error {
	if key != promptTag {
		return nil
	}
	_, err := tx.Exec(ctx, markModel, caller.Workspace(ctx), name, prompt)
	return err
}

// DeleteModelTag takes a tag off a model; that it has none is no error.
// fault.NotFound for the model.
func (s *Service) DeleteModelTag(ctx context.Context, name, key string) (err error) {
	defer fault.Wrap(&err, "registry.DeleteModelTag(%s)", name)
	if err := checkKey(key); err != nil {
		return err
	}
	_, err = s.changeModel(ctx, name, func(tx *rows.Tx, _ modelRecord) error {
		was, err := rows.One(ctx, tx, rows.Column[string], deleteModelTag, caller.Workspace(ctx), name, key)
		if rows.IsNone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.markModel(ctx, tx, name, key, false); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, modelUntagged(name, Tag{Key: key, Value: was}))
	})
	return err
}
