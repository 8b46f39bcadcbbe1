package rest

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Models are the use cases that this resource calls.
type Models interface {
	SearchModels(context.Context, registry.ModelSearch) (registry.ModelPage, error)
	CreateModel(context.Context, registry.ModelSpec) (registry.Model, error)
	Model(ctx context.Context, name string) (registry.Model, error)
	DescribeModel(ctx context.Context, name, description string) (registry.Model, error)
	RenameModel(ctx context.Context, name, newName string) (registry.Model, error)
	DeleteModel(ctx context.Context, name string) error
	SetModelTag(ctx context.Context, name string, t registry.Tag) error
	DeleteModelTag(ctx context.Context, name, key string) error
	SetAlias(ctx context.Context, name, alias string, number int64) error
	DeleteAlias(ctx context.Context, name, alias string) error
	VersionByAlias(ctx context.Context, name, alias string) (registry.Version, error)
}

// ModelBody is one registered model.
type ModelBody struct {
	Name        string           `json:"name"`
	Description string           `json:"description,omitempty"`
	Created     time.Time        `json:"created"`
	Updated     time.Time        `json:"updated"`
	Tags        pairs            `json:"tags"`
	Aliases     map[string]int64 `json:"aliases" doc:"the version that each alias points at"`
	Latest      []VersionBody    `json:"latest" nullable:"false" doc:"the newest version of each model stage"`
	URL         string           `json:"url" doc:"where a person looks at it"`
}

// NewModelBody is what a new registered model is made of.
type NewModelBody struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Tags        pairs  `json:"tags,omitempty"`
}

// DescriptionBody is a description.
type DescriptionBody struct {
	Description string `json:"description"`
}

// NameBody is a new name.
type NameBody struct {
	Name string `json:"name"`
}

// AliasBody says which version an alias points at.
type AliasBody struct {
	Version int64 `json:"version" minimum:"1"`
}

// ModelPath names a registered model.
type ModelPath struct {
	Name string `path:"name" maxLength:"1024"`
}

// ModelTagPath names a tag of a registered model.
type ModelTagPath struct {
	ModelPath
	Key string `path:"key" maxLength:"1000"`
}

// AliasPath names an alias of a registered model.
type AliasPath struct {
	ModelPath
	Alias string `path:"alias" maxLength:"1020"`
}

func (f *face) models() {
	at := object("model", "name")
	add(f, operation{"GET", "/models", "list-models", "Registered models, by name", "model.list", listed, 0}, f.listModels)
	add(f, operation{"POST", "/models", "create-model", "Register a model", "model.create", target{objects: newModel}, http.StatusCreated}, f.createModel)
	add(f, operation{"GET", "/models/{name}", "get-model", "One registered model", "model.read", at, 0}, f.getModel)
	add(f, operation{"PATCH", "/models/{name}", "update-model", "Describe a registered model", "model.update", at, 0}, f.updateModel)
	add(f, operation{"POST", "/models/{name}/rename", "rename-model", "Give a registered model another name", "model.update", naming(at, renamed), 0}, f.renameModel)
	add(f, operation{"DELETE", "/models/{name}", "delete-model", "Remove a registered model and its versions for good", "model.delete", at, 0}, f.deleteModel)
	add(f, operation{"PUT", "/models/{name}/tags/{key}", "set-model-tag", "Set a tag of a registered model", "model.update", at, 0}, f.setModelTag)
	add(f, operation{"DELETE", "/models/{name}/tags/{key}", "delete-model-tag", "Take a tag off a registered model", "model.update", at, 0}, f.deleteModelTag)
	add(f, operation{"GET", "/models/{name}/aliases/{alias}", "get-alias", "The version that an alias points at", "model.read", at, 0}, f.getAlias)
	add(f, operation{"PUT", "/models/{name}/aliases/{alias}", "set-alias", "Point an alias at a version", "model.update", naming(at, pointedAt), 0}, f.setAlias)
	add(f, operation{"DELETE", "/models/{name}/aliases/{alias}", "delete-alias", "Take an alias away", "model.update", at, 0}, f.deleteAlias)
}

// newModel asks for making a model, and for one of this name.
func newModel(r *http.Request, body []byte) []route.Object {
	making := target{objects: func(*http.Request, []byte) []route.Object { return []route.Object{{}} }}
	return naming(making, func(_ *http.Request, m NewModelBody) []route.Object { return route.On(modelNamed(m.Name)...) }).objects(r, body)
}

