package registry

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// secretVersions hides the versions with a tag.
type secretVersions struct{ Visibility }

// Visible is the condition of it.
func (s secretVersions) Visible(ctx context.Context, action string) (filter.Node, error) {
	if action != "version.read" {
		return s.Visibility.Visible(ctx, action)
	}
	return filter.Compare{Field: filter.Field{Entity: objectTagEntity, Key: "secret"}, Op: filter.IsNull}, nil
}

// Events are told apart by what is kept of their subjects, also where a name is
// another text in a URN.
func TestEventsOfWhatAConditionSelects(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		for _, name := range []string{"größe 1", "shut"} {
			h.model(t, name)
			h.version(t, name, Tag{"of", name})
		}
		named := filter.Compare{Field: filter.Field{Entity: objectEntity, Key: "name"}, Op: filter.Eq, Values: []any{"größe 1"}}
		tagged := filter.Compare{Field: filter.Field{Entity: objectTagEntity, Key: "of"}, Op: filter.Eq, Values: []any{"shut"}}
		models, err := h.ModelSubjects(h.ctx, named)
		if err != nil {
			t.Fatal(err)
		}
		versions, err := h.VersionSubjects(h.ctx, tagged)
		if err != nil {
			t.Fatal(err)
		}
		all, err := h.log.List(h.ctx, event.Query{Workspace: "default", Visible: filter.Or{models, versions}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range all {
			got = append(got, e.Subject.String())
		}
		if diff := cmp.Diff([]string{"tacit:model/shut/1", "tacit:model/gr%C3%B6%C3%9Fe%201"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A model tells of no version that may not be seen: neither as its newest, nor by
// an alias.
func TestAModelTellsOfVersionsInSight(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "m")
		h.version(t, "m")
		h.version(t, "m", Tag{"secret", "yes"})
		for alias, number := range map[string]int64{"open": 1, "shut": 2} {
			if err := h.SetAlias(h.ctx, "m", alias, number); err != nil {
				t.Fatal(err)
			}
		}
		h.Access = secretVersions{h.Access}
		page, err := h.SearchModels(h.ctx, ModelSearch{Max: 10})
		if err != nil || len(page.Models) != 1 {
			t.Fatal(page, err)
		}
		one, err := h.Model(h.ctx, "m")
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := h.RenameModel(h.ctx, "m", "n")
		if err != nil || renamed.Name != "n" {
			t.Fatal(renamed, err)
		}
		for _, m := range []Model{page.Models[0], one, renamed} {
			if len(m.Latest) != 1 || m.Latest[0].Number != 1 || m.Latest[0].Model != m.Name || len(m.Aliases) != 1 || m.Aliases[0].Version != 1 {
				t.Errorf("%+v", m)
			}
		}
		if v, err := h.VersionByAlias(h.ctx, "n", "latest"); err != nil || v.Number != 1 {
			t.Errorf("latest: %+v, %v", v, err)
		}
		for _, alias := range []string{"shut", "none"} {
			_, err := h.VersionByAlias(h.ctx, "n", alias)
			says(t, err, fault.Invalid, "Registered model alias "+alias+" not found.")
		}
	})
}
