package deploy

import (
	"context"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
)

// Registry answers what the pages ask of registered models. A thing that is not
// there, or may not be seen, is fault.NotFound; a filter, an order or a page
// token that is wrong is fault.Invalid.
type Registry interface {
	Model(ctx context.Context, name string) (registry.Model, error)
	SearchModels(ctx context.Context, s registry.ModelSearch) (registry.ModelPage, error)
	CountModels(ctx context.Context, most int64) (int64, error)
	Version(ctx context.Context, model string, number int64) (registry.Version, error)
	SearchVersions(ctx context.Context, s registry.VersionSearch) (registry.VersionPage, error)

	SetStage(ctx context.Context, model string, number int64, stage string, archive bool) (registry.Version, error)
	SetAlias(ctx context.Context, model, alias string, number int64) error
	DeleteAlias(ctx context.Context, model, alias string) error
	DescribeModel(ctx context.Context, model, description string) (registry.Model, error)
	DescribeVersion(ctx context.Context, model string, number int64, description string) (registry.Version, error)
}

// Runs answers which run and experiment a version came from.
type Runs interface {
	Run(ctx context.Context, id string) (tracking.Run, error)
	Experiment(ctx context.Context, id string) (tracking.Experiment, error)
}
