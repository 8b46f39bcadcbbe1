package kit

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// choice gives the workspaces that a page leads to: none where the reader has a
// part in no other than the page's. A page that tells a failure is shown also
// where they cannot be read, as to who was refused at the door.
func (s *Site) choice(ctx context.Context, p Page) ([]string, error) {
	if s.Workspaces == nil || p.unread(ctx) {
		return nil, nil
	}
	all, err := s.Workspaces(ctx)
	if err != nil {
		if p.Status != 0 {
			return nil, nil
		}
		return nil, err
	}
	for _, name := range all {
		if name != workspaceOf(ctx) {
			return all, nil
		}
	}
	return nil, nil
}

// unread reports that a page has no reader whose rights are known.
func (p Page) unread(ctx context.Context) bool {
	return p.Bare || route.MountOf(ctx).Workspace == "" || nobody(ctx)
}
