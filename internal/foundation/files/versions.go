package files

import (
	"context"
	"io"
)

// Versions is a place that may keep what lay at a path before: a bucket whose versions
// are switched on. Where they are not, versions are "".
type Versions interface {
	Place
	// Write is Put, and tells what came to be: its tag and its version.
	Write(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (Info, error)
	// OpenVersion is Open of one version, the newest for "".
	OpenVersion(ctx context.Context, path, version string, from int64) (io.ReadCloser, Info, error)
	// StatVersion is Stat of one version, the newest for "".
	StatVersion(ctx context.Context, path, version string) (Info, error)
	// ListVersions gives every version of the files whose path begins with prefix, in no
	// order, and not those that say that a file was taken away.
	ListVersions(ctx context.Context, prefix string, each func(Info) error) error
}
