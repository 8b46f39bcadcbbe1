package mlflow

import (
	"context"
	"slices"
	"strconv"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// RegisteredModels are the use cases that this resource calls.
type RegisteredModels interface {
	CreateModel(context.Context, registry.ModelSpec) (registry.Model, error)
	Model(ctx context.Context, name string) (registry.Model, error)
	SearchModels(context.Context, registry.ModelSearch) (registry.ModelPage, error)
	DescribeModel(ctx context.Context, name, description string) (registry.Model, error)
	RenameModel(ctx context.Context, name, newName string) (registry.Model, error)
	DeleteModel(ctx context.Context, name string) error
	SetModelTag(ctx context.Context, name string, t registry.Tag) error
	DeleteModelTag(ctx context.Context, name, key string) error
	Latest(ctx context.Context, name string, stages []string) ([]registry.Version, error)
	SetAlias(ctx context.Context, name, alias string, number int64) error
	DeleteAlias(ctx context.Context, name, alias string) error
	VersionByAlias(ctx context.Context, name, alias string) (registry.Version, error)
}

func (f *face) registeredModels() []route.Route {
	const at = "/2.0/mlflow/registered-models/"
	return slices.Concat(
		rpc("POST", at+"create", "model.create", newModelNames, f.createRegisteredModel),
		rpc("GET", at+"get", "model.read", modelObject, f.getRegisteredModel),
		scoped(route.Listed, rpc("GET", at+"search", "model.list", nil, f.searchRegisteredModels)),
		rpc("PATCH", at+"update", "model.update", modelObject, f.updateRegisteredModel),
		rpc("POST", at+"rename", "model.update", renameObjects, f.renameRegisteredModel),
		rpc("DELETE", at+"delete", "model.delete", modelObject, f.deleteRegisteredModel),
		rpc("POST", at+"set-tag", "model.update", modelObject, f.setRegisteredModelTag),
		rpc("DELETE", at+"delete-tag", "model.update", modelObject, f.deleteRegisteredModelTag),
		rpc("POST", at+"get-latest-versions", "model.read", modelObject, f.getLatestVersions),
		rpc("GET", at+"get-latest-versions", "model.read", modelObject, f.getLatestVersions),
		rpc("POST", at+"alias", "model.update", aliasObjects, f.setAlias),
		rpc("DELETE", at+"alias", "model.update", modelObject, f.deleteAlias),
		rpc("GET", at+"alias", "model.read", modelObject, f.getVersionByAlias),
	)
}

// modelRequest is the message of all that act on one registered model.
type modelRequest struct {
	Name        string   `json:"name"`
	NewName     string   `json:"new_name"`
	Description string   `json:"description"`
	Key         string   `json:"key"`
	Value       string   `json:"value"`
	Alias       string   `json:"alias"`
	Version     string   `json:"version"`
	Stages      []string `json:"stages"`
}

func modelObject(m *modelRequest) []route.Object { return route.On(modelURN(m.Name)) }

// renameObjects ask for the model, and for making one of the new name.
func renameObjects(m *modelRequest) []route.Object {
	objects := []route.Object{{URN: modelURN(m.Name)}, route.For("model.create", urn.URN{})}
	if m.NewName != "" {
		objects = append(objects, route.For("model.create", modelURN(m.NewName)))
	}
	return objects
}

// newModelNames ask for making a model, and for one of this name.
func newModelNames(m *createModelRequest) []route.Object {
	objects := []route.Object{{}}
	if m.Name != "" {
		objects = append(objects, route.Object{URN: modelURN(m.Name)})
	}
	return objects
}

// aliasObjects ask for the model, and for reading the version that an alias is to
// point at.
func aliasObjects(m *modelRequest) []route.Object {
	objects := modelObject(m)
	if n, err := versionNumber(m.Version); err == nil && m.Name != "" {
		objects = append(objects, route.For("version.read", registry.VersionURN(m.Name, n)))
	}
	return objects
}

func modelURN(name string) urn.URN {
	if name == "" {
		return urn.URN{}
	}
	return registry.ModelURN(name)
}

type aliasMessage struct {
	Alias   string `json:"alias"`
	Version string `json:"version"`
}

type modelMessage struct {
	Name        string           `json:"name"`
	Created     int64            `json:"creation_timestamp"`
	Updated     int64            `json:"last_updated_timestamp"`
	Description string           `json:"description,omitempty"`
	Latest      []versionMessage `json:"latest_versions,omitempty"`
	Tags        []pair           `json:"tags,omitempty"`
	Aliases     []aliasMessage   `json:"aliases,omitempty"`
}

func modelOf(m registry.Model) modelMessage {
	message := modelMessage{m.Name, m.Created, m.Updated, m.Description, versionsOf(m.Latest), pairsOfModel(m.Tags), nil}
	for _, a := range m.Aliases {
		message.Aliases = append(message.Aliases, aliasMessage{a.Name, strconv.FormatInt(a.Version, 10)})
	}
	return message
}

func pairsOfModel(tags []registry.Tag) []pair {
	pairs := make([]pair, len(tags))
	for i, t := range tags {
		pairs[i] = pair(t)
	}
	return pairs
}

func modelTagsOf(pairs []pair) []registry.Tag {
	tags := make([]registry.Tag, len(pairs))
	for i, p := range pairs {
		tags[i] = registry.Tag(p)
	}
	return tags
}

type modelResponse struct {
	Model modelMessage `json:"registered_model"`
}

type createModelRequest struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Tags        []pair `json:"tags"`
}

