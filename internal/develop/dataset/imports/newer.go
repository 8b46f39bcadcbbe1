package imports

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Newest is the commit that an import would be of if it were brought up to date.
func Newest(ctx context.Context, spec *dvcfile.Repo, around Around) (_ string, err error) {
	s := &Source{URL: spec.URL, around: around}
	if _, git := s.local(); git != nil {
		rev := spec.Rev
		if rev == "" {
			rev = "HEAD"
		}
		return git.Resolve(ctx, rev)
	}
	if err := os.MkdirAll(around.Temporary, 0o700); err != nil {
		return "", fault.Because(err, fault.Unavailable, "%s cannot be made.", around.Temporary)
	}
	made, err := os.MkdirTemp(around.Temporary, "clone-")
	if err != nil {
		return "", fault.Because(err, fault.Unavailable, "A clone of '%s' cannot be made in %s.", spec.URL, around.Temporary)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	return revision.Newest(ctx, spec.URL, spec.Rev, filepath.Join(made, "files"))
}
