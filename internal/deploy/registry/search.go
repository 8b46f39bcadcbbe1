package registry

import (
	"context"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/filter/search"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Limits of one page.
const (
	MaxModelsPage   = 1_000
	MaxVersionsPage = 200_000
)

// ModelSearch asks for a page of registered models.
type ModelSearch struct {
	Filter  string   // MLflow's grammar; prompts are left out unless it asks for them
	OrderBy []string // then by name
	Max     int      // 1 to MaxModelsPage
	Token   string   // of the page before, "" for the first
}

// ModelPage is one page.
type ModelPage struct {
	Models []Model
	Next   string // token of the next page, "" when this is the last
}

// VersionSearch asks for a page of model versions.
type VersionSearch struct {
	Model   string   // versions of one model, which must be there; "" for those of all
	Filter  string   // MLflow's grammar; prompts are left out unless it asks for them
	OrderBy []string // none means the last updated first; then by name and number
	Max     int      // 1 to MaxVersionsPage
	Token   string   // of the page before, "" for the first
}

// VersionPage is one page.
type VersionPage struct {
	Versions []Version
	Next     string // token of the next page, "" when this is the last
}

// modelSchema places the fields of models, listed as r.
type modelSchema struct{}

// Place finds a field.
func (modelSchema) Place(f filter.Field) (filter.Place, bool) {
	if f.Entity == search.Tag || f.Entity == objectTagEntity {
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "registry_model_tag",
			On: "@.workspace = r.workspace AND @.name = r.name", Key: "@.key", Value: "@.value"}}, true
	}
	switch f.Key {
	case "name", "id": // a model's name is its id
		return filter.Place{Kind: filter.Text, Column: "r.name"}, true
	case "last_updated_timestamp":
		return filter.Place{Kind: filter.Int, Column: "r.updated"}, true
	}
	return filter.Place{}, false
}

// The entities by which a decision names the listed things and their models,
// beside the words of MLflow's grammar.
const (
	objectEntity    = "object"
	objectTagEntity = "object-tag"
	modelEntity     = "model"
	modelTagEntity  = "model-tag"
)

// versionSchema places the fields of versions, listed as r.
type versionSchema struct{}

// Place finds a field.
func (versionSchema) Place(f filter.Field) (filter.Place, bool) {
	switch {
	case f == filter.Field{Entity: objectEntity, Key: "id"}:
		return filter.Place{Kind: filter.Text, Column: "r.name || '/' || CAST(r.number AS TEXT)"}, true
	case f.Entity == modelEntity: // its name is its id
		return filter.Place{Kind: filter.Text, Column: "r.name"}, true
	case f.Entity == modelTagEntity:
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "registry_model_tag",
			On: "@.workspace = r.workspace AND @.name = r.name", Key: "@.key", Value: "@.value"}}, true
	}
	if f.Entity == search.Tag || f.Entity == objectTagEntity {
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "registry_version_tag",
			On: "@.workspace = r.workspace AND @.name = r.name AND @.number = r.number", Key: "@.key", Value: "@.value"}}, true
	}
	switch f.Key {
	case "name":
		return filter.Place{Kind: filter.Text, Column: "r.name"}, true
	case "run_id":
		return filter.Place{Kind: filter.Text, Column: "r.run"}, true
	case "source_path":
		return filter.Place{Kind: filter.Text, Column: "r.source"}, true
	case "version_number":
		return filter.Place{Kind: filter.Int, Column: "r.number"}, true
	case "creation_timestamp":
		return filter.Place{Kind: filter.Int, Column: "r.created"}, true
	case "last_updated_timestamp":
		return filter.Place{Kind: filter.Int, Column: "r.updated"}, true
	}
	return filter.Place{}, false
}

// SearchModels gives a page of the registered models that the caller may see.
func (s *Service) SearchModels(ctx context.Context, q ModelSearch) (_ ModelPage, err error) {
	defer fault.Wrap(&err, "registry.SearchModels")
	if err := checkMax(q.Max, MaxModelsPage); err != nil {
		return ModelPage{}, err
	}
	l, prompts, err := s.list(ctx, search.Models, modelSchema{}, "model.read", q.Filter, q.OrderBy)
	if err != nil {
		return ModelPage{}, err
	}
	l.Orders = filter.Then(l.Orders, attribute("name"), false)
	scope := page.Scope("models", q.Filter, strings.Join(q.OrderBy, "\n"))
	if l.After, err = page.Open(s.PageKey, scope, q.Token); err != nil {
		return ModelPage{}, err
	}
	all, end, err := fetch(ctx, s, l, filter.Statement{Select: searchModels, From: "registry_model r"}, prompts, q.Max, scanModelInto)
	if err != nil {
		return ModelPage{}, err
	}
	seen, err := s.sightOf(ctx)
	if err != nil {
		return ModelPage{}, err
	}
	if err := fillModels(ctx, s.DB.Read(), seen, all); err != nil {
		return ModelPage{}, err
	}
	return ModelPage{all, page.Next(s.PageKey, scope, end)}, nil
}

