package registry

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// VersionSpec is what a new model version is made of.
type VersionSpec struct {
	Model       string
	Source      string // URI: models:/m-<id>, models:/name/1, runs:/<run>/path or a location
	RunID       string // "" when no run made it
	RunLink     string
	Description string
	ModelID     string // id of the logged model, "" for none
	Tags        []Tag
	// Infer takes the run or the logged model that the source names where
	// neither is given; without it, such a source is refused.
	Infer bool
}

// CreateVersion makes the next version of a model. fault.NotFound for the
// model; fault.Invalid for a source that the run or the logged model does not
// contain.
func (s *Service) CreateVersion(ctx context.Context, spec VersionSpec) (_ Version, err error) {
	defer fault.Wrap(&err, "registry.CreateVersion(%s)", spec.Model)
	if err := checkNewVersion(&spec); err != nil {
		return Version{}, err
	}
	found, err := s.resolve(ctx, spec)
	if err != nil {
		return Version{}, err
	}
	// A copy of a version brings the tags of the other, also those that are said of that.
	spec.Tags = slices.DeleteFunc(spec.Tags, func(t Tag) bool { return s.reserves(t.Key) })
	now := s.Now().UnixMilli()
	v := Version{Model: spec.Model, Description: spec.Description, Stage: None, Source: found.source, Location: found.location,
		RunID: found.run, RunLink: spec.RunLink, ModelID: found.model, Status: Ready, Created: now, Updated: now, Tags: spec.Tags}
	// The first statement locks the model's record, so that writers of one
	// model wait for each other instead of colliding.
	err = s.DB.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) error {
		prompt := false
		err := tx.QueryRow(ctx, nextVersion, caller.Workspace(ctx), v.Model, now).Scan(&v.Number, &prompt)
		if rows.IsNone(err) {
			return noModel(v.Model)
		}
		if err != nil {
			return err
		}
		if err := insertNewVersion(ctx, tx, v, prompt || marked(v.Tags)); err != nil {
			return err
		}
		if v.ModelID != "" {
			if err := s.LoggedModels.Registered(ctx, tx, v.ModelID, v.Model, v.Number); err != nil {
				return err
			}
		}
		return s.Events.Append(ctx, tx, versionCreated(v))
	})
	return v, err
}

func insertNewVersion(ctx context.Context, tx *rows.Tx, v Version, prompt bool) error {
	workspace := caller.Workspace(ctx)
	if _, err := tx.Exec(ctx, insertVersion, workspace, v.Model, v.Number, v.Description, v.User, string(v.Stage), v.Source, v.Location,
		v.RunID, v.RunLink, v.ModelID, v.Status, v.Created, prompt); err != nil {
		return err
	}
	for _, t := range v.Tags {
		if _, err := tx.Exec(ctx, upsertVersionTag, workspace, v.Model, v.Number, t.Key, t.Value); err != nil {
			return err
		}
	}
	return nil
}

func scanVersion(row rows.Scanner) (Version, error) { return scanVersionInto(row, nil) }

func scanVersionInto(row rows.Scanner, keys []any) (v Version, err error) {
	return v, row.Scan(append([]any{&v.Model, &v.Number, &v.Description, &v.User, &v.Stage, &v.Source, &v.Location,
		&v.RunID, &v.RunLink, &v.ModelID, &v.Status, &v.Created, &v.Updated}, keys...)...)
}

func readVersion(ctx context.Context, r rows.Reader, name string, number int64) (Version, error) {
	v, err := rows.One(ctx, r, scanVersion, selectVersion, caller.Workspace(ctx), name, number)
	if rows.IsNone(err) {
		return v, fault.New(fault.NotFound, "Model Version (name=%s, version=%d) not found", name, number)
	}
	return v, err
}

func fullVersion(ctx context.Context, r rows.Reader, name string, number int64) (Version, error) {
	v, err := readVersion(ctx, r, name, number)
	if err != nil {
		return v, err
	}
	all := []Version{v}
	err = fillVersions(ctx, r, all)
	return all[0], err
}

// Version finds a model version. fault.NotFound.
func (s *Service) Version(ctx context.Context, name string, number int64) (_ Version, err error) {
	defer fault.Wrap(&err, "registry.Version(%s, %d)", name, number)
	if err := checkName(name); err != nil {
		return Version{}, err
	}
	var v Version
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		v, err = fullVersion(ctx, r, name, number)
		return err
	})
	return v, err
}

// changeVersion runs change on a version in a transaction and gives the
// version as it is then.
func (s *Service) changeVersion(ctx context.Context, name string, number int64, change func(*rows.Tx, Version) error) (Version, error) {
	if err := checkName(name); err != nil {
		return Version{}, err
	}
	var v Version
	err := s.DB.Write(ctx, func(tx *rows.Tx) error {
		before, err := readVersion(ctx, tx, name, number)
		if err != nil {
			return err
		}
		if err := change(tx, before); err != nil {
			return err
		}
		v, err = fullVersion(ctx, tx, name, number)
		if fault.Is(err, fault.NotFound) {
			return nil // the change was to delete it
		}
		return err
	})
	return v, err
}

