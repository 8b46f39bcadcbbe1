package files

import (
	"context"
	"io"
)

// Versions is a place that may keep what lay at a path before: a bucket whose versions
// are switched on. Where they are not, versions are "".
type Versions interface {
	Place
	// OpenVersion is Open of one version, the newest for "".
	OpenVersion(ctx context.Context, path, version string, from int64) (io.ReadCloser, Info, error)
	// StatVersion is Stat of one version, the newest for "".
	StatVersion(ctx context.Context, path, version string) (Info, error)
}