// CountModels counts the registered models that the caller may see, those that
// SearchModels would give on all its pages, and stops at most.
func (s *Service) CountModels(ctx context.Context, most int64) (_ int64, err error) {
	defer fault.Wrap(&err, "registry.CountModels")
	l, _, err := s.list(ctx, search.Models, modelSchema{}, "model.read", "", nil)
	if err != nil {
		return 0, err
	}
	q := filter.Query{Dialect: s.DB.Dialect()}
	statement := countModels + own(ctx, &q, false) + " AND "
	where, err := filter.Render(&q, l.Schema, l.Where)
	if err != nil {
		return 0, err
	}
	statement += where + " LIMIT " + q.Arg(most) + ") counted"
	return rows.One(ctx, s.DB.Read(), rows.Column[int64], statement, q.Args()...)
}

// SearchVersions gives a page of the model versions that the caller may see.
// fault.NotFound where it is to be of one model, and that is not there.
func (s *Service) SearchVersions(ctx context.Context, q VersionSearch) (_ VersionPage, err error) {
	defer fault.Wrap(&err, "registry.SearchVersions")
	if err := checkMax(q.Max, MaxVersionsPage); err != nil {
		return VersionPage{}, err
	}
	orderBy := q.OrderBy
	if len(orderBy) == 0 {
		orderBy = []string{"last_updated_timestamp DESC", "name ASC", "version_number DESC"}
	}
	l, prompts, err := s.list(ctx, search.Versions, versionSchema{}, "version.read", q.Filter, orderBy)
	if err != nil {
		return VersionPage{}, err
	}
	l.Orders = filter.Then(filter.Then(l.Orders, attribute("name"), false), attribute("version_number"), true)
	if q.Model != "" {
		if err := checkName(q.Model); err != nil {
			return VersionPage{}, err
		}
		if _, err := readModel(ctx, s.DB.Read(), q.Model); err != nil {
			return VersionPage{}, err
		}
		of := filter.Compare{Field: filter.Field{Entity: search.Attribute, Key: "name"}, Op: filter.Eq, Values: []any{q.Model}}
		l.Where = filter.And{l.Where, of}
	}
	scope := page.Scope("versions", q.Model, q.Filter, strings.Join(orderBy, "\n"))
	if l.After, err = page.Open(s.PageKey, scope, q.Token); err != nil {
		return VersionPage{}, err
	}
	from := filter.Statement{Select: searchVersions, From: "registry_version r", Where: "r.stage <> 'Deleted_Internal' AND "}
	all, end, err := fetch(ctx, s, l, from, prompts, q.Max, scanVersionInto)
	if err != nil {
		return VersionPage{}, err
	}
	if err := fillVersions(ctx, s.DB.Read(), all); err != nil {
		return VersionPage{}, err
	}
	return VersionPage{all, page.Next(s.PageKey, scope, end)}, nil
}

// list parses a search and joins it with what the caller may see; prompts says
// that the filter asks for prompts.
func (s *Service) list(ctx context.Context, g *search.Grammar, schema filter.Schema, action, text string, orderBy []string) (_ filter.List, prompts bool, err error) {
	where, err := g.Filter(text)
	if err != nil {
		return filter.List{}, false, err
	}
	orders, err := g.Orders(orderBy)
	if err != nil {
		return filter.List{}, false, err
	}
	visible, err := s.Access.Visible(ctx, action)
	if err != nil {
		return filter.List{}, false, err
	}
	where, prompts = asksForPrompts(where)
	return filter.List{Schema: schema, Where: filter.And{where, visible}, Orders: orders}, prompts, nil
}

// asksForPrompts finds whether a filter asks for prompts, by the first word it
// has on the tag that marks them. Where it does not, its words on that tag are
// left out: models have no such tag.
func asksForPrompts(n filter.Node) (rest filter.Node, prompts bool) {
	all, ok := n.(filter.And)
	if !ok {
		return n, false
	}
	var others filter.And
	first := true
	for _, part := range all {
		c, ok := part.(filter.Compare)
		if !ok || c.Field != (filter.Field{Entity: search.Tag, Key: promptTag}) {
			others = append(others, part)
			continue
		}
		if first && len(c.Values) == 1 {
			value, _ := c.Values[0].(string)
			prompts = c.Op == filter.Eq && strings.EqualFold(value, "true") || c.Op == filter.Ne && strings.EqualFold(value, "false")
		}
		first = false
	}
	if prompts {
		return n, true
	}
	return others, false
}

func attribute(key string) filter.Field { return filter.Field{Entity: search.Attribute, Key: key} }

// fetch gives a page of the workspace's records.
func fetch[T any](ctx context.Context, s *Service, l filter.List, from filter.Statement, prompts bool, size int, scan func(rows.Scanner, []any) (T, error)) ([]T, []filter.Key, error) {
	q := filter.Query{Dialect: s.DB.Dialect()}
	from.Where += own(ctx, &q, prompts)
	return filter.Fetch(ctx, s.DB.Read(), &q, l, from, size, scan)
}

// own is the condition that a record is of the workspace, and no prompt unless
// prompts are asked for.
func own(ctx context.Context, q *filter.Query, prompts bool) string {
	where := "r.workspace = " + q.Arg(caller.Workspace(ctx))
	if !prompts {
		where += " AND r.is_prompt = FALSE"
	}
	return where
}

func scanModelInto(row rows.Scanner, keys []any) (m Model, err error) {
	return m, row.Scan(append([]any{&m.Name, &m.Description, &m.Created, &m.Updated}, keys...)...)
}
