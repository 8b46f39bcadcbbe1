package develop

import (
	"context"
	"io"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// Tracking answers what the pages ask of experiments and runs. A thing that is
// not there, or may not be seen, is fault.NotFound; a filter, an order or a page
// token that is wrong is fault.Invalid.
type Tracking interface {
	Experiment(ctx context.Context, id string) (tracking.Experiment, error)
	SearchExperiments(ctx context.Context, s tracking.ExperimentSearch) (tracking.ExperimentPage, error)
	CountExperiments(ctx context.Context, most int64) (int64, error)
	Run(ctx context.Context, id string) (tracking.Run, error)
	ArtifactRoot(ctx context.Context, run string) (string, error)
	SearchRuns(ctx context.Context, s tracking.RunSearch) (tracking.RunPage, error)
	SumUpRuns(ctx context.Context, experiments []string) (map[string]tracking.RunSummary, error)
	CountRuns(ctx context.Context, s tracking.RunSearch) (int64, error)
	History(ctx context.Context, run, key string, page tracking.HistoryPage) (points []tracking.Metric, next string, err error)
	Sketch(ctx context.Context, runs []string, key string, most int) (map[string][]tracking.Metric, error)
	PointsMark(ctx context.Context, run string) (string, error)
}

// Artifacts answers what lies below a path of the workspace, one level and page
// by page, and opens what is a file: fault.NotFound where there is none.
type Artifacts interface {
	Page(ctx context.Context, path, after string, limit int) (entries []artifact.Entry, next string, err error)
	Open(ctx context.Context, path string, part blobs.Range) (io.ReadCloser, blobs.Info, error)
}

// Versions answers which model versions came from a run.
type Versions interface {
	SearchVersions(ctx context.Context, s registry.VersionSearch) (registry.VersionPage, error)
}

// LoggedModels answers what a model is called that a run logged, and where its
// files lie. fault.NotFound for one that was deleted.
type LoggedModels interface {
	Model(ctx context.Context, id string) (loggedmodel.Model, error)
}

// Data answers what there is of data sets, their versions and the remotes with them:
// fault.NotFound for what is not there.
type Data interface {
	Sets(ctx context.Context, contains string, p dataset.Paging) (all []dataset.Set, next string, err error)
	VersionsOf(ctx context.Context, remote, path string, p dataset.Paging) (all []dataset.Version, next string, err error)
	VersionIn(ctx context.Context, remote string, id object.ID) (dataset.Version, error)
	Find(ctx context.Context, id object.ID) ([]dataset.Version, error)
	Entries(ctx context.Context, remote string, id object.ID, folder string, p dataset.Paging) (all []dataset.Entry, next string, err error)
	EntryAt(ctx context.Context, remote string, id object.ID, path string) (dataset.Entry, error)
	ObjectIn(ctx context.Context, remote string, id object.ID) (*dataset.Object, error)
	Uses(ctx context.Context, id object.ID, p dataset.Paging) (all []dataset.Use, next string, err error)
	DataOf(ctx context.Context, run string) ([]dataset.Data, error)
	ProfileOf(ctx context.Context, remote string, file object.ID) (dataset.Profiled, error)
	Changes(ctx context.Context, remote string, a, b object.ID, p dataset.Paging) (all []dataset.FileChange, sum dataset.ChangeSummary, next string, err error)
	RowChanges(ctx context.Context, remote string, a, b object.ID, key []string, p dataset.Paging) (d lake.Difference, next string, err error)
	Remotes(ctx context.Context) ([]dataset.Remote, error)
	SizeOf(ctx context.Context, remote string) (dataset.Size, error)
	Inspected(ctx context.Context, remote string) (*dataset.Inspected, error)
}

// Access decides what the caller may do, and tells which named things they may read.
type Access interface {
	kit.Access
	Check(ctx context.Context, action string, object urn.URN) error
}
