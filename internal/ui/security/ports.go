package security

import (
	"context"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// Scans answers what files of versions would do when they are loaded. What is not
// there is fault.NotFound.
type Scans interface {
	OfVersion(ctx context.Context, name string, number int64) (scan.Verdict, error)
	SignatureOf(ctx context.Context, name string, number int64) (scan.Signature, error)
	Kept(ctx context.Context, versions []scan.VersionRef) (map[scan.VersionRef]scan.Verdict, error)
	Why(ctx context.Context, name string, number int64, file string) (string, error)
}

// Boms makes bills of materials.
type Boms interface {
	Document(ctx context.Context, name string, number int64, form string) ([]byte, error)
}

// Versions finds those that the caller may see.
type Versions interface {
	Version(ctx context.Context, model string, number int64) (registry.Version, error)
	SearchVersions(ctx context.Context, s registry.VersionSearch) (registry.VersionPage, error)
}
