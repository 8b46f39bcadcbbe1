package lineage

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// reader tells which things of a workspace the caller may read, nil for all.
func (s *Service) reader(ctx context.Context, workspace string) (func(urn.URN) (bool, error), error) {
	c := caller.From(ctx)
	c.Workspace = workspace
	return s.Access.Reader(caller.With(ctx, c))
}

// readable leaves those of a workspace's things that the caller may read. A
// thing of yet another workspace is left to whoever finds it there.
func readable[T any](ctx context.Context, s *Service, workspace string, all []T, name func(T) urn.URN) ([]T, error) {
	may, err := s.reader(ctx, workspace)
	if err != nil || may == nil {
		return all, err
	}
	var some []T
	for _, one := range all {
		u := name(one)
		ok := u.Workspace != ""
		if !ok {
			if ok, err = may(u); err != nil {
				return nil, err
			}
		}
		if ok {
			some = append(some, one)
		}
	}
	return some, nil
}
