package sharing

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Used is every object of what is meant, by layout.
type Used map[object.Layout]map[object.ID]bool

// Add takes in what another repository uses.
func (u Used) Add(more Used) {
	for layout, ids := range more {
		if u[layout] == nil {
			u[layout] = map[object.ID]bool{}
		}
		for id := range ids {
			u[layout][id] = true
		}
	}
}

// Used gives every object of what is meant. A listing that is not in the cache is read
// out of its remote; where it is nowhere nobody can say which files it names, and the
// failure is fault.Conflict: what would be thrown away then may be in use.
func (c *Config) Used(ctx context.Context, q Request) (_ Used, err error) {
	defer fault.Wrap(&err, "sharing.Used")
	parts, err := c.gather(ctx, q, false)
	if err != nil {
		return nil, err
	}
	used := Used{object.Current: {}, object.Legacy: {}}
	for _, p := range parts {
		if err := c.use(ctx, p, used[p.layout]); err != nil {
			return nil, err
		}
	}
	return used, nil
}

func (c *Config) use(ctx context.Context, p part, used map[object.ID]bool) error {
	var absent []repository.Selected
	listings, err := c.listings(ctx, p, nil, func(s repository.Selected) { absent = append(absent, s) })
	if err != nil {
		return err
	}
	if len(absent) > 0 && p.remote != "" {
		err := c.with(ctx, p, func(side *remote.Side) (err error) {
			absent = nil
			listings, err = c.listings(ctx, p, side, func(s repository.Selected) { absent = append(absent, s) })
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(absent) > 0 {
		return fault.WithHint(fault.New(fault.Conflict, "The listing %s of '%s' is neither in the cache nor in the remote: which files it needs is not known.", absent[0].Out.ID, absent[0].Out.Path),
			"fetch it, or leave out the revisions that have it")
	}
	for _, s := range p.outs {
		used[s.Out.ID] = true
		if l := listings[s.Out.ID]; l != nil {
			for i := range l.Len() {
				used[l.ID(i)] = true
			}
		}
	}
	return nil
}

// KeepUnsent leaves of used those that the remotes lack: what is in a remote need not
// be in the cache.
func (c *Config) KeepUnsent(ctx context.Context, name string, used Used) (err error) {
	defer fault.Wrap(&err, "sharing.KeepUnsent")
	for layout, ids := range used {
		err := c.with(ctx, part{remote: name, layout: layout}, func(side *remote.Side) error {
			var all []object.ID
			for id := range ids {
				all = append(all, id)
			}
			slices.SortFunc(all, object.Compare)
			missing, err := side.Missing(ctx, all)
			if err != nil {
				return err
			}
			used[layout] = make(map[object.ID]bool, len(missing))
			for _, id := range missing {
				used[layout][id] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
