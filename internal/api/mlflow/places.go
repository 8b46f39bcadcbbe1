package mlflow

import (
	"context"
	"net/http"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Places say where a file lies whose path is asked for. MLflow's client sends files
// to the address of its process, which may name another workspace than the client
// that made the run, or one that has been moved since.
type Places interface {
	// Place gives the workspace and the path in it: those asked for, unless the path
	// names a run or logged model that is elsewhere and the caller may do the action on
	// its files there. fault.Denied for who has no part in the place.
	Place(ctx context.Context, action, path string) (workspace, at string, err error)
}

// place is where the file or folder of a message lies.
type place struct{ workspace, path string }

// in is ctx in the workspace of the place.
func (p *place) in(ctx context.Context) context.Context {
	c := caller.From(ctx)
	c.Workspace = p.workspace
	return caller.With(ctx, c)
}

// object names what is touched.
func (p *place) object(own string) []route.Object {
	if p.path == "" {
		return nil
	}
	u := artifact.URN(p.path)
	if p.workspace != own {
		u = u.In(p.workspace)
	}
	return route.On(u)
}

// placed is a message that names a file or folder by its path.
type placed interface {
	asked() string // the path; "" for none that could be
	at() *place
}

func (p *place) at() *place { return p }

// placing looks for what a message names, and asks the permission there: a client that
// names no workspace may have a part in that of the run alone.
func (f *face) placing(routes []route.Route) []route.Route {
	for i := range routes {
		routes[i].Anywhere = true
		decode, action := routes[i].Decode, routes[i].Action
		routes[i].Decode = func(r *http.Request) (any, error) {
			m, err := decode(r)
			if err != nil {
				return m, err
			}
			message := m.(placed)
			p := message.at()
			p.workspace, p.path, err = f.Places.Place(r.Context(), action, message.asked())
			return m, err
		}
		routes[i].Objects = func(r *http.Request, m any) []route.Object {
			return m.(placed).at().object(caller.Workspace(r.Context()))
		}
	}
	return routes
}
