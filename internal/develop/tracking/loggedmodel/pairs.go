package loggedmodel

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// versionsTag lists the versions that a model was registered as, a JSON list
// of objects with name and version.
const versionsTag = "mlflow.modelVersions"

// LogParams writes params to a model. The same value again is fine, another is
// fault.Invalid.
func (s *Service) LogParams(ctx context.Context, id string, params []tracking.Param) (err error) {
	defer fault.Wrap(&err, "loggedmodel.LogParams(%s)", id)
	if err := checkParams(params); err != nil {
		return err
	}
	return s.change(ctx, id, func(tx *rows.Tx, m Model) error {
		n, err := insertParams(ctx, tx, id, params)
		if err != nil || n == 0 {
			return err
		}
		return s.Events.Append(ctx, tx, described(id, params, nil))
	})
}

// insertParams writes params and tells how many are new.
func insertParams(ctx context.Context, tx *rows.Tx, id string, params []tracking.Param) (int64, error) {
	workspace := caller.Workspace(ctx)
	var fresh int64
	for _, p := range params {
		n, err := tx.Exec(ctx, insertParam, workspace, id, p.Key, p.Value)
		if err != nil {
			return fresh, err
		}
		if fresh += n; n > 0 {
			continue
		}
		was, err := rows.One(ctx, tx, rows.Column[string], selectParam, workspace, id, p.Key)
		if err != nil {
			return fresh, err
		}
		if was != p.Value {
			return fresh, invalid("Changing param values is not allowed. Param with key='%s' was already logged with value='%s' for model ID='%s'. Attempted logging new value '%s'.",
				p.Key, was, id, p.Value)
		}
	}
	return fresh, nil
}

// SetTags writes tags of a model; the last of a key counts.
func (s *Service) SetTags(ctx context.Context, id string, tags []tracking.Tag) (err error) {
	defer fault.Wrap(&err, "loggedmodel.SetTags(%s)", id)
	if err := checkTags(tags); err != nil {
		return err
	}
	return s.change(ctx, id, func(tx *rows.Tx, m Model) error {
		if len(tags) == 0 {
			return nil
		}
		if err := upsertTags(ctx, tx, id, tags); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, described(id, nil, tags))
	})
}

func upsertTags(ctx context.Context, tx *rows.Tx, id string, tags []tracking.Tag) error {
	for _, t := range tags {
		if _, err := tx.Exec(ctx, upsertTag, caller.Workspace(ctx), id, t.Key, t.Value); err != nil {
			return err
		}
	}
	return nil
}

// DeleteTag takes a tag off a model. fault.NotFound when it has no such tag.
func (s *Service) DeleteTag(ctx context.Context, id, key string) (err error) {
	defer fault.Wrap(&err, "loggedmodel.DeleteTag(%s)", id)
	if err := label.Text("tag_key", key, MaxKey); err != nil {
		return err
	}
	return s.change(ctx, id, func(tx *rows.Tx, m Model) error {
		workspace := caller.Workspace(ctx)
		was, err := rows.One(ctx, tx, rows.Column[string], selectTag, workspace, id, key)
		if rows.IsNone(err) {
			return fault.New(fault.NotFound, "No tag with key '%s' found for model with ID '%s'.", key, id)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteTag, workspace, id, key); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, untagged(id, key, was))
	})
}

// Source is the URI of a model's files and the run that made it, "" when none
// did. fault.NotFound.
func (s *Service) Source(ctx context.Context, id string) (location, run string, err error) {
	defer fault.Wrap(&err, "loggedmodel.Source(%s)", id)
	m, err := read(ctx, s.DB.Read(), id)
	if err == nil && m.Lifecycle != tracking.Active {
		err = noModel(id)
	}
	return m.ArtifactURI, m.SourceRun, err
}

// registration is one entry of the tag that lists a model's versions.
type registration struct {
	Name    string          `json:"name"`
	Version json.RawMessage `json:"version"` // a number, or digits as clients write it
}

// Registered notes in a tag that a model became a version of a registered
// model, inside the transaction that makes the version. It holds the model
// until that transaction ends, since it reads the tag, adds to it and writes it
// back, also where isolation does not keep two writers apart. fault.NotFound.
func (s *Service) Registered(ctx context.Context, tx *rows.Tx, id, model string, version int64) (err error) {
	defer fault.Wrap(&err, "loggedmodel.Registered(%s)", id)
	if !label.Storable(id) {
		return noModel(id)
	}
	if n, err := tx.Exec(ctx, lockModel, caller.Workspace(ctx), id); err != nil || n == 0 {
		return cmp.Or(err, noModel(id))
	}
	was, err := rows.One(ctx, tx, rows.Column[string], selectTag, caller.Workspace(ctx), id, versionsTag)
	if err != nil && !rows.IsNone(err) {
		return err
	}
	var all []registration
	if was != "" && json.Unmarshal([]byte(was), &all) != nil {
		all = nil // somebody wrote something else there; the registry knows better
	}
	number, err := json.Marshal(version)
	if err != nil {
		return err
	}
	value, err := json.Marshal(append(all, registration{model, number}))
	if err != nil {
		return err
	}
	tags := []tracking.Tag{{Key: versionsTag, Value: string(value)}}
	if err := upsertTags(ctx, tx, id, tags); err != nil {
		return err
	}
	return s.Events.Append(ctx, tx, described(id, nil, tags))
}