func (f *face) createRegisteredModel(ctx context.Context, m *createModelRequest) (*modelResponse, error) {
	if err := required("name", m.Name); err != nil {
		return nil, err
	}
	made, err := f.RegisteredModels.CreateModel(ctx, registry.ModelSpec{Name: m.Name, Description: m.Description, Tags: modelTagsOf(m.Tags)})
	return &modelResponse{modelOf(made)}, err
}

func (f *face) getRegisteredModel(ctx context.Context, m *modelRequest) (*modelResponse, error) {
	if err := required("name", m.Name); err != nil {
		return nil, err
	}
	found, err := f.RegisteredModels.Model(ctx, m.Name)
	return &modelResponse{modelOf(found)}, err
}

type searchRequest struct {
	Filter     string   `json:"filter"`
	MaxResults count    `json:"max_results"`
	OrderBy    []string `json:"order_by"`
	PageToken  string   `json:"page_token"`
}

// defaultModelsPage is the page size of a search that names none.
const defaultModelsPage = 100

type searchModelsResponse struct {
	Models        []modelMessage `json:"registered_models,omitempty"`
	NextPageToken string         `json:"next_page_token,omitempty"`
}

func (f *face) searchRegisteredModels(ctx context.Context, m *searchRequest) (*searchModelsResponse, error) {
	limit, err := m.MaxResults.or(defaultModelsPage, registry.MaxModelsPage)
	if err != nil {
		return nil, err
	}
	page, err := f.RegisteredModels.SearchModels(ctx, registry.ModelSearch{Filter: m.Filter, OrderBy: m.OrderBy, Max: limit, Token: m.PageToken})
	if err != nil {
		return nil, err
	}
	all := make([]modelMessage, len(page.Models))
	for i, found := range page.Models {
		all[i] = modelOf(found)
	}
	return &searchModelsResponse{all, page.Next}, nil
}

func (f *face) updateRegisteredModel(ctx context.Context, m *modelRequest) (*modelResponse, error) {
	if err := required("name", m.Name); err != nil {
		return nil, err
	}
	changed, err := f.RegisteredModels.DescribeModel(ctx, m.Name, m.Description)
	return &modelResponse{modelOf(changed)}, err
}

func (f *face) renameRegisteredModel(ctx context.Context, m *modelRequest) (*modelResponse, error) {
	if err := required("name", m.Name, "new_name", m.NewName); err != nil {
		return nil, err
	}
	renamed, err := f.RegisteredModels.RenameModel(ctx, m.Name, m.NewName)
	return &modelResponse{modelOf(renamed)}, err
}

func (f *face) deleteRegisteredModel(ctx context.Context, m *modelRequest) (*empty, error) {
	if err := required("name", m.Name); err != nil {
		return nil, err
	}
	return &empty{}, f.RegisteredModels.DeleteModel(ctx, m.Name)
}

func (f *face) setRegisteredModelTag(ctx context.Context, m *modelRequest) (*empty, error) {
	if err := required("name", m.Name, "key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.RegisteredModels.SetModelTag(ctx, m.Name, registry.Tag{Key: m.Key, Value: m.Value})
}

func (f *face) deleteRegisteredModelTag(ctx context.Context, m *modelRequest) (*empty, error) {
	if err := required("name", m.Name, "key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.RegisteredModels.DeleteModelTag(ctx, m.Name, m.Key)
}

type versionsResponse struct {
	Versions      []versionMessage `json:"model_versions,omitempty"`
	NextPageToken string           `json:"next_page_token,omitempty"`
}

func (f *face) getLatestVersions(ctx context.Context, m *modelRequest) (*versionsResponse, error) {
	if err := required("name", m.Name); err != nil {
		return nil, err
	}
	all, err := f.RegisteredModels.Latest(ctx, m.Name, m.Stages)
	return &versionsResponse{Versions: versionsOf(all)}, err
}

func (f *face) setAlias(ctx context.Context, m *modelRequest) (*empty, error) {
	if err := required("name", m.Name, "alias", m.Alias, "version", m.Version); err != nil {
		return nil, err
	}
	number, err := versionNumber(m.Version)
	if err != nil {
		return nil, err
	}
	return &empty{}, f.RegisteredModels.SetAlias(ctx, m.Name, m.Alias, number)
}

func (f *face) deleteAlias(ctx context.Context, m *modelRequest) (*empty, error) {
	if err := required("name", m.Name, "alias", m.Alias); err != nil {
		return nil, err
	}
	return &empty{}, f.RegisteredModels.DeleteAlias(ctx, m.Name, m.Alias)
}

func (f *face) getVersionByAlias(ctx context.Context, m *modelRequest) (*versionResponse, error) {
	if err := required("name", m.Name, "alias", m.Alias); err != nil {
		return nil, err
	}
	v, err := f.RegisteredModels.VersionByAlias(ctx, m.Name, m.Alias)
	return &versionResponse{versionOf(v)}, err
}
