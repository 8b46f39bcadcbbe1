package mlflow

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// ModelVersions are the use cases that this resource calls.
type ModelVersions interface {
	CreateVersion(context.Context, registry.VersionSpec) (registry.Version, error)
	Version(ctx context.Context, name string, number int64) (registry.Version, error)
	FilesAt(context.Context, registry.Version) (root string, err error)
	SearchVersions(context.Context, registry.VersionSearch) (registry.VersionPage, error)
	DescribeVersion(ctx context.Context, name string, number int64, description string) (registry.Version, error)
	SetStage(ctx context.Context, name string, number int64, stage string, archive bool) (registry.Version, error)
	DeleteVersion(ctx context.Context, name string, number int64) error
	SetVersionTag(ctx context.Context, name string, number int64, t registry.Tag) error
	DeleteVersionTag(ctx context.Context, name string, number int64, key string) error
}

func (f *face) modelVersions() []route.Route {
	const at = "/2.0/mlflow/model-versions/"
	return slices.Concat(
		rpc("POST", at+"create", "version.create", newVersionObjects, f.createModelVersion),
		rpc("GET", at+"get", "version.read", versionObject, f.getModelVersion),
		scoped(route.Listed, rpc("GET", at+"search", "version.list", nil, f.searchModelVersions)),
		rpc("PATCH", at+"update", "version.update", versionObject, f.updateModelVersion),
		rpc("POST", at+"transition-stage", "version.stage", stageObjects, f.transitionStage),
		rpc("DELETE", at+"delete", "version.delete", versionObject, f.deleteModelVersion),
		rpc("POST", at+"set-tag", "version.update", versionObject, f.setModelVersionTag),
		rpc("DELETE", at+"delete-tag", "version.update", versionObject, f.deleteModelVersionTag),
		rpc("GET", at+"get-download-uri", "version.read", versionObject, f.getDownloadURI),
	)
}

// versionRequest is the message of all that act on one version.
type versionRequest struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Description string `json:"description"`
	Stage       string `json:"stage"`
	Archive     bool   `json:"archive_existing_versions"`
	Key         string `json:"key"`
	Value       string `json:"value"`
}

// number checks that a version is named and gives its number.
func (m *versionRequest) number() (int64, error) {
	if err := required("name", m.Name, "version", m.Version); err != nil {
		return 0, err
	}
	return versionNumber(m.Version)
}

// versionNumber reads a version's number, which the protocol writes as a text.
func versionNumber(version string) (int64, error) {
	number, err := strconv.ParseInt(strings.TrimSpace(version), 10, 64)
	if err != nil {
		return 0, fault.New(fault.Invalid, "Parameter 'version' must be an integer, got '%s'.", version)
	}
	return number, nil
}

func versionObject(m *versionRequest) []route.Object {
	number, err := m.number()
	if err != nil {
		return route.On(modelURN(m.Name))
	}
	return route.On(registry.VersionURN(m.Name, number))
}

// stageObjects ask for the model as well where its other versions are archived.
func stageObjects(m *versionRequest) []route.Object {
	objects := versionObject(m)
	if m.Archive {
		objects = append(objects, route.Object{URN: modelURN(m.Name)})
	}
	return objects
}

type versionMessage struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	Created     int64    `json:"creation_timestamp"`
	Updated     int64    `json:"last_updated_timestamp"`
	UserID      string   `json:"user_id,omitempty"`
	Stage       string   `json:"current_stage"`
	Description string   `json:"description"`
	Source      string   `json:"source"`
	RunID       string   `json:"run_id"`
	Status      string   `json:"status"`
	Tags        []pair   `json:"tags,omitempty"`
	RunLink     string   `json:"run_link"`
	Aliases     []string `json:"aliases,omitempty"`
}

func versionOf(v registry.Version) versionMessage {
	return versionMessage{v.Model, strconv.FormatInt(v.Number, 10), v.Created, v.Updated, v.User, string(v.Stage), v.Description,
		v.Source, v.RunID, v.Status, pairsOfModel(v.Tags), v.RunLink, v.Aliases}
}

func versionsOf(all []registry.Version) []versionMessage {
	messages := make([]versionMessage, len(all))
	for i, v := range all {
		messages[i] = versionOf(v)
	}
	return messages
}

type versionResponse struct {
	Version versionMessage `json:"model_version"`
}

