package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// allWorkspaces is how --workspace names all.
const allWorkspaces = "*"

// inEach calls in each workspace in which the caller has a part, by name. One where
// they may not do it is passed over, unless that is so in all.
func inEach(ctx context.Context, server *client.Client, call func(workspace string, in *client.Client) error) error {
	page, err := client.Get[rest.Page[rest.WorkspaceBody]](ctx, server, "/workspaces", nil)
	if err != nil {
		return err
	}
	var denied error
	done := false
	for _, w := range page.Items {
		switch err := call(w.Name, server.In(w.Name)); {
		case fault.Is(err, fault.Denied):
			denied = err
		case err != nil:
			return err
		default:
			done = true
		}
	}
	if done {
		return nil
	}
	return denied
}

// accountsIn gives users or services: those with a role in the workspace of the
// flags, or in any that the caller administers, by name, each with all roles told.
func accountsIn(ctx context.Context, server *client.Client, a asking, path string) ([]rest.AccountBody, error) {
	if !a.everywhere() {
		page, err := client.Get[rest.Page[rest.AccountBody]](ctx, server, path, nil)
		return page.Items, err
	}
	found := map[string]rest.AccountBody{}
	err := inEach(ctx, server, func(_ string, in *client.Client) error {
		page, err := client.Get[rest.Page[rest.AccountBody]](ctx, in, path, nil)
		for _, one := range page.Items {
			for _, g := range found[one.Name].Roles {
				if !slices.Contains(one.Roles, g) {
					one.Roles = append(one.Roles, g)
				}
			}
			slices.SortFunc(one.Roles, func(x, y rest.GrantBody) int { return strings.Compare(x.Workspace+" "+x.Role, y.Workspace+" "+y.Role) })
			found[one.Name] = one
		}
		return err
	})
	all := make([]rest.AccountBody, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[name])
	}
	return all, err
}