// DescribeVersion writes the description of a version. fault.NotFound.
func (s *Service) DescribeVersion(ctx context.Context, name string, number int64, description string) (_ Version, err error) {
	defer fault.Wrap(&err, "registry.DescribeVersion(%s, %d)", name, number)
	if err := label.Text("description", description, maxDescription); err != nil {
		return Version{}, err
	}
	return s.changeVersion(ctx, name, number, func(tx *rows.Tx, before Version) error {
		after := before
		after.Description, after.Updated = description, s.Now().UnixMilli()
		if _, err := tx.Exec(ctx, describeVersion, caller.Workspace(ctx), name, number, description, after.Updated); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, versionDescribed(before, after))
	})
}

// DeleteVersion deletes a version: its number stays used, what it pointed at is
// forgotten, and its aliases go. fault.NotFound.
func (s *Service) DeleteVersion(ctx context.Context, name string, number int64) (err error) {
	defer fault.Wrap(&err, "registry.DeleteVersion(%s, %d)", name, number)
	_, err = s.changeVersion(ctx, name, number, func(tx *rows.Tx, before Version) error {
		workspace, now := caller.Workspace(ctx), s.Now().UnixMilli()
		if _, err := tx.Exec(ctx, deleteAliasesOfVersion, workspace, name, number); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, redactVersion, workspace, name, number, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, touchModel, workspace, name, now); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, versionDeleted(before))
	})
	return err
}

// SetVersionTag writes a tag of a version. fault.NotFound; fault.Invalid for one that
// is reserved.
func (s *Service) SetVersionTag(ctx context.Context, name string, number int64, t Tag) (err error) {
	defer fault.Wrap(&err, "registry.SetVersionTag(%s, %d)", name, number)
	if err := s.checkFree(t.Key); err != nil {
		return err
	}
	return s.setVersionTag(ctx, name, number, t)
}

func (s *Service) setVersionTag(ctx context.Context, name string, number int64, t Tag) error {
	if err := checkTag(t); err != nil {
		return err
	}
	_, err := s.changeVersion(ctx, name, number, func(tx *rows.Tx, v Version) error {
		if marked([]Tag{t}) && !slices.Contains(placeholders, v.Source) {
			return invalid("Version %d of %s is no prompt: its source is '%s'.", number, name, v.Source)
		}
		if _, err := tx.Exec(ctx, upsertVersionTag, caller.Workspace(ctx), name, number, t.Key, t.Value); err != nil {
			return err
		}
		if err := s.markVersion(ctx, tx, name, number, t.Key, marked([]Tag{t})); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, versionTagged(name, number, t))
	})
	return err
}

// markVersion keeps the version's own word of being a prompt as its tag says.
func (s *Service) markVersion(ctx context.Context, tx *rows.Tx, name string, number int64, key string, prompt bool) error {
	if key != promptTag {
		return nil
	}
	_, err := tx.Exec(ctx, markVersion, caller.Workspace(ctx), name, number, prompt)
	return err
}

// DeleteVersionTag takes a tag off a version; that it has none is no error.
// fault.NotFound for the version; fault.Invalid for a tag that is reserved.
func (s *Service) DeleteVersionTag(ctx context.Context, name string, number int64, key string) (err error) {
	defer fault.Wrap(&err, "registry.DeleteVersionTag(%s, %d)", name, number)
	if slices.Contains(s.Reserved, key) { // another that reads like it may go
		return taken(key)
	}
	return s.deleteVersionTag(ctx, name, number, key)
}

func (s *Service) deleteVersionTag(ctx context.Context, name string, number int64, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	_, err := s.changeVersion(ctx, name, number, func(tx *rows.Tx, _ Version) error {
		was, err := rows.One(ctx, tx, rows.Column[string], deleteVersionTag, caller.Workspace(ctx), name, number, key)
		if rows.IsNone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.markVersion(ctx, tx, name, number, key, false); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, versionUntagged(name, number, Tag{Key: key, Value: was}))
	})
	return err
}

// checkFree refuses the key of a tag that clients do not write, and what a reader
// takes for it.
func (s *Service) checkFree(key string) error {
	if s.reserves(key) {
		return taken(key)
	}
	return nil
}

func taken(key string) error {
	return fault.WithHint(invalid("The tag %s is tacit's own: it says what was found in the version's files, and goes when nothing is to be said.", key), "choose another key")
}

// reserves reports whether a key is reserved, or is when its letters are small and
// spaces are left out.
func (s *Service) reserves(key string) bool {
	seen := strings.ReplaceAll(key, " ", "")
	return slices.ContainsFunc(s.Reserved, func(own string) bool { return strings.EqualFold(own, seen) })
}

// Mark writes a reserved tag of a version, and takes it away for "". One that is so
// already stays untouched. fault.NotFound.
func (s *Service) Mark(ctx context.Context, name string, number int64, t Tag) (err error) {
	defer fault.Wrap(&err, "registry.Mark(%s, %d)", name, number)
	v, err := s.Version(ctx, name, number)
	if err != nil {
		return err
	}
	before := ""
	for _, old := range v.Tags {
		if old.Key == t.Key {
			before = old.Value
		}
	}
	switch {
	case before == t.Value:
		return nil
	case t.Value == "":
		return s.deleteVersionTag(ctx, name, number, t.Key)
	}
	return s.setVersionTag(ctx, name, number, t)
}