type createVersionRequest struct {
	Name        string `json:"name"`
	Source      string `json:"source"`
	RunID       string `json:"run_id"`
	RunLink     string `json:"run_link"`
	Description string `json:"description"`
	ModelID     string `json:"model_id"`
	Tags        []pair `json:"tags"`
}

// newVersionObjects ask for the model, and for reading what the version is made
// of.
func newVersionObjects(m *createVersionRequest) []route.Object {
	objects := route.On(modelURN(m.Name))
	for _, u := range registry.SourcesOf(registry.VersionSpec{Source: m.Source, RunID: m.RunID, ModelID: m.ModelID}) {
		objects = append(objects, route.For(readOf(u), u))
	}
	if folder, ok := artifact.Folder(m.Source); ok && folder != "" {
		objects = append(objects, route.For("artifact.read", artifact.URN(folder)))
	}
	return objects
}

// readOf is the permission to read a thing.
func readOf(u urn.URN) string {
	if u.Kind == "model" && len(u.Path) > 1 {
		return "version.read"
	}
	return u.Kind + ".read"
}

func (f *face) createModelVersion(ctx context.Context, m *createVersionRequest) (*versionResponse, error) {
	if err := required("name", m.Name, "source", m.Source); err != nil {
		return nil, err
	}
	v, err := f.ModelVersions.CreateVersion(ctx, registry.VersionSpec{Model: m.Name, Source: m.Source, RunID: m.RunID, RunLink: m.RunLink,
		Description: m.Description, ModelID: m.ModelID, Tags: modelTagsOf(m.Tags)})
	return &versionResponse{versionOf(v)}, err
}

func (f *face) getModelVersion(ctx context.Context, m *versionRequest) (*versionResponse, error) {
	number, err := m.number()
	if err != nil {
		return nil, err
	}
	v, err := f.ModelVersions.Version(ctx, m.Name, number)
	return &versionResponse{versionOf(v)}, err
}

// defaultVersionsPage is the page size of a search that names none.
const defaultVersionsPage = 200_000

func (f *face) searchModelVersions(ctx context.Context, m *searchRequest) (*versionsResponse, error) {
	limit, err := m.MaxResults.or(defaultVersionsPage, registry.MaxVersionsPage)
	if err != nil {
		return nil, err
	}
	page, err := f.ModelVersions.SearchVersions(ctx, registry.VersionSearch{Filter: m.Filter, OrderBy: m.OrderBy, Max: limit, Token: m.PageToken})
	return &versionsResponse{versionsOf(page.Versions), page.Next}, err
}

func (f *face) updateModelVersion(ctx context.Context, m *versionRequest) (*versionResponse, error) {
	number, err := m.number()
	if err != nil {
		return nil, err
	}
	v, err := f.ModelVersions.DescribeVersion(ctx, m.Name, number, m.Description)
	return &versionResponse{versionOf(v)}, err
}

func (f *face) transitionStage(ctx context.Context, m *versionRequest) (*versionResponse, error) {
	number, err := m.number()
	if err != nil {
		return nil, err
	}
	if err := required("stage", m.Stage); err != nil {
		return nil, err
	}
	v, err := f.ModelVersions.SetStage(ctx, m.Name, number, m.Stage, m.Archive)
	return &versionResponse{versionOf(v)}, err
}

func (f *face) deleteModelVersion(ctx context.Context, m *versionRequest) (*empty, error) {
	number, err := m.number()
	if err != nil {
		return nil, err
	}
	return &empty{}, f.ModelVersions.DeleteVersion(ctx, m.Name, number)
}

func (f *face) setModelVersionTag(ctx context.Context, m *versionRequest) (*empty, error) {
	number, err := m.number()
	if err != nil {
		return nil, err
	}
	if err := required("key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.ModelVersions.SetVersionTag(ctx, m.Name, number, registry.Tag{Key: m.Key, Value: m.Value})
}

func (f *face) deleteModelVersionTag(ctx context.Context, m *versionRequest) (*empty, error) {
	number, err := m.number()
	if err != nil {
		return nil, err
	}
	if err := required("key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.ModelVersions.DeleteVersionTag(ctx, m.Name, number, m.Key)
}

type downloadResponse struct {
	ArtifactURI string `json:"artifact_uri"`
}

func (f *face) getDownloadURI(ctx context.Context, m *versionRequest) (*downloadResponse, error) {
	number, err := m.number()
	if err != nil {
		return nil, err
	}
	v, err := f.ModelVersions.Version(ctx, m.Name, number)
	return &downloadResponse{v.Location}, err
}