// renamed asks for making a model of the new name.
func renamed(_ *http.Request, m NameBody) []route.Object {
	objects := []route.Object{route.For("model.create", urn.URN{})}
	for _, u := range modelNamed(m.Name) {
		objects = append(objects, route.For("model.create", u))
	}
	return objects
}

// modelNamed is the model of a name that a message gives, none for no name.
func modelNamed(name string) []urn.URN {
	if name == "" {
		return nil
	}
	return []urn.URN{registry.ModelURN(name)}
}

// pointedAt asks for reading the version that an alias is to point at.
func pointedAt(r *http.Request, m AliasBody) []route.Object {
	return []route.Object{route.For("version.read", registry.VersionURN(r.PathValue("name"), m.Version))}
}

func (f *face) listModels(ctx context.Context, in *ListQuery) (*output[Page[ModelBody]], error) {
	found, err := f.Models.SearchModels(ctx, registry.ModelSearch{Filter: in.Filter, OrderBy: in.Order, Max: in.Limit, Token: in.Page})
	return pageOf(found.Models, found.Next, func(m registry.Model) ModelBody { return modelBody(ctx, m) }), err
}

func (f *face) createModel(ctx context.Context, in *struct{ Body NewModelBody }) (*made[ModelBody], error) {
	m, err := f.Models.CreateModel(ctx, registry.ModelSpec{Name: in.Body.Name, Description: in.Body.Description, Tags: ofPairs(in.Body.Tags, newModelTag)})
	return &made[ModelBody]{route.Link(ctx, root+"/models/"+url.PathEscape(m.Name)), modelBody(ctx, m)}, err
}

func (f *face) getModel(ctx context.Context, in *ModelPath) (*output[ModelBody], error) {
	m, err := f.Models.Model(ctx, in.Name)
	return &output[ModelBody]{modelBody(ctx, m)}, err
}

func (f *face) updateModel(ctx context.Context, in *struct {
	ModelPath
	Body DescriptionBody
}) (*changed, error) {
	_, err := f.Models.DescribeModel(ctx, in.Name, in.Body.Description)
	return &changed{}, err
}

func (f *face) renameModel(ctx context.Context, in *struct {
	ModelPath
	Body NameBody
}) (*changed, error) {
	_, err := f.Models.RenameModel(ctx, in.Name, in.Body.Name)
	return &changed{}, err
}

func (f *face) deleteModel(ctx context.Context, in *ModelPath) (*changed, error) {
	return &changed{}, f.Models.DeleteModel(ctx, in.Name)
}

func (f *face) setModelTag(ctx context.Context, in *struct {
	ModelTagPath
	Body TagBody
}) (*changed, error) {
	return &changed{}, f.Models.SetModelTag(ctx, in.Name, newModelTag(in.Key, in.Body.Value))
}

func (f *face) deleteModelTag(ctx context.Context, in *ModelTagPath) (*changed, error) {
	return &changed{}, f.Models.DeleteModelTag(ctx, in.Name, in.Key)
}

func (f *face) getAlias(ctx context.Context, in *AliasPath) (*output[VersionBody], error) {
	v, err := f.Models.VersionByAlias(ctx, in.Name, in.Alias)
	return &output[VersionBody]{versionBody(ctx, v)}, err
}

func (f *face) setAlias(ctx context.Context, in *struct {
	AliasPath
	Body AliasBody
}) (*changed, error) {
	return &changed{}, f.Models.SetAlias(ctx, in.Name, in.Alias, in.Body.Version)
}

func (f *face) deleteAlias(ctx context.Context, in *AliasPath) (*changed, error) {
	return &changed{}, f.Models.DeleteAlias(ctx, in.Name, in.Alias)
}

func modelBody(ctx context.Context, m registry.Model) ModelBody {
	b := ModelBody{
		Name: m.Name, Description: m.Description, Created: instant(m.Created), Updated: instant(m.Updated), Tags: pairsOf(m.Tags, modelTagPair),
		Aliases: make(map[string]int64, len(m.Aliases)), Latest: make([]VersionBody, len(m.Latest)),
		URL: route.Address(ctx, "/models/"+url.PathEscape(m.Name)),
	}
	for _, a := range m.Aliases {
		b.Aliases[a.Name] = a.Version
	}
	for i, v := range m.Latest {
		b.Latest[i] = versionBody(ctx, v)
	}
	return b
}

func newModelTag(key, value string) registry.Tag { return registry.Tag{Key: key, Value: value} }

func modelTagPair(t registry.Tag) (key, value string) { return t.Key, t.Value }
