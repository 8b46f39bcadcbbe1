package rest

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Versions are the use cases that this resource calls.
type Versions interface {
	SearchVersions(context.Context, registry.VersionSearch) (registry.VersionPage, error)
	CreateVersion(context.Context, registry.VersionSpec) (registry.Version, error)
	Version(ctx context.Context, name string, number int64) (registry.Version, error)
	DescribeVersion(ctx context.Context, name string, number int64, description string) (registry.Version, error)
	SetStage(ctx context.Context, name string, number int64, stage string, archive bool) (registry.Version, error)
	DeleteVersion(ctx context.Context, name string, number int64) error
	SetVersionTag(ctx context.Context, name string, number int64, t registry.Tag) error
	DeleteVersionTag(ctx context.Context, name string, number int64, key string) error
}

// VersionBody is one model version.
type VersionBody struct {
	Model        string    `json:"model"`
	Version      int64     `json:"version" doc:"number under the model, never used twice"`
	Description  string    `json:"description,omitempty"`
	User         string    `json:"user,omitempty"`
	Stage        string    `json:"stage" enum:"None,Staging,Production,Archived" doc:"model stage"`
	Status       string    `json:"status"`
	Source       string    `json:"source" doc:"where its files are, as the client said it"`
	ArtifactRoot string    `json:"artifact_root" doc:"URI below which its files lie"`
	Run          string    `json:"run,omitempty" doc:"id of the run that made it"`
	RunLink      string    `json:"run_link,omitempty"`
	LoggedModel  string    `json:"logged_model,omitempty" doc:"id of the logged model that it is"`
	Created      time.Time `json:"created"`
	Updated      time.Time `json:"updated"`
	Tags         pairs     `json:"tags"`
	Aliases      []string  `json:"aliases" nullable:"false"`
	URL          string    `json:"url" doc:"where a person looks at it"`
}

// NewVersionBody is what a new model version is made of.
type NewVersionBody struct {
	Source      string `json:"source" example:"runs:/5f1e/model" doc:"models:/m-ID, models:/NAME/1, runs:/RUN/PATH or a location"`
	Run         string `json:"run,omitempty" doc:"id of the run that made it, where the source does not say it"`
	RunLink     string `json:"run_link,omitempty"`
	LoggedModel string `json:"logged_model,omitempty" doc:"id of the logged model, where the source does not say it"`
	Description string `json:"description,omitempty"`
	Tags        pairs  `json:"tags,omitempty"`
}

// StageBody moves a version to a model stage.
type StageBody struct {
	Stage         string `json:"stage" enum:"None,Staging,Production,Archived"`
	ArchiveOthers bool   `json:"archive_others,omitempty" doc:"archive the other versions of Staging or Production"`
}

// VersionPath names a model version.
type VersionPath struct {
	ModelPath
	Version int64 `path:"version" minimum:"1"`
}

// VersionTagPath names a tag of a model version.
type VersionTagPath struct {
	VersionPath
	Key string `path:"key" maxLength:"1000"`
}

func (f *face) versions() {
	at := numbered("model", "name", "version")
	add(f, operation{"GET", "/versions", "search-versions", "Versions of all models, the last changed first", "version.list", listed, 0}, f.searchVersions)
	add(f, operation{"GET", "/models/{name}/versions", "list-versions", "Versions of a model, the last changed first", "model.read", object("model", "name"), 0}, f.listVersions)
	add(f, operation{"POST", "/models/{name}/versions", "create-version", "Register the next version of a model", "version.create", naming(object("model", "name"), sources), http.StatusCreated}, f.createVersion)
	add(f, operation{"GET", "/models/{name}/versions/{version}", "get-version", "One model version", "version.read", at, 0}, f.getVersion)
	add(f, operation{"PATCH", "/models/{name}/versions/{version}", "update-version", "Describe a model version", "version.update", at, 0}, f.updateVersion)
	add(f, operation{"DELETE", "/models/{name}/versions/{version}", "delete-version", "Delete a model version", "version.delete", at, 0}, f.deleteVersion)
	add(f, operation{"PUT", "/models/{name}/versions/{version}/stage", "set-stage", "Move a version to a model stage", "version.stage", naming(at, archived), 0}, f.setStage)
	add(f, operation{"PUT", "/models/{name}/versions/{version}/tags/{key}", "set-version-tag", "Set a tag of a model version", "version.update", at, 0}, f.setVersionTag)
	add(f, operation{"DELETE", "/models/{name}/versions/{version}/tags/{key}", "delete-version-tag", "Take a tag off a model version", "version.update", at, 0}, f.deleteVersionTag)
}

