package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// isThere reports whether there is an object, as far as who may ask what is allowed in
// the caller's workspace may know: of people and services, whom they ask it about, of
// the groups of the workspace, of the workspaces in which they have a part, and of what
// decisions look into. Of kinds that nobody knows of it is taken to be there.
func (s *Service) isThere(ctx context.Context, object urn.URN) (bool, error) {
	var err error
	switch object.Kind {
	case "workspace":
		all, err := s.Workspaces(ctx)
		return slices.ContainsFunc(all, func(w Workspace) bool { return w.Name == object.Name() }), err
	case string(KindUser), string(KindService):
		_, err = find(ctx, s.DB.Read(), object)
	case "group":
		_, err = findGroup(ctx, s.DB.Read(), object)
	default:
		_, there, err := s.about(ctx, object)
		if there && err == nil && s.Mentioned != nil {
			there, err = s.Mentioned(ctx, object)
		}
		return there, err
	}
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}
