package sharing

import (
	"cmp"
	"context"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Bring fetches one object of an out, a listing without its files too. fault.NotFound
// where the out's remote does not have it.
func (c *Config) Bring(ctx context.Context, o *repository.Out, id object.ID) (err error) {
	defer fault.Wrap(&err, "sharing.Bring(%s)", id)
	if from := o.Stage.Import(); from != nil {
		return fault.WithHint(fault.New(fault.NotFound, "'%s' is imported from %s, whose remotes are asked by fetch alone.", o.Path, from.URL), "tacit data fetch %s", o.Path)
	}
	p := part{remote: strings.ToLower(cmp.Or(o.Remote, c.Repo.Config().DefaultRemote())), layout: o.Layout, outs: []repository.Selected{{Out: o}}}
	if p.remote == "" {
		return c.NoRemote()
	}
	return c.with(ctx, p, func(side *remote.Side) error {
		here := local{c.Repo.Cache(o.Layout)}
		r, err := transfer.Transfer(ctx, side, here, []transfer.Version{{ID: id}}, 1)
		if err != nil {
			return err
		}
		for _, f := range r.Failed {
			return f.Err
		}
		return here.Sync()
	})
}
