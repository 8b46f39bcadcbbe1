package overview

import (
	"context"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// Tracking answers what there is of experiments and runs.
type Tracking interface {
	Experiment(ctx context.Context, id string) (tracking.Experiment, error)
	SearchExperiments(ctx context.Context, s tracking.ExperimentSearch) (tracking.ExperimentPage, error)
	Run(ctx context.Context, id string) (tracking.Run, error)
	SearchRuns(ctx context.Context, s tracking.RunSearch) (tracking.RunPage, error)
	CountRuns(ctx context.Context, s tracking.RunSearch) (int64, error)
}

// Registry answers what there is of registered models.
type Registry interface {
	Model(ctx context.Context, name string) (registry.Model, error)
	SearchModels(ctx context.Context, s registry.ModelSearch) (registry.ModelPage, error)
}

// Events answers the stream, the newest first.
type Events interface {
	List(ctx context.Context, q event.Query) ([]event.Event, error)
}

// Access says what the caller may see: of a list by a condition, of named things
// one by one.
type Access interface {
	Visible(ctx context.Context, action string) (filter.Node, error)
	Told(ctx context.Context, all []event.Event) ([]event.Event, error)
	kit.Access
}