// sources names what a new version is made of, to be read.
func sources(_ *http.Request, m NewVersionBody) []route.Object {
	var objects []route.Object
	for _, u := range registry.SourcesOf(registry.VersionSpec{Source: m.Source, RunID: m.Run, ModelID: m.LoggedModel}) {
		action := u.Kind + ".read"
		if u.Kind == "model" && len(u.Path) > 1 {
			action = "version.read"
		}
		objects = append(objects, route.For(action, u))
	}
	if folder, ok := artifact.Folder(m.Source); ok && folder != "" {
		objects = append(objects, route.For("artifact.read", artifact.URN(folder)))
	}
	return objects
}

// archived names the model where its other versions move as well.
func archived(r *http.Request, m StageBody) []route.Object {
	if !m.ArchiveOthers {
		return nil
	}
	return route.On(registry.ModelURN(r.PathValue("name")))
}

func (f *face) searchVersions(ctx context.Context, in *ListQuery) (*output[Page[VersionBody]], error) {
	return f.pageOfVersions(ctx, "", in)
}

func (f *face) listVersions(ctx context.Context, in *struct {
	ModelPath
	ListQuery
}) (*output[Page[VersionBody]], error) {
	return f.pageOfVersions(ctx, in.Name, &in.ListQuery)
}

func (f *face) pageOfVersions(ctx context.Context, model string, in *ListQuery) (*output[Page[VersionBody]], error) {
	found, err := f.Versions.SearchVersions(ctx, registry.VersionSearch{Model: model, Filter: in.Filter, OrderBy: in.Order, Max: in.Limit, Token: in.Page})
	return pageOf(found.Versions, found.Next, func(v registry.Version) VersionBody { return versionBody(ctx, v) }), err
}

func (f *face) createVersion(ctx context.Context, in *struct {
	ModelPath
	Body NewVersionBody
}) (*made[VersionBody], error) {
	v, err := f.Versions.CreateVersion(ctx, registry.VersionSpec{
		Infer: true, Model: in.Name, Source: in.Body.Source, RunID: in.Body.Run, RunLink: in.Body.RunLink, Description: in.Body.Description,
		ModelID: in.Body.LoggedModel, Tags: ofPairs(in.Body.Tags, newModelTag),
	})
	return &made[VersionBody]{route.Link(ctx, root+versionAt(v)), versionBody(ctx, v)}, err
}

func (f *face) getVersion(ctx context.Context, in *VersionPath) (*output[VersionBody], error) {
	v, err := f.Versions.Version(ctx, in.Name, in.Version)
	return &output[VersionBody]{versionBody(ctx, v)}, err
}

func (f *face) updateVersion(ctx context.Context, in *struct {
	VersionPath
	Body DescriptionBody
}) (*changed, error) {
	_, err := f.Versions.DescribeVersion(ctx, in.Name, in.Version, in.Body.Description)
	return &changed{}, err
}

func (f *face) deleteVersion(ctx context.Context, in *VersionPath) (*changed, error) {
	return &changed{}, f.Versions.DeleteVersion(ctx, in.Name, in.Version)
}

func (f *face) setStage(ctx context.Context, in *struct {
	VersionPath
	Body StageBody
}) (*changed, error) {
	_, err := f.Versions.SetStage(ctx, in.Name, in.Version, in.Body.Stage, in.Body.ArchiveOthers)
	return &changed{}, err
}

func (f *face) setVersionTag(ctx context.Context, in *struct {
	VersionTagPath
	Body TagBody
}) (*changed, error) {
	return &changed{}, f.Versions.SetVersionTag(ctx, in.Name, in.Version, newModelTag(in.Key, in.Body.Value))
}

func (f *face) deleteVersionTag(ctx context.Context, in *VersionTagPath) (*changed, error) {
	return &changed{}, f.Versions.DeleteVersionTag(ctx, in.Name, in.Version, in.Key)
}

// versionAt is the path of a version, in the API and among the pages.
func versionAt(v registry.Version) string {
	return "/models/" + url.PathEscape(v.Model) + "/versions/" + strconv.FormatInt(v.Number, 10)
}

func versionBody(ctx context.Context, v registry.Version) VersionBody {
	return VersionBody{
		Model: v.Model, Version: v.Number, Description: v.Description, User: v.User, Stage: string(v.Stage), Status: v.Status, Source: v.Source,
		ArtifactRoot: v.Location, Run: v.RunID, RunLink: v.RunLink, LoggedModel: v.ModelID, Created: instant(v.Created), Updated: instant(v.Updated),
		Tags: pairsOf(v.Tags, modelTagPair), Aliases: append([]string{}, v.Aliases...), URL: route.Address(ctx, versionAt(v)),
	}
}
